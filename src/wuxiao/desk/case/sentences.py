"""The diary in plain sentences: what each entry says to the resident and to staff, in both languages.

The sentences themselves stand in `rules.flow` (`STEPS`, `RECORDS`); here their places are filled from the sealed facts
(codes become names, instants become dates) and from the words that lie outside the seal. Erased words are shown as
erased, never left out, so that a reader sees that something was there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from string import Formatter
from typing import Any

from django.db.models import OuterRef, Subquery

from wuxiao.desk.case.needs import CALLER_CHECKS, RATINGS
from wuxiao.desk.case.tell import day
from wuxiao.records.models import Entry, Words
from wuxiao.rules import flow, hide, slots
from wuxiao.rules.access import ROLES, Role
from wuxiao.rules.book_model import Book
from wuxiao.rules.languages import FOREIGN
from wuxiao.rules.papers import KINDS
from wuxiao.rules.promise import Term
from wuxiao.rules.tasks import TASK
from wuxiao.rules.words import Text, day_in

#: The texts of a matter by turn and field; `None` stands for a text that was erased.
Said = Mapping[tuple[int, str], str | None]

ERASED = Text("（内容已删除）", "(erased)")
UNIT_IN_CHARGE = Text("承办单位", "the unit in charge")
A_MEMBER_OF_STAFF = Text("工作人员", "a member of staff")
THE_RESIDENT = Text("诉求人", "the requester")
THE_SYSTEM = Text("系统", "the system")

#: What a read, print or export laid open, as `diary.log_read(fields=...)` names it.
FIELD_NAMES: Mapping[str, Text] = {
    "name": Text("称呼", "the name"),
    "phone": Text("电话", "the phone number"),
    "email": Text("邮箱", "the mail address"),
    "contact": Text("联系方式", "the contact details"),
    "place": Text("地址", "the place"),
    "words": Text("反映的内容", "the words"),
    "files": Text("照片和附件", "photos and files"),
    "matter": Text("本事项", "the matter"),
    "title": Text("标题和地点", "the title and place"),
    "paper": Text("文书", "a paper"),
}
#: For what a reading was, where no person wrote it: `facts["how"]` of a read.
HOW: Mapping[str, Text] = {
    "page": Text("打开事项", "opening the matter"),
    "file": Text("打开附件", "opening a file"),
    "paper": Text("打开文书", "opening a paper"),
    "alike": Text("登记时核对有没有同样的事", "looking for the same thing while taking a report"),
    "marks": Text("核对对外公开的内容", "checking what the public may read"),
    "call_back": Text("回访", "the call-back"),
    "code": Text("登录着工作账号用查询码打开", "opened with the code while signed in as staff"),
    "api": Text("接口读取", "reading by an interface"),
    "phone": Text("带到手机上", "taking it along on a phone"),
}
_URGED_BY_RESIDENT = Text("诉求人催了一次：{reason}", "urged by the requester: {reason}")
_WITHDRAWS_IN_DANGER = Text(
    "诉求人要求撤回；可能有危险，先由工作人员看过再撤",
    "the requester asks to withdraw; as there may be danger, a member of staff looks first",
)
#: Danger in a matter that is kept from 110: who acts, and what 110 knows of it.
_BYPASS_KEPT = Text(
    "可能有危险，已交{to_unit}先处理；这件事对 110 保密，110 并不知道",
    "possible danger: passed to {to_unit} first; it is kept from 110, who do not know",
)
_BYPASS_TOLD = Text(
    "可能有危险，已交{to_unit}先处理；只告诉了 110 地点和正在发生什么",
    "possible danger: passed to {to_unit} first; 110 was told only the place and what happens there",
)
_CALL_YOURSELF = Text("。有危险请您自己现在就打 110", "; in danger, please call 110 yourself now")
_STOOD_DOWN_KEPT = Text("{unit}先处理过了，{back}：{reply}", "{unit} has acted; {back}: {reply}")
_WHO_HANDLES = Text("办理的人（姓名和电话）", "whoever handles it (name and phone)")
_CLOSED_RATED = Text(
    "险情看过了，诉求人已经评价，办结", "the danger was looked at and the requester had rated the answer: closed"
)
_NOT_WITHDRAWN = Text(
    "；因为有险情，诉求人要的撤回没有办，还要撤请再点一次",
    "; as there was danger the requester's wish to withdraw was not carried out, it can be asked for once more",
)
_STAYS = Text("，不撤回了，接着办", "; no longer withdrawn, it goes on")
#: What those who reported the same thing read of a step one of them took: that it was taken, never her words.
_BY_ANOTHER: Mapping[str, Text] = {
    "add": Text("另一位反映同一件事的人补充了材料", "another person who reported the same thing added to it"),
    "reply": Text("另一位反映同一件事的人补充了情况", "another person who reported the same thing replied"),
    "urge": Text("另一位反映同一件事的人催了一次", "urged by another person who reported the same thing"),
    "object": Text(
        "另一位反映同一件事的人提出异议，重新办理",
        "another person who reported the same thing objected; it is handled anew",
    ),
    "appeal": Text(
        "另一位反映同一件事的人申请了复查（复核）", "another person who reported the same thing asked for a review"
    ),
}
#: The same steps as a neighbour would tell them: what the resident reads where the desk's own words say little.
#: The number of another's report is none of theirs.
TO_RESIDENT: Mapping[str, Text] = {
    "receive": Text("{unit}收到诉求人反映的事", "{unit} received the requester's report"),
    "bypass": Text("可能有危险，直接交给 110 先处理", "possible danger: passed straight to 110"),
    "stand_down": Text("110 先处理过了，{back}：{reply}", "110 has acted; {back}: {reply}"),
    "classify": Text("归为“{category}”（{handling_class}）", "filed under “{category}” ({handling_class})"),
    "divert": Text(
        "110 认为这事不归公安管，提出转给{to_unit}办：{reason}",
        "110 asks to pass it to {to_unit}, as it is not for the police: {reason}",
    ),
    "sign": Text("转办的第{level}级审核同意：{reason}", "passing it on: approval {level} given: {reason}"),
    "send_back": Text(
        "转办的第{level}级审核没有同意，退回 110：{reason}",
        "passing it on: approval {level} refused, back to 110: {reason}",
    ),
    "hand_in": Text("{unit}转来，等{to_unit}接手：{reason}", "{unit} passed it to {to_unit}: {reason}"),
    "assign": Text("交给{to_unit}办{with_units}", "passed to {to_unit}{with_units}"),
    "accept": Text("{unit}接手了", "{unit} took it on"),
    "refuse": Text("{unit}退回了（第{count}次），理由：{reason}", "{unit} sent it back (no. {count}): {reason}"),
    "decide": Text(
        "几家单位开会，定下由{to_unit}办：{reason}", "a joint meeting decided that {to_unit} deals with it: {reason}"
    ),
    "reassign": Text("改由{to_unit}办：{reason}", "moved to {to_unit}: {reason}"),
    "join": Text("请{to_unit}一起办：{task}", "{to_unit} was asked to help: {task}"),
    "part": Text("{unit}办完了它那一份", "{unit} finished its part"),
    "reply": Text("诉求人补充了情况", "the requester replied"),
    "resume": Text("等补充的时间到了，接着办", "the time to reply is over; work goes on"),
    "grant": Text("同意延期{term}，理由：{reason}。新的期限：{due}", "{term} more granted: {reason}. New date: {due}"),
    "note": Text("{unit}说：{words}", "{unit} says: {words}"),
    "object": Text("诉求人提出异议，重新办理：{reason}", "the requester objected; the report is open again: {reason}"),
    "redo": Text("退回去重新办：{reason}", "sent back to be done again: {reason}"),
    "appeal": Text(
        "诉求人申请第{level}级复查（复核），请上一级再看一遍：{reason}",
        "the requester asked the office above for review level {level}: {reason}",
    ),
    "merge": Text("和别人反映的同一件事合在一起办", "joined with another report of the same thing"),
    "succeed": Text(
        "先反映的人撤回了，由这件接着办，答应的日期不变",
        "whoever reported it first withdrew; this report goes on, its date stands",
    ),
    "say_apart": Text(
        "诉求人说不是同一件事，想分开办", "the requester said that it is another thing and asked to have it apart"
    ),
    "stay_joined": Text("看过了，还是同一件事，接着一起办：{reply}", "looked at: it is the same thing: {reply}"),
    "unmerge": Text("分开来，单独办：{reason}", "taken apart again, handled by itself: {reason}"),
    "split": Text("另外分出{count}件，各办各的：{numbers}", "{count} parts are now handled separately: {numbers}"),
    "close": Text("答复后{term}内诉求人没有提异议，自动办结", "no objection within {term} of the answer: closed"),
    "urge": Text("提醒单位抓紧办：{reason}", "the office was told to hurry: {reason}"),
    "supervise": Text("上级开始督促：{reason}", "supervisors now watch it: {reason}"),
    "warned": Text(
        "诉求人后来说的话提到危险，已记下，先由工作人员看",
        "the requester's later words speak of danger: they are kept, and a member of staff looks first",
    ),
    "shield": Text(
        "诉求人要求保密：不让被反映的一方知道", "the requester asked that it be kept from those it is about"
    ),
    "unshield": Text("诉求人说不用再瞒着{whom}", "the requester said that it need not be kept from {whom} any longer"),
    "ask_erase": Text(
        "诉求人要求删掉个人信息，等有人看过险情就删",
        "erasure was asked for; it is done once somebody has looked at the danger",
    ),
    "keep_data": Text("诉求人说先不删个人信息", "the requester said not to erase it after all"),
    "erase": Text("按诉求人要求删掉了个人信息", "the requester's data was erased, as asked"),
}
#: Stands in an English sentence for words that were written in Chinese: they follow under it, as they are.
IN_CHINESE = "in Chinese below"
_BACK = Text("交回{unit}办理", "it goes back to {unit}")
_GOES_ON = Text("转入一般办理", "ordinary handling goes on")
_BY_PHONE = Text("（电话办理，{unit}代为登记；{check}）", " (by telephone, entered by {unit}; {check})")
#: The steps by which a contact of a matter that concerns a child is asked for, let out or kept.
CONSENTS = ("ask_contact", "let_contact", "keep_contact")
_BY_SYSTEM_WITHOUT_REASON = Text("系统按时限自动发出", "sent by the system when the date came near")
#: Which words of an entry the resident reads as a quotation under its sentence.
_QUOTED_FOR_RESIDENT: Mapping[str, tuple[str, ...]] = {
    "receive": ("words",),
    "reply": ("words",),
    "add": ("words",),
    "answer": ("reply",),
    "rate": ("words",),
    "warned": ("words", "reason"),
    "unshield": ("reason",),
    "say_apart": ("words",),
    "call_back": ("words",),
}
_TEXT_FIELDS = ("words", "reason", "reply", "task", "channel")


def said(rows: Iterable[Words]) -> dict[tuple[int, str], str | None]:
    """Return the texts of one matter by `(turn, field)` from its rows; erased ones as `None`."""
    return {(row.turn, row.field): (None if row.erased_at else row.text) for row in rows}


def read_words(matter_id: int) -> dict[tuple[int, str], str | None]:
    """Return the texts of one matter by `(turn, field)` (one query)."""
    return said(Words.objects.filter(matter_id=matter_id))


def heard(entries: Sequence[Entry], words: Said) -> Said:
    """Return the texts of a matter with those its joined reporters said on it, which lie with their own reports.

    One query, none if nobody did.
    """
    places = {(str(e.facts["voice"]), int(e.facts["voice_turn"])): e.turn for e in entries if "voice_turn" in e.facts}
    if not places:
        return words
    rows = Words.objects.filter(
        matter__number__in={number for number, _ in places}, turn__in={turn for _, turn in places}
    ).select_related("matter")
    found = dict(words)
    for row in rows.only("turn", "field", "text", "erased_at", "matter__number"):
        assert row.matter is not None
        turn = places.get((row.matter.number, row.turn))
        if turn is not None:
            found[turn, row.field] = None if row.erased_at else row.text
    return found


def unit_name(book: Book, code: str, lang: str) -> str:
    """Return a unit's name in a language; a code the book no longer knows stays a code, none becomes a plain word."""
    if not code:
        return UNIT_IN_CHARGE.say(lang)
    unit = book.units.get(code)
    return unit.name.say(lang) if unit else code


