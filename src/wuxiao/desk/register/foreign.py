"""What a row or a publication says in further languages: entered by one named person, read by another who reads it.

Each is two sealed entries of the row's own chain: `enter_foreign` holds the text (outside the seal, so that it can be
erased) and which words it puts into the language; `read_foreign` is the second person's. A text is shown in its
language only when it was read and the Chinese it was made from still stands; else English is shown beside the Chinese.
Nothing is ever turned into another language, or another script, by a machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from wuxiao.desk.base import ask
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused, Stale
from wuxiao.desk.base.put import change as write_changed
from wuxiao.desk.base.put import put
from wuxiao.desk.diary import diary
from wuxiao.desk.register import chain
from wuxiao.records.models import Entry, Row, Staff, Words
from wuxiao.rules.field import Audience, Field, Kind, Why, Wrong
from wuxiao.rules.languages import FOREIGN
from wuxiao.rules.register import RowState
from wuxiao.rules.words import Text
from wuxiao.typed.plain import clean

ENTER, READ, SAY = "enter_foreign", "read_foreign", "say_languages"
MOST = 9000
_WHY = Why(
    Text("让说外语的人看得懂", "so that people who speak another language understand"),
    Text("《无障碍环境建设法》《政府信息公开条例》", "Barrier-Free Environment Law; Open Government Information"),
    730,
    Audience.READERS,
)


@dataclass(frozen=True, slots=True)
class Foreign:
    """One text in one language: whether a second person read it, and whether what it was made from still stands."""

    name: str
    lang: str
    text: str
    turn: int
    by: str
    by_id: int | None
    reader: str
    fresh: bool

    @property
    def shown(self) -> bool:
        """Whether it may stand on a page in its language."""
        return bool(self.reader) and self.fresh and bool(self.text)


def digest(source: str) -> str:
    """Return what stands for the Chinese words a text was made from."""
    return hashlib.sha256(source.encode()).hexdigest()[:32]


def texts(row_id: int, now: Mapping[str, str]) -> list[Foreign]:
    """Return the newest text of each field and language of a row (two queries); `now` is what the fields say."""
    found: dict[tuple[str, str], Entry] = {}
    read: dict[int, str] = {}
    for entry in Entry.objects.filter(row_id=row_id, verb__in=(ENTER, READ)).order_by("turn"):
        if entry.verb == ENTER:
            found[str(entry.facts["field"]), str(entry.facts["lang"])] = entry
        else:
            read[int(entry.facts["turn"])] = str((entry.stand or {}).get("who", ""))
    turns = [one.turn for one in found.values()]
    words = Words.objects.filter(row_id=row_id, turn__in=turns, erased_at__isnull=True) if turns else ()
    said = {one.turn: one.text for one in words}
    return [
        Foreign(
            name=name,
            lang=lang,
            text=said.get(entry.turn, ""),
            turn=entry.turn,
            by=str((entry.stand or {}).get("who", "")),
            by_id=entry.staff_id,
            reader=read.get(entry.turn, ""),
            fresh=entry.facts.get("of") == digest(now.get(name, "")),
        )
        for (name, lang), entry in found.items()
    ]


def languages(found: Sequence[Foreign]) -> list[str]:
    """Return the languages that have a text at all, in the order of the list."""
    there = {one.lang for one in found if one.text}
    return [code for code in FOREIGN if code in there]


def in_language(found: Sequence[Foreign], lang: str, name: str) -> Foreign | None:
    """Return a field's text in a language if it may be shown."""
    return next((one for one in found if one.lang == lang and one.name == name and one.shown), None)


# -------------------------------------------------------------------------------------------------- who reads what


def reads(staff_id: int | None) -> frozenset[str]:
    """Return the languages a person said they read."""
    if staff_id is None:
        return frozenset()
    rows = Entry.objects.filter(staff_id=staff_id, verb=SAY, matter__isnull=True, row__isnull=True)
    last = rows.order_by("-at", "-pk").values_list("facts", flat=True).first()
    return frozenset(last.get("langs", ())) & frozenset(FOREIGN) if last else frozenset()


def readers(lang: str) -> list[Staff]:
    """Return who works here and said that they read a language, by name; the last word of each counts."""
    rows = Entry.objects.filter(verb=SAY, matter__isnull=True, row__isnull=True, staff__isnull=False)
    last = dict(rows.order_by("at", "pk").values_list("staff_id", "facts"))
    ids = [who for who, facts in last.items() if lang in facts.get("langs", ())]
    return list(Staff.objects.filter(pk__in=ids, is_active=True).order_by("name", "pk")) if ids else []


