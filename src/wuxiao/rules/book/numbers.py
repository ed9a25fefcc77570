"""Reading the numbers of a rule book: promises, sign-off, reminders, pauses, call-backs, petitions, retention."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, cast

from wuxiao.rules.access import Role
from wuxiao.rules.book.source import Node, fixed, freeze, name_of
from wuxiao.rules.book_model import (
    CLASSES,
    Answer,
    CallBack,
    Category,
    DangerRung,
    DeclineReason,
    EvidenceKind,
    Extension,
    HandOver,
    Hot,
    Merging,
    Moment,
    Override,
    Pause,
    Petition,
    Profile,
    Question,
    Readings,
    Reopen,
    Retention,
    Rung,
    SignEscalation,
    SignLevel,
    Throttle,
    Unit,
    Unusual,
    Uploads,
)
from wuxiao.rules.promise.parts import WALL_UNITS, Term
from wuxiao.rules.promise.parts import Unit as Measure
from wuxiao.rules.words import Text

_ROLES = tuple(role.value for role in Role)


def _terms(node: Node, key: str, *, every: bool) -> dict[str, Term]:
    table = node.child(key)
    out = {}
    for name, value in table.map.items():
        if table.known((name,), name, CLASSES):
            out[name] = table.parse_term((name,), value)
    if every:
        for name in CLASSES:
            if name not in table.map and key in node.map:
                table.bad((), f"缺少「{name}」的时限", f'the term of "{name}" is missing')
    return out


def read_promises(root: Node, categories: Mapping[str, Category]) -> dict[str, Any]:
    """Read the promise profiles and which one is in force."""
    node = root.child("promise")
    profiles: dict[str, Profile] = {}
    for code, entry in node.table("profiles"):
        own = entry.strings("own_choice", least=0, default=())
        for n, item in enumerate(own):
            entry.known(("own_choice", n), item, [f"{step}.{c}" for step in ("accept", "answer") for c in CLASSES])
        overrides: list[Override] = []
        for change in entry.array("override"):
            override = Override(
                categories=change.strings("categories"),
                classes=change.strings("classes"),
                accept=change.maybe_term("accept"),
                answer=change.maybe_term("answer"),
                why=change.text("why"),
            )
            for n, name in enumerate(override.categories):
                change.known(("categories", n), name, categories)
            for n, name in enumerate(override.classes):
                change.known(("classes", n), name, CLASSES)
            if override.accept is None and override.answer is None:
                change.bad(
                    (),
                    "既未写 accept 也未写 answer,什么也没改",
                    "it sets neither accept nor answer and so changes nothing",
                )
            for step in ("accept", "answer"):
                if getattr(override, step) is None:
                    continue
                for earlier in overrides:
                    both = set(override.categories) & set(earlier.categories)
                    if both and set(override.classes) & set(earlier.classes) and getattr(earlier, step) is not None:
                        name = sorted(both)[0]
                        change.bad(
                            (),
                            f"「{name}」的 {step} 已由前一条改过",
                            f'an earlier override already sets {step} of "{name}"',
                        )
            overrides.append(override)
            change.done()
        profiles[code] = Profile(
            code=code,
            name=entry.text("name"),
            source=entry.text("source"),
            accept=freeze(_terms(entry, "accept", every=True)),
            answer=freeze(_terms(entry, "answer", every=True)),
            own_choice=own,
            overrides=tuple(overrides),
        )
        entry.done()
    chosen = node.string("profile")
    if chosen:
        node.known(("profile",), chosen, profiles)
    node.done()
    return {"profiles": freeze(profiles), "profile": profiles.get(chosen)}


_HOURS = {
    Measure.MINUTES: 1 / 60,
    Measure.HOURS: 1.0,
    Measure.WORKING_HOURS: 3.0,
    Measure.CALENDAR_DAYS: 24.0,
    Measure.WORKING_DAYS: 24.0,
}


def hours_of(term: Term) -> float:
    """Return roughly how many hours a term lasts, for putting terms in order only."""
    return term.amount * _HOURS[term.unit]


def read_sign_off(root: Node, units: Mapping[str, Unit]) -> dict[str, Any]:
    """Read the sign-off levels, at least one."""
    node = root.child("sign_off")
    last = node.string("last_escalates_to")
    if last:
        node.known(("last_escalates_to",), last, units)
    entries = node.array("level", least=1)
    levels = []
    for n, item in enumerate(entries, 1):
        before = len(node.notes)
        term = item.term("term")
        if len(node.notes) == before and term.unit not in WALL_UNITS:
            item.bad(
                ("term",),
                "审核昼夜不停,应以 hours 或 minutes 计",
                "sign-off runs day and night: count it in hours or minutes",
            )
        escalation = SignEscalation(n + 1, None) if n < len(entries) else SignEscalation(None, last)
        levels.append(SignLevel(n, item.text("name"), term, hours_of(term), escalation))
        item.done()
    out = {"sign_levels": tuple(levels), "sign_note": node.text("note")}
    node.done()
    return out


def read_hand_over(root: Node) -> HandOver:
    """Read how hand-overs are accepted, refused and settled."""
    node = root.child("hand_over")
    node.gone(
        "decided_by",
        "联席会商后由热线中心值班长指定承办单位",
        "after the joint meeting the shift lead of the centre names the unit",
    )
    out = HandOver(node.term("accept"), node.whole("refusals_before_joint", 1, 20), node.term("joint"))
    node.done()
    return out


_VERBS = ("remind", "urge", "supervise")
#: How often the last rung comes again where the book does not say.
_AGAIN = 50


def read_moment(node: Node, key: str) -> Moment | None:
    """Read a moment on a promise: `"50%"`, `"due"` or `"due+1 working_days"`."""
    value = node.string(key)
    if m := re.fullmatch(r"(\d{1,3})%", value):
        share = int(m.group(1)) / 100
        if 0 < share <= 1:
            return Moment(share, None)
    elif value == "due":
        return Moment(1.0, None)
    elif value.startswith("due+"):
        before = len(node.notes)
        term = node.parse_term((key,), value.removeprefix("due+").strip())
        return Moment(1.0, term) if len(node.notes) == before else None
    if value:
        node.bad(
            (key,),
            f"「{value}」不是时点;应写作 50%(1 到 100)、due 或 due+1 working_days",
            f'"{value}" is not a moment; write 50% (1 to 100), due, or due+1 working_days',
        )
    return None


def read_ladder(root: Node) -> tuple[Rung, ...]:
    """Read the reminder ladder, which must rise."""
    out: list[Rung] = []
    for item in root.array("ladder", least=1):
        verb = item.choice("verb", _VERBS)
        name, at, to = item.text("name"), read_moment(item, "at"), item.choice("to", _ROLES)
        again = item.maybe_term("again")
        most = item.whole("most", 1, 200) if item.has("most") else _AGAIN
        item.done()
        if at is None or verb not in _VERBS:
            continue
        rung = Rung(verb, name, at, to, again, most if again is not None else 0)
        if again is not None and (verb != _VERBS[-1] or at.after is None):
            item.bad(
                ("again",),
                "只有逾期后的督办可以反复",
                "only supervision after the date has passed can come again and again",
            )
        if out and out[-1].again is not None:
            item.bad(("at",), "反复的一级应是最后一级", "the rung that comes again must be the last one")
        if out:
            before = out[-1]
            if _height(rung.at) <= _height(before.at):
                item.bad(
                    ("at",),
                    f"应晚于上一级({before.at})",
                    f"a rung must come later than the one before it ({before.at})",
                )
            if _VERBS.index(verb) < _VERBS.index(before.verb):
                item.bad(
                    ("verb",), "阶梯只能由轻到重", "the ladder must go from mild to strong: remind, urge, supervise"
                )
        out.append(rung)
    return tuple(out)


#: For a book that says nothing of open danger: it must not stand without a clock because a book is old.
_UNLOOKED = (
    DangerRung(Text("催看险情", "Danger to be looked at"), Term.parse("10 minutes"), Role.CENTRE_LEAD.value),
    DangerRung(
        Text("上报险情", "Danger reported upwards"),
        Term.parse("30 minutes"),
        Role.SUPERVISOR.value,
        Term.parse("30 minutes"),
        48,
    ),
)
_LONGEST_UNLOOKED = 24.0


#: The same for words that nobody could read yet: somebody who knows the language must be found first.
_UNREAD = (
    DangerRung(Text("催找人读", "Words to be read"), Term.parse("20 minutes"), Role.CENTRE_LEAD.value),
    DangerRung(
        Text("上报没人读懂", "Unread words reported upwards"),
        Term.parse("1 hours"),
        Role.SUPERVISOR.value,
        Term.parse("1 hours"),
        48,
    ),
)


def read_danger(root: Node, name: str = "danger") -> tuple[DangerRung, ...]:
    """Read the ladder of open danger, or of words nobody could read (`unread`): terms of the clock on the wall, each
    longer than the one before."""
    out: list[DangerRung] = []
    for item in root.array(name):
        called, after, to = item.text("name"), item.term("after"), item.choice("to", _ROLES)
        again = item.maybe_term("again")
        most = item.whole("most", 1, 500) if item.has("most") else _AGAIN
        item.done()
        for key, term in (("after", after), ("again", again)):
            if term is not None and (term.unit not in WALL_UNITS or hours_of(term) > _LONGEST_UNLOOKED):
                item.bad(
                    (key,),
                    "险情不等上班:应写分钟或小时,最多24小时",
                    "danger does not wait for office hours: minutes or hours, at most 24 hours",
                )
        if out and out[-1].again is not None:
            item.bad(("after",), "反复的一级应是最后一级", "the rung that comes again must be the last one")
        if out and hours_of(after) <= hours_of(out[-1].after):
            item.bad(("after",), "应晚于上一级", "a rung must come later than the one before it")
        out.append(DangerRung(called, after, to, again, most if again is not None else 0))
    return tuple(out) or (_UNREAD if name == "unread" else _UNLOOKED)


def _height(at: Moment) -> tuple[float, float]:
    return (at.share, hours_of(at.after) if at.after else 0.0)


#: Who may be named to decide on more time: they stand to a matter while its unit has it in hand.
_GRANTERS = (Role.LEAD.value, Role.CENTRE_LEAD.value, Role.SUPERVISOR.value)


def read_clocks(root: Node) -> dict[str, Any]:
    """Read extension, pause, reopening, merging, second look and silence."""
    extension = root.child("extension")
    pause = root.child("pause")
    reopen = root.child("reopen")
    merge = root.child("merge")
    second, silence = root.child("second_look"), root.child("silence")
    out: dict[str, Any] = {
        "extension": Extension(
            times=extension.whole("times", 0, 9),
            approver=extension.choice("approver", _GRANTERS),
            terms=freeze(_terms(extension, "max", every=False)),
        ),
        "pause": Pause(
            cap=pause.term("cap"),
            total=pause.term("total"),
            approver_from=pause.whole("approver_from", 1, 99),
        ),
        "reopen": Reopen(reopen.term("window"), reopen.whole("times", 1, 99), reopen.maybe_term("answer")),
        "merging": Merging(
            merge.whole("reporters", 2, 100_000),
            merge.term("within"),
            merge.whole("parts", 2, 100),
            merge.maybe_term("looked"),
        ),
        "second_look": second.term("within"),
        "silence": silence.term("after_answer"),
    }
    if hours_of(out["pause"].total) < hours_of(out["pause"].cap):
        pause.bad(("total",), "总上限短于一次等待的上限", "all waits together are capped below a single one")
    pause.gone(
        "approver",
        "超过次数后由单位负责人自己提出",
        "beyond that number the lead of the unit is the one who asks",
    )
    for node in (extension, pause, reopen, merge, second, silence):
        node.done()
    return out


def read_decline(root: Node) -> Mapping[str, DeclineReason]:
    """Read the reasons to decline."""
    out = {}
    for code, node in root.table("decline"):
        out[code] = DeclineReason(code, name_of(node), node.text("law"), node.text("channel"))
        node.done()
    if "decline" in root.map and not out:
        root.bad(("decline",), "至少要有一项不予受理的理由", "at least one reason to decline is needed")
    return freeze(out)


def read_evidence(root: Node) -> Mapping[str, EvidenceKind]:
    """Read the kinds of evidence; one at least must need no file (rules 2.15)."""
    out = {}
    for code, node in root.table("evidence"):
        out[code] = EvidenceKind(code, name_of(node), node.flag("file", False))
        node.done()
    if "evidence" in root.map and not any(not kind.file for kind in out.values()):
        root.bad(
            ("evidence",),
            "至少要有一种不必上传文件的依据(不得强制上传照片)",
            "at least one kind must need no file (no photo may be forced, rules 2.15)",
        )
    return freeze(out)


_QUESTIONS = ("contacted", "solved", "satisfied")
_YES_NO = ("yes", "no")


def read_call_back(root: Node) -> CallBack:
    """Read chances, ways and questions of the call-back."""
    node = root.child("call_back")
    table = node.child("chance")
    chances = {}
    for name in CLASSES:
        value = table.get(name, float)
        if value is not None and not 0 <= value <= 1:
            table.bad((name,), f"{value} 不在 0 到 1 之间", f"{value} is not between 0 and 1")
        chances[name] = float(value or 0)
    table.done()
    questions = []
    for item in node.array("question", least=1):
        answers = []
        code = item.choice("code", _QUESTIONS)
        for answer, entry in item.table("answers"):
            said = name_of(entry)
            entry.done()
            if code == "satisfied" or answer in _YES_NO:
                answers.append(Answer(answer, said))
            elif not entry.notes.adopted:
                entry.bad(
                    (),
                    "这一问记下的是“是”或“否”：只能有 yes 和 no 两项",
                    "what is kept of this question is yes or no: it has the answers yes and no",
                )
        if len(answers) < 2 or (code == "satisfied" and len(answers) != 5):
            wanted = "5" if code == "satisfied" else "2"
            item.bad(("answers",), f"应有 {wanted} 个选项", f"{wanted} answers are needed")
        questions.append(Question(code, item.text("text"), tuple(answers)))
        item.done()
    codes = [q.code for q in questions]
    for code in _QUESTIONS:
        if codes.count(code) != 1 and questions:
            node.bad(("question",), f"「{code}」应恰好问一次", f'"{code}" must be asked exactly once (rules 2.3)')
    ways = node.strings("ways")
    for n, way in enumerate(ways):
        node.known(("ways", n), way, ("sms", "phone", "visit"))
    out = CallBack(freeze(chances), node.term("within"), node.whole("attempts", 1, 20), ways, tuple(questions))
    node.done()
    return out


_PETITION_LIMITS = {"register": 15, "handle": 60, "extension": 30, "review": 30, "re_review": 30}


def read_petition(root: Node) -> Petition:
    """Read the petition clock, never longer than the Petition Regulations allow."""
    node = root.child("petition")
    values: dict[str, Any] = {"law": node.text("law")}
    node.gone(
        "representatives",
        "来访代表不超过五人由《信访工作条例》规定，在接待时掌握",
        "that no more than five come as representatives is the law's, kept where people are received",
    )
    node.gone(
        "notice",
        "单位签收时程序当即告知信访人",
        "the petitioner is told at once, when a unit accepts the petition",
    )
    for key in ("register", "handle", "extension", "ask_review", "review", "ask_re_review", "re_review"):
        before = len(node.notes)
        values[key] = term = node.term(key)
        if len(node.notes) > before:
            continue
        if term.unit != "calendar_days":
            node.bad((key,), "信访期限按日历日计", "petition terms are counted in calendar_days")
        elif key in _PETITION_LIMITS and term.amount > _PETITION_LIMITS[key]:
            limit = _PETITION_LIMITS[key]
            node.bad((key,), f"超过条例规定的 {limit} 日", f"longer than the {limit} days of the Petition Regulations")
        elif key.startswith("ask_") and term.amount < 30:
            node.bad(
                (key,),
                "短于条例给信访人的 30 日",
                "shorter than the 30 days the Petition Regulations give the petitioner",
            )
    values["unit_objection"] = node.term("unit_objection")
    node.done()
    return Petition(**values)


def read_figures(root: Node) -> dict[str, Any]:
    """Read from which count on a figure may be shown."""
    node = root.child("figures")
    out = {"suppress_below": node.whole("suppress_below", 3, 1000), "minimum_n": node.whole("minimum_n", 10, 100_000)}
    node.done()
    return out


def _real(node: Node, key: str, default: float, low: float, high: float) -> float:
    if not node.has(key):
        return default
    value = float(node.get(key, float) or 0.0)
    if not low <= value <= high:
        node.bad((key,), f"{value:g} 不在 {low:g} 到 {high:g} 之间", f"{value:g} is not between {low:g} and {high:g}")
    return value


def read_hot(root: Node) -> Hot:
    """Read how hot issues are found; a book without the section, or without a number, keeps the usual ones."""
    usual = Hot()
    if not root.has("hot"):
        return usual
    node = root.child("hot")

    def whole(key: str, default: int, low: int, high: int) -> int:
        return node.whole(key, low, high) if node.has(key) else default

    made = Hot(
        growth=_real(node, "growth", usual.growth, 0, 10),
        days=whole("days", usual.days, 1, 365),
        window=whole("window", usual.window, 2, 730),
        least=whole("least", usual.least, 2, 1000),
        likeness=_real(node, "likeness", usual.likeness, 0.05, 0.95),
        alert=_real(node, "alert", usual.alert, 1, 100_000),
        again=_real(node, "again", usual.again, 1, 100),
    )
    if made.window < 2 * made.days:
        reason = "window 至少是 days 的两倍,才看得出增长"
        node.bad(("window",), reason, "window must be at least twice days, or no growth can be seen")
    node.done()
    return made


_DATA_KINDS = ("contact", "words", "files", "reads", "messages", "call_backs")


def read_retention(root: Node) -> Mapping[str, Retention]:
    """Read how long each kind of personal data is kept."""
    out = {}
    for code, node in fixed(root, "retention", _DATA_KINDS):
        item = Retention(
            code=code,
            name=name_of(node),
            days=node.whole("days", 1, 36_500),
            then=cast(Literal["erase", "anonymise", "freeze"], node.choice("then", ("erase", "anonymise", "freeze"))),
            purpose=node.text("purpose"),
            basis=node.text("basis"),
        )
        if code == "reads" and 1 <= item.days < 1095:
            node.bad(
                ("days",),
                "查阅记录应保存至少三年(1095 天)",
                "the log of reads is kept for three years (1095 days) or more (PIPL art. 56)",
            )
        node.done()
        out[code] = item
    return freeze(out)


_THROTTLE = {
    "lookups_per_minute": (1, 10_000),
    "reports_per_hour": (1, 100_000),
    "sign_in_attempts": (3, 100),
    "api_per_minute": (1, 1_000_000),
    "ratings_per_hour": (1, 100_000),
}


def read_throttle(root: Node) -> Throttle:
    """Read how often each door may be knocked at."""
    node = root.child("throttle")
    # Books from before a door was there say nothing of it and read as they did.
    said = {name: span for name, span in _THROTTLE.items() if name != "ratings_per_hour" or node.has(name)}
    out = Throttle(**{name: node.whole(name, low, high) for name, (low, high) in said.items()})
    node.done()
    return out


_READINGS = {
    "contacts": (1, 100_000),
    "matters": (1, 100_000),
    "at_night": (0, 100_000),
    "units_of_place": (1, 1_000),
    "exports": (0, 1_000),
}
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"


def _readings(node: Node, usual: Readings) -> Readings:
    given = {n: node.whole(n, low, high) for n, (low, high) in _READINGS.items() if node.has(n)}
    node.done()
    return replace(usual, **given)


def read_unusual(root: Node) -> Unusual:
    """Read what counts as an unusual reading of personal data; a book without the section keeps the usual numbers."""
    usual = Unusual()
    if not root.has("unusual"):
        return usual
    node = root.child("unusual")
    start, end = (
        int(text[:2]) * 60 + int(text[3:]) if len(text) == 5 else 0
        for text in (node.string("night_from", _CLOCK, "22:00"), node.string("night_to", _CLOCK, "06:00"))
    )
    every = _readings(node.child("usual"), usual.usual) if node.has("usual") else usual.usual
    roles: dict[str, Readings] = {}
    for name, entry in node.table("roles") if node.has("roles") else ():
        if node.known(("roles", name), name, _ROLES):
            roles[name] = _readings(entry, every)
    node.done()
    return Unusual(start, end, every, freeze(roles))


def read_uploads(root: Node) -> Uploads:
    """Read what may be attached."""
    node = root.child("uploads")
    types = node.strings("types")
    for n, item in enumerate(types):
        node.known(("types", n), item, ("image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf"))
    out = Uploads(
        files=node.whole("files", 0, 100),
        bytes=node.whole("bytes", 1024, 1 << 30),
        pixels=node.whole("pixels", 10_000, 500_000_000),
        types=types,
    )
    node.done()
    return out