def places(sentence: str) -> frozenset[str]:
    """Return the names of the places in a sentence."""
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name)


def template(verb: str) -> Text:
    """Return the sentence of a verb or record with its places unfilled; an unknown verb is its own sentence."""
    if verb in flow.STEPS:
        return flow.STEPS[verb].sentence
    if verb in TASK.steps:
        return TASK.steps[verb].sentence
    return flow.RECORDS.get(verb) or slots.RECORDS.get(verb) or Text(verb, verb)


#: What one person proposes about an account and another decides.
PROPOSALS: Mapping[str, Text] = {
    "posts": Text("任免", "appointment"),
    "reset": Text("重置密码", "password reset"),
    "factors": Text("清除第二因素", "removal of second factors"),
}
#: Why a reading is unusual (`desk.unusual`): beyond what the rule book thinks the work of a day explains.
UNUSUAL: Mapping[str, Text] = {
    "contacts": Text("查看联系方式超过{limit}件", "looked up the contacts of more than {limit} matters"),
    "matters": Text("查看事项超过{limit}件", "read more than {limit} matters"),
    "at_night": Text("夜间查看事项超过{limit}件", "read more than {limit} matters at night"),
    "units_of_place": Text(
        "查看同一地点、分属{limit}个以上单位的事项", "read matters of one place that lie with more than {limit} units"
    ),
    "exports": Text("导出超过{limit}次", "exported more than {limit} times"),
}
CHOICES: Mapping[str, Text] = {
    "confirmed": Text("同意", "confirmed"),
    "adopted": Text("采用", "adopted"),
    "refused": Text("不同意", "turned down"),
    "withdrawn": Text("撤回", "withdrawn"),
}


