"""What declared pages say in further languages: a sentence is entered by one named person and read by another.

A text belongs to the Chinese sentence it was made from (its digest), so a changed sentence has none until somebody
enters and reads it anew; until then English stands beside the Chinese. Drafts come with the program (`drafts/`, by the
Chinese sentence): nobody stands for one before somebody of the town read it, and its words are kept as they were read.
Nothing is ever turned into another language, or another script, by a machine while the house runs.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from django.db import transaction

from wuxiao.desk.base import fresh
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, Refused
from wuxiao.desk.diary import diary, vouched
from wuxiao.desk.register.foreign import digest, reads
from wuxiao.desk.town import books
from wuxiao.records.models import Wording
from wuxiao.rules import declared
from wuxiao.rules.access import Power
from wuxiao.rules.languages import FOREIGN
from wuxiao.rules.words import Text
from wuxiao.typed.plain import clean

MOST = 1000
#: Words that two languages may share.
_FEW = 2
_DRAFTS = Path(__file__).parent / "drafts"
_PLACE = re.compile(r"\{(\w*)\}")
#: Digits that mean the same in every language: numbers to call above all.
_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class One:
    """One declared sentence in one language, as staff see it: the text, whose it is, who read it.

    `text` is empty where there is none; `draft`: it came with the program. `mark` stands for the very words, so that
    nobody says they read what was changed meanwhile.
    """

    sentence: Text
    lang: str
    text: str = ""
    draft: bool = False
    by: str = ""
    by_id: int | None = None
    reader: str = ""

    @property
    def shown(self) -> bool:
        """Whether it may stand on a page in its language."""
        return bool(self.text and self.reader)

    @property
    def mark(self) -> str:
        """What stands for the sentence and these words."""
        return digest(f"{self.sentence.zh}\n{self.text}")


@cache
def drafts(lang: str) -> Mapping[str, str]:
    """Return the drafts of a language that came with the program, by the Chinese sentence each was made from."""
    path = _DRAFTS / f"{lang}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if lang in FOREIGN and path.is_file() else {}


_watch = fresh.Watch()
_shown: dict[str, dict[str, str]] = {}


def shown(lang: str) -> Mapping[str, str]:
    """Return what a second person read in a language, by the digest of the Chinese (kept until the town changes)."""
    if (mark := _watch.changed()) is not None:
        found: dict[str, dict[str, str]] = {}
        for row in Wording.objects.order_by("pk"):
            by_digest = found.setdefault(row.lang, {})
            by_digest.pop(row.of, None)
            if row.read_by_id is not None:
                by_digest[row.of] = row.text
        _shown.clear()
        _shown.update(found)
        _watch.keep(mark)
    return _shown.get(lang, {})


def of(sentences: Iterable[Text], lang: str) -> list[One]:
    """Return sentences as they stand in a language (one query), in their order: the newest text, else the draft."""
    wanted = list(sentences)
    newest = {
        row.of: row for row in Wording.objects.filter(lang=lang).select_related("entered_by", "read_by").order_by("pk")
    }
    return [_one(each, lang, newest.get(digest(each.zh))) for each in wanted]


def _one(sentence: Text, lang: str, row: Wording | None) -> One:
    if row is None:
        text = drafts(lang).get(sentence.zh, "")
        return One(sentence, lang, text, draft=bool(text))
    return One(
        sentence,
        lang,
        row.text,
        draft=row.entered_by is None,
        by=row.entered_by.name if row.entered_by else "",
        by_id=row.entered_by_id,
        reader=row.read_by.name if row.read_by else "",
    )


def may_enter(lang: str, by: Actor) -> bool:
    """Whether somebody may enter texts in a language: who publishes for the town, or reads the language."""
    publishes = by.viewer is not None and Power.PUBLISH in by.viewer.powers
    return by.staff_id is not None and lang in FOREIGN and (publishes or lang in reads(by.staff_id))


def enter(zh: str, lang: str, text: str, *, by: Actor, at: datetime) -> None:
    """Enter a declared sentence in a language; it waits for another person to read it. The same words are nothing new.

    Raises `Invalid` where a number or a `{place}` of the sentence is missing, `Refused`.
    """
    sentence = declared.sentences(books.current(at).book).get(zh)
    if sentence is None or lang not in FOREIGN:
        raise Refused(Text("页面上没有这一句了，请重新打开。", "No page says this any more: open it anew."), "changed")
    if not may_enter(lang, by):
        name = FOREIGN[lang].name
        raise Refused(
            Text(f"录入{name.zh}的，要读得懂它，或者负责发布。",
                 f"Whoever enters {name.en} reads it, or publishes for the town."),
            "language",
        )  # fmt: skip
    value = " ".join(clean(text).split())
    if wrong := _wrong(sentence, lang, value):
        raise Invalid({"text": wrong})
    with transaction.atomic():
        now = of((sentence,), lang)[0]
        if now.text == value and not now.draft:
            return
        row = Wording.objects.create(lang=lang, of=digest(zh), text=value, entered_by_id=by.staff_id, entered_at=at)
        facts = {"lang": lang, "of": row.of}
        diary.write_town("enter_wording", by=by, at=at, facts=facts, rows=vouched.rows(row))
    fresh.forget()


def _wrong(sentence: Text, lang: str, value: str) -> Text | None:
    if not value:
        return Text("请写外文的文字", "please write the text in that language")
    if len(value) > MOST:
        return Text(f"太长了，最多{MOST}字", f"too long: at most {MOST} characters")
    # Many a sentence is the same in traditional characters, and a word or two may be the same as in English.
    if (value == sentence.en and len(value.split()) > _FEW) or (value == sentence.zh and lang != "zh-Hant"):
        return Text("这就是原文，没有换成别的语言", "this is the sentence itself, not another language")
    if sorted(_PLACE.findall(value)) != sorted(_PLACE.findall(sentence.zh)) or "{" in _PLACE.sub("", value):
        places = "、".join(f"{{{one}}}" for one in _PLACE.findall(sentence.zh))
        if not places:
            return Text(
                "这一句里没有要填的地方，请去掉大括号", "nothing is filled into this sentence: no braces, please"
            )
        return Text(f"大括号里的要照样留着：{places}", f"keep what stands in braces as it is: {places}")
    lacks = [one for one in _NUMBER.findall(sentence.zh) if one not in _NUMBER.findall(value)]
    if lacks:
        return Text(f"少了数字：{'、'.join(lacks)}", f"a number is missing: {', '.join(lacks)}")
    return None


def read(marks: Iterable[str], sentences: Iterable[Text], lang: str, *, by: Actor, at: datetime) -> int:
    """Say that one read texts in their language and that they say what the Chinese says; they are shown from now on.

    `marks` are those of the very words that were read (`One.mark`). Returns how many are newly read. All or nothing:
    raises `Refused` for a text that was changed meanwhile, for who entered one, for who does not read the language.
    """
    wanted = set(marks)
    if by.staff_id is None or lang not in reads(by.staff_id):
        name = FOREIGN[lang].name if lang in FOREIGN else Text(lang, lang)
        raise Refused(
            Text(f"您没有说过您读{name.zh}：先在“账号与安全”里写上。",
                 f"You have not said that you read {name.en}: say so under “Account” first."),
            "language",
        )  # fmt: skip
    with transaction.atomic():
        found = {one.mark: one for one in of(sentences, lang) if one.text}
        if wanted - found.keys():
            raise Refused(
                Text("有的文字刚刚改过，请再读一遍。", "Some of the texts were changed just now: please read again."),
                "changed",
            )
        chosen = [found[mark] for mark in found if mark in wanted and not found[mark].reader]
        if any(one.by_id == by.staff_id for one in chosen):
            raise Refused(
                Text("录入的人不能自己当读过的人，请另一位懂这种语言的同事读。",
                     "Who entered it does not read it for the town: ask a colleague who reads the language."),
                "own",
            )  # fmt: skip
        if not chosen:
            return 0
        rows = [_read(one, by.staff_id, at) for one in chosen]
        diary.write_town(
            "read_wording", by=by, at=at, facts={"lang": lang, "count": len(rows)}, rows=vouched.rows(*rows)
        )
    fresh.forget()
    return len(rows)


def _read(one: One, reader: int, at: datetime) -> Wording:
    same = Wording.objects.select_for_update().filter(lang=one.lang, of=digest(one.sentence.zh)).order_by("-pk").first()
    row = same or Wording(lang=one.lang, of=digest(one.sentence.zh), text=one.text, entered_at=at)
    row.read_by_id, row.read_at = reader, at
    row.save()
    return row


def waiting(lang: str, at: datetime, *, but: int | None = None) -> int:
    """Return how many declared sentences have a text in a language that nobody read, `but` those of one person."""
    found: Sequence[One] = of(declared.sentences(books.current(at).book).values(), lang)
    return sum(bool(one.text) and not one.reader and (but is None or one.by_id != but) for one in found)