def say_languages(langs: Sequence[str], *, by: Actor, at: datetime) -> None:
    """Say which languages one reads well enough to stand for a text; the last word counts. Raises `Invalid`."""
    if by.kind != "staff" or by.staff_id is None:
        raise Refused(Text("只有工作人员可以说。", "Only staff say so."), "staff")
    if strange := set(langs) - set(FOREIGN):
        one = sorted(strange)[0][:20]
        raise Invalid({"langs": Text(f"没有这种语言：{one}", f"no such language: {one}")})
    wanted = [code for code in FOREIGN if code in set(langs)]
    if frozenset(wanted) != reads(by.staff_id):
        diary.write_town("say_languages", by=by, at=at, facts={"langs": wanted})


# ---------------------------------------------------------------------------------------------------------------- verbs


def enter(row_id: int, name: str, lang: str, text: str, *, source: str, by: Actor, at: datetime) -> None:
    """Enter a field's words in a language; `source` is the Chinese that was on the screen. Who may was asked before.

    The same words once more are nothing new. Raises `Invalid`.
    """
    errors: dict[str, Text] = {}
    if lang not in FOREIGN:
        errors["lang"] = Text("请选择语言", "choose a language")
    field = Field(f"{name}_x", Kind.WORDS, Text("外文", "text in another language"), _WHY, most=MOST)
    value = None
    try:
        value = field._text(_words(text))
    except Wrong as wrong:
        errors["text"] = wrong.text
    if value is None and "text" not in errors:
        errors["text"] = Text("请写外文的文字", "please write the text in that language")
    elif value is not None and value == source:
        errors["text"] = Text("这就是中文原文，没有换成别的语言", "this is the Chinese itself, not another language")
    if errors:
        raise Invalid(errors)
    if by.staff_id is None:
        raise Refused(Text("外文由有名有姓的人录入。", "A named person enters it."), "staff")
    assert value is not None
    with transaction.atomic():
        row = _locked(row_id)
        last = next((one for one in texts(row_id, {name: source}) if (one.name, one.lang) == (name, lang)), None)
        if last is not None and last.text == value and last.fresh:
            return
        facts = {"field": name, "lang": lang, "of": digest(source)}
        _write(row, ENTER, by=by, at=at, facts=facts, text=value)


def read(row_id: int, turn: int, *, now: Mapping[str, str], by: Actor, at: datetime) -> None:
    """Say that one read a text in its language and that it says what the Chinese says; it is shown from now on.

    Raises `Refused` for who entered it and for who does not read the language, `Stale` when it was entered anew or the
    Chinese changed, `NotFound`.
    """
    with transaction.atomic():
        row = _locked(row_id)
        found = texts(row_id, now)
        one = next((each for each in found if each.turn == turn), None)
        if one is None:
            if Entry.objects.filter(row_id=row_id, turn=turn, verb=ENTER).exists():
                raise Stale(row.version, row.version)
            raise NotFound
        if not one.fresh:
            raise Stale(row.version, row.version)
        if by.staff_id is None or one.by_id == by.staff_id:
            raise Refused(
                Text("录入的人不能自己当读过的人，请另一位懂这种语言的同事读。",
                     "Who entered it does not read it for the town: ask a colleague who reads the language."),
                "own",
            )  # fmt: skip
        if one.lang not in reads(by.staff_id):
            name = FOREIGN[one.lang].name
            raise Refused(
                Text(f"您没有说过您读{name.zh}：先在“账号与安全”里写上。",
                     f"You have not said that you read {name.en}: say so under “Account” first."),
                "language",
            )  # fmt: skip
        if one.reader:
            return
        _write(row, READ, by=by, at=at, facts={"turn": turn, "lang": one.lang, "field": one.name})


def _words(text: str) -> str:
    # Direction marks are kept out by `clean`: the page sets direction by the language.
    return clean(text).strip()


def _locked(row_id: int) -> Row:
    row = ask.one(Row, lock=True, id=row_id)
    if row is None:
        raise NotFound
    if row.state != RowState.LIVE:
        raise Refused(Text("这一行已经销册。", "This row has ended."), "ended")
    return row


def _write(row: Row, verb: str, *, by: Actor, at: datetime, facts: Mapping[str, object], text: str = "") -> None:
    was = row.turn
    field = Field("foreign", Kind.WORDS, Text("外文", "in another language"), _WHY, most=MOST)
    values = {"foreign": text} if text else {}
    sealed, words = chain.entry(row, verb, by=by, at=at, facts=facts, fields=(field,), values=values)
    if not write_changed(row, ["turn", "head"], unless="turn", was=was):
        raise Stale(row.version, row.version)
    put([sealed])
    put(words)