def say(
    entry: Entry,
    words: Said,
    book: Book,
    lang: str,
    *,
    for_resident: bool,
    own: bool = True,
    people: Mapping[int, str] | None = None,
) -> str:
    """Return what one entry says, as one plain sentence without a full stop.

    `words` are the texts of the entry's matter (`read_words`). With `for_resident` the requester is addressed as "you"
    (unless `own` is False: a reader whose report was merged into another's) and no member of staff is named; otherwise
    `people` names staff by id. Codes unknown to `book` stay as they are; erased words show as erased.
    """
    sentence = _sentence(entry, for_resident).say(lang)
    if for_resident and own and "voice" not in entry.facts:
        sentence = _to_you(sentence, lang)
    filled = sentence.format_map(
        {name: _fill(name, entry, words, book, lang, for_resident, people) for name in places(sentence)}
    )
    filled = filled.rstrip(" :：,，")
    for fact, more in (("not_withdrawn", _NOT_WITHDRAWN), ("stays", _STAYS)):
        # A step of another who reported the same thing, read by this one, says nothing of the other's withdrawal.
        if entry.facts.get(fact) and (own or not for_resident):
            filled += _to_you(more.say(lang), lang) if for_resident else more.say(lang)
    if (check := entry.facts.get("for_caller")) in CALLER_CHECKS:
        said_by = unit_name(book, entry.unit, lang)
        filled += _BY_PHONE.fill(unit=said_by, check=CALLER_CHECKS[check].say(lang)).say(lang)
    return filled[:1].upper() + filled[1:] if lang.lower().startswith("en") else filled


def _sentence(entry: Entry, for_resident: bool) -> Text:
    """Return the sentence of an entry; of what one of several reporters said the others read no word."""
    if "voice" in entry.facts and for_resident:
        return _BY_ANOTHER.get(entry.verb) or template(entry.verb)
    if (
        entry.verb == "urge"
        and entry.facts.get("by") != "system"
        and (entry.facts.get("by") == "resident" or "for_caller" in entry.facts)
    ):
        return _URGED_BY_RESIDENT
    if entry.verb == "withdraw" and "held" in entry.facts:
        return _WITHDRAWS_IN_DANGER
    if entry.verb == "bypass" and "to_unit" in entry.facts:
        words = _BYPASS_TOLD if "told" in entry.facts else _BYPASS_KEPT
        return Text(words.zh + _CALL_YOURSELF.zh, words.en + _CALL_YOURSELF.en) if for_resident else words
    if entry.verb in {"shift_slot", "change_slot"} and (said := slots.moved(entry.facts)) is not None:
        return said
    if entry.verb == "stand_down" and "instead" in entry.facts:
        return _STOOD_DOWN_KEPT
    if entry.verb == "close" and "rated" in entry.facts:
        return _CLOSED_RATED
    if for_resident and entry.verb in TO_RESIDENT:
        return TO_RESIDENT[entry.verb]
    if "voice" in entry.facts:
        words = template(entry.verb)
        return Text(
            f"{words.zh}（并案诉求人，{entry.facts['voice']}）", f"{words.en} (joined report {entry.facts['voice']})"
        )
    return template(entry.verb)


def quotes(entry: Entry, words: Said, lang: str, *, for_resident: bool) -> list[str]:
    """Return the words of an entry that its sentence does not already contain, to be set under it as quotations."""
    if for_resident:
        wanted: tuple[str, ...] = _QUOTED_FOR_RESIDENT.get(entry.verb, ())
        told = places(_sentence(entry, for_resident).zh)
        wanted += tuple(n for n in _TEXT_FIELDS if n in told and _foreign(words.get((entry.turn, n)), lang))
    else:
        inside = places(template(entry.verb).zh)
        wanted = tuple(name for name in _TEXT_FIELDS if name not in inside)
    found = []
    for name in wanted:
        if (entry.turn, name) in words:
            text = words[(entry.turn, name)]
            if text is None:
                found.append(ERASED.say(lang))
            elif text:
                found.append(text)
    return found


def has_chinese(text: str) -> bool:
    """Return whether a text has Chinese characters in it: who reads English is told so."""
    return any("\u3400" <= char <= "\u9fff" or char >= "\U00020000" for char in text)


def _foreign(text: str | None, lang: str) -> bool:
    return bool(text) and lang.lower().startswith("en") and has_chinese(text or "")


def who(entry: Entry, book: Book, lang: str, *, people: Mapping[int, str] | None = None) -> str:
    """Return who made an entry: the resident, the system, or the unit and (where `people` names them) the person."""
    match entry.actor:
        case "resident":
            return THE_RESIDENT.say(lang)
        case "system":
            return THE_SYSTEM.say(lang)
    person = (people or {}).get(entry.staff_id or 0, "")
    # A leader of the county is of no office of it: with the office before it the line reads doubled.
    of_county = person == ROLES[Role.CHIEF].name.say(lang)
    unit = unit_name(book, entry.unit, lang) if entry.unit and not of_county else ""
    return " ".join(part for part in (unit, person) if part) or A_MEMBER_OF_STAFF.say(lang)


def purpose(entry: Entry, words: Said, lang: str) -> str:
    """Return what a read, print or export was for, as it was written then; entries of before hold it themselves."""
    how = HOW.get(str(entry.facts.get("how", "")))
    if entry.verb in CONSENTS:
        return _text("reason", entry, words, lang)
    return _text("purpose", entry, words, lang) or str(entry.facts.get("purpose") or (how.say(lang) if how else ""))


def purposes_of(entries: Iterable[Entry]) -> dict[int, dict[tuple[int, str], str | None]]:
    """Return the purposes given with readings of many matters, by entry, each as `say` takes it (one query)."""
    entries = list(entries)
    wanted = {(e.matter_id, e.turn): e.pk for e in entries}
    rows = Words.objects.filter(matter_id__in={m for m, _ in wanted if m is not None}, field="purpose")
    found = {pk: said([row]) for row in rows if (pk := wanted.get((row.matter_id, row.turn))) is not None}
    for entry in entries:
        if entry.verb == "export_rows" and entry.matter_id is None and "purpose" not in entry.facts:
            found[entry.pk] = {(entry.turn, "purpose"): _of_export(entry)}
    return found


def _of_export(entry: Entry) -> str | None:
    """The purpose of an export stands with the matters that left; erased once the last of them has lost it."""
    if entry.staff_id is None:
        return None
    same = Entry.objects.filter(staff_id=entry.staff_id, at=entry.at, verb="export")
    rows = Words.objects.filter(matter_id=OuterRef("matter_id"), turn=OuterRef("turn"), field="purpose")
    texts = same.annotate(said=Subquery(rows.filter(erased_at__isnull=True).values("text")[:1]))
    return texts.exclude(said=None).order_by("pk").values_list("said", flat=True).first()


def _to_you(sentence: str, lang: str) -> str:
    if lang.lower().startswith("en"):
        return sentence.replace("the requester's", "your").replace("the requester", "you")
    return sentence.replace("诉求人", "您")


def _date(value: object, lang: str, now: datetime) -> str:
    try:
        return day(datetime.fromisoformat(str(value)), lang, now=now)
    except ValueError:
        return str(value or "—")


def plain(value: object, lang: str) -> str:
    """Return a fact that needs no other words: a day as people read it, anything else as it is."""
    found = day_in(str(value))
    return found.say(lang) if found is not None else str(value)


def joined(parts: list[str], lang: str) -> str:
    """Return a list in words: with 、 in Chinese, with commas and “and” in English."""
    if not lang.lower().startswith("en"):
        return "、".join(parts)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _fill(
    name: str, entry: Entry, words: Said, book: Book, lang: str, for_resident: bool, people: Mapping[int, str] | None
) -> str:
    facts = entry.facts
    match name:
        case "unit":
            code = facts.get("unit") or (facts.get("from") if entry.verb == "refuse" else "") or entry.unit
            return unit_name(book, str(code or ""), lang)
        case "to_unit":
            return unit_name(book, str(facts.get("to_unit", "")), lang)
        case "with_units":
            names = [unit_name(book, code, lang) for code in facts.get("with_units", [])]
            if not names:
                return ""
            return f", with {joined(names, lang)}" if lang.lower().startswith("en") else f"，{joined(names, lang)}协办"
        case "who":
            if for_resident:
                return who(entry, book, lang, people=people)
            return (people or {}).get(entry.staff_id or 0, "") or str(facts.get("who") or "") or who(entry, book, lang)
        case "whom":
            return _whom(facts, book, lang)
        case "category" | "handling_class" | "decline_reason":
            return _named(name, str(facts.get(name, "")), book, lang)
        case "rating":
            value = facts.get("rating")
            return RATINGS[value].say(lang) if value in RATINGS else str(value or "—")
        case "back":
            to = str(facts.get("to_unit", ""))
            return (_BACK.fill(unit=unit_name(book, to, lang)) if to else _GOES_ON).say(lang)
        case "rung" | "slot" | "leader":
            return Text(**facts[name]).say(lang) if facts.get(name) else "—"
        case "term":
            return _term(entry).say(lang)
        case "due" | "old" | "when" | "ends":
            return _date(facts.get(name, ""), lang, entry.at)
        case "fields":
            listed = [FIELD_NAMES[f].say(lang) if f in FIELD_NAMES else str(f) for f in facts.get("fields", [])]
            return joined(listed, lang) if listed else FIELD_NAMES["matter"].say(lang)
        case "paper_kind" if facts.get(name) in KINDS:
            return KINDS[facts[name]].name.say(lang)
        case "lang" | "langs":
            codes = [facts.get(name, "")] if name == "lang" else facts.get(name, [])
            names = [FOREIGN[code].name.say(lang) for code in codes if code in FOREIGN]
            return joined(names, lang) if names else "—"
        case "purpose":
            return purpose(entry, words, lang) or "—"
        case "kind" if facts.get(name) in UNUSUAL:
            words_ = UNUSUAL[facts[name]]
            return words_.say(lang).format(limit=facts.get("limit", "—"))
        case "why":
            return str(facts.get("en" if lang.lower().startswith("en") else "zh", "—"))
        case "what" if facts.get(name) in PROPOSALS:
            return PROPOSALS[facts[name]].say(lang)
        case "choice" if facts.get(name) in CHOICES:
            return CHOICES[facts[name]].say(lang)
        case "reason" | "reply" | "channel" | "task" | "words" | "proof":
            if for_resident and _foreign(words.get((entry.turn, name)), lang):
                return IN_CHINESE
            return _text(name, entry, words, lang)
    return plain(facts.get(name, "—"), lang)


def _whom(facts: Mapping[str, Any], book: Book, lang: str) -> str:
    """Return from whom something is kept no longer, in words; who handles it stands for the requester's name."""
    names = [hide.name_of(book, one).say(lang) for one in facts.get("about", ())]
    return joined([*names, *([_WHO_HANDLES.say(lang)] if facts.get("open_name") else [])], lang) if facts else "—"


def _term(entry: Entry) -> Text:
    """Return a number of days with what kind of days they are; entries of before hold the number alone."""
    if term := entry.facts.get("term"):
        return Term.parse(str(term)).words
    days = entry.facts.get("days", "—")
    return (
        Text(f"{days}天", f"{days} days") if entry.verb == "close" else Text(f"{days}个工作日", f"{days} working days")
    )


def _named(name: str, code: str, book: Book, lang: str) -> str:
    table: Mapping[str, object] = {
        "category": book.categories,
        "handling_class": book.classes,
        "decline_reason": book.decline_reasons,
    }[name]
    found = table.get(code)
    label = getattr(found, "name", None)
    return label.say(lang) if isinstance(label, Text) else code or "—"


def _text(name: str, entry: Entry, words: Said, lang: str) -> str:
    key = (entry.turn, name)
    if key in words and (text := words[key]) != "":
        # The sentence goes on or ends by itself: a full stop inside it would stand twice.
        return ERASED.say(lang) if text is None else text.strip().rstrip("。.；;，,")
    if entry.verb in {"urge", "supervise"} and name == "reason":
        by = entry.facts.get("by")
        if rung := entry.facts.get("rung"):
            return Text(**rung).say(lang)
        if by == "system":
            return _BY_SYSTEM_WITHOUT_REASON.say(lang)
    return ""
