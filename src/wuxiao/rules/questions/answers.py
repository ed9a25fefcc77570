"""Answers read against the version they were given to: typed, complete where they must be, and within their bounds.

What is given is nested as the set is: a group is a mapping, a repeat a list of mappings, several choices a list or one
text with blanks. What comes out is typed, and `plain` is the same as text, which reads back to the same values. Answers
to questions that were not asked (their condition does not hold) are left out and named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from wuxiao.rules.questions import evaluate, formula, functions
from wuxiao.rules.questions.faults import depends, dynamic, in_order, span
from wuxiao.rules.questions.form import (
    ABOUT_DEVICE,
    FILES,
    Choice,
    Group,
    Item,
    Kind,
    Question,
    QuestionSet,
    Said,
    Stand,
    stands,
)
from wuxiao.rules.questions.functions import Value
from wuxiao.rules.words import Text
from wuxiao.typed.numbers import whole_number
from wuxiao.typed.plain import clean, flat, line

MOST_LETTERS = 20_000
MOST_REPEATS = 1_000
MOST_PLACES = 5_000
#: A typed answer: text, number, day, time, moment, choices, or places as (latitude, longitude, height, accuracy).
Answer = str | int | Decimal | date | time | datetime | tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Wrong:
    """One answer that cannot be taken: where (`group/question`, `repeat[2]/question`), a code, and a sentence."""

    path: str
    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered. Only without `wrong` is it an answer to the set."""

    values: dict[str, Any]
    plain: dict[str, Any]
    wrong: tuple[Wrong, ...] = ()
    #: Paths that were answered and not asked.
    left_out: tuple[str, ...] = ()


def read_answers(form: QuestionSet, given: Mapping[str, Any], *, now: datetime, lang: str = "zh") -> Answers:
    """Read answers against a set without faults; `now` is the moment with its zone, `lang` the language of labels."""
    assert now.tzinfo is not None
    return _Reader(form, now, lang).read(given)


class _Node:
    """One question, group, or turn of a repeat in these answers."""

    __slots__ = ("inside", "item", "number", "own", "parent", "path", "turn")

    def __init__(self, item: Item | None, number: int, parent: _Node | None, path: str, turn: int = 0) -> None:
        self.item, self.number, self.parent, self.path, self.turn = item, number, parent, path, turn
        self.inside: dict[str, list[_Node]] = {}
        self.own: Answer | None = None

    def all(self) -> Iterator[_Node]:
        todo = [self]
        while todo:
            one = todo.pop()
            yield one
            todo += [each for several in reversed(one.inside.values()) for each in reversed(several)]


class _View:
    """The answers as one question sees them: what `evaluate.Around` asks for."""

    __slots__ = ("node", "reader")

    def __init__(self, reader: _Reader, node: _Node) -> None:
        self.reader, self.node = reader, node

    @property
    def now(self) -> datetime:
        return self.reader.now

    def ref(self, name: str) -> Value:
        stand = self.reader.by_name.get(name)
        return self.reader.seen(self.node, stand.path) if stand else ""

    def here(self) -> Value:
        return _as_value(self.node.own)

    def beside(self, up: int, names: Sequence[str]) -> Value:
        at: _Node | None = self.node
        for _ in range(up):
            at = at.parent if at else None
        if at is None:
            return ""
        found = [at]
        for name in names:
            found = [each for one in found for each in one.inside.get(name, ())]
        return self.reader.values(found, several=len(found) > 1)

    def position(self, up: int) -> int:
        at: _Node | None = self.node
        for _ in range(up):
            at = at.parent if at else None
        while at is not None and not at.turn:
            at = at.parent
        return at.turn if at else 1

    def indexed(self, name: str, at: Sequence[tuple[str, int]]) -> Value:
        stand = self.reader.by_name.get(name)
        turns = dict(at)
        found = [self.reader.top]
        for step in stand.path if stand else ():
            found = [each for one in found for each in one.inside.get(step, ())]
            if step in turns:
                found = [one for one in found if one.turn == turns[step]]
        return self.reader.values(found[:1] if stand else [], several=False)

    def choice_name(self, value: str, name: str) -> str:
        stand = self.reader.by_name.get(name)
        if stand is None or not isinstance(stand.item, Question):
            return ""
        form, lang = self.reader.form, self.reader.lang
        for choice in form.choices(stand.item.choices):
            if choice.name == value:
                return choice.label.say(lang, form.default_language)
        return ""


class _Reader:
    def __init__(self, form: QuestionSet, now: datetime, lang: str) -> None:
        self.form, self.now, self.lang = form, now, lang
        self.stands = list(stands(form))
        self.by_name = {one.item.name: one for one in self.stands}
        self.numbers = {id(one.item): one.number for one in self.stands}
        self.wrong: list[Wrong] = []
        self.left_out: list[str] = []
        self.top = _Node(None, -1, None, "")
        self._relevant: dict[_Node, bool] = {}
        self._worked: dict[_Node, Value] = {}
        self._busy: set[_Node] = set()
        self._choices: dict[str, dict[str, list[Choice]]] = {}

    # -- the whole ------------------------------------------------------------------------------------------------

    def read(self, given: Mapping[str, Any]) -> Answers:
        self._place(self.top, self.form.items, given)
        order, _ = in_order(depends(self.stands))
        nodes = list(self.top.all())[1:]
        by_number: dict[int, list[_Node]] = {}
        for node in nodes:
            by_number.setdefault(node.number, []).append(node)
        # In the order of what needs what: a long row of calculations is walked, not fallen into.
        for number in order:
            for node in by_number.get(number, ()):
                if self.relevant(node):
                    self._value(node)
        for node in nodes:
            self._judge(node)
        values, plain = self._out(self.top)
        return Answers(values, plain, tuple(self.wrong), tuple(self.left_out))

    def _say(self, node: _Node, code: str, zh: str, en: str) -> None:
        self.wrong.append(Wrong(node.path, code, Text(zh, en)))

    # -- what was given -------------------------------------------------------------------------------------------

    def _place(self, above: _Node, items: Sequence[Item], given: Mapping[str, Any]) -> None:
        known = {item.name for item in items}
        for name in given:
            if name not in known:
                path = f"{above.path}/{name}".lstrip("/")[:200]
                self.wrong.append(
                    Wrong(path, "unknown", Text("没有这道题", "there is no such question"))
                )  # fmt: skip
        for item in items:
            path = f"{above.path}/{item.name}".lstrip("/")
            number = self.numbers[id(item)]
            value = given.get(item.name)
            if isinstance(item, Group):
                above.inside[item.name] = self._group(above, item, number, path, value)
            else:
                node = _Node(item, number, above, path)
                above.inside[item.name] = [node]
                self._answer(node, item, value)

    def _group(self, above: _Node, item: Group, number: int, path: str, value: Any) -> list[_Node]:
        if not item.repeat:
            node = _Node(item, number, above, path)
            if value is not None and not isinstance(value, Mapping):
                self._say(node, "shape", "这一组的回答要按题目给出", "the answers of a group are given by question")
                value = None
            self._place(node, item.items, value or {})
            return [node]
        turns = value if value is not None else []
        if not isinstance(turns, (list, tuple)) or not all(isinstance(one, Mapping) for one in turns):
            self._say(_Node(item, number, above, path), "shape", "重复组要给出一份列表", "a repeat is given as a list")
            turns = []
        if len(turns) > MOST_REPEATS:
            self._say(
                _Node(item, number, above, path), "many",
                f"最多{MOST_REPEATS}组，这里有{len(turns)}组", f"at most {MOST_REPEATS} times; there are {len(turns)}",
            )  # fmt: skip
            turns = turns[:MOST_REPEATS]
        made = []
        for turn, one in enumerate(turns, start=1):
            node = _Node(item, number, above, f"{path}[{turn}]", turn)
            self._place(node, item.items, one)
            made.append(node)
        return made

    def _answer(self, node: _Node, item: Question, value: Any) -> None:
        if item.kind is Kind.HIDDEN and not item.calculation:
            node.own = item.default if not dynamic(item.default) else None
        elif item.kind in (Kind.START, Kind.END):
            node.own = self.now
        elif item.kind is Kind.TODAY:
            node.own = self.now.date()
        elif item.kind in (Kind.CALCULATE, Kind.NOTE) or item.kind in ABOUT_DEVICE or item.calculation:
            return
        else:
            found = read_one(item, value, self.now)
            if isinstance(found, Text):
                self._say(node, "kind", found.zh, found.en)
            else:
                node.own = found

    # -- what follows from it -------------------------------------------------------------------------------------

    def relevant(self, node: _Node) -> bool:
        """Return whether a question is asked, given the others; one that asks about itself is taken to be."""
        known = self._relevant.get(node)
        if known is not None:
            return known
        if node.item is None:
            return True
        self._relevant[node] = True
        holds = node.parent is None or self.relevant(node.parent)
        if holds and node.item.relevant:
            holds = self._holds(node, node.item.relevant)
        self._relevant[node] = holds
        return holds

    def _value(self, node: _Node) -> Value:
        item = node.item
        if not isinstance(item, Question) or not (item.calculation or (item.kind is Kind.CALCULATE and item.default)):
            return _as_value(node.own)
        if node in self._worked:
            return self._worked[node]
        if node in self._busy:
            return ""
        self._busy.add(node)
        made: Value = ""
        try:
            made = functions.one(evaluate.value_of(formula.read(item.calculation or item.default), _View(self, node)))
        except formula.FormulaError as error:
            self._say(node, "formula", error.text.zh, error.text.en)
        self._busy.discard(node)
        self._worked[node] = made
        node.own = _as_answer(item.kind, made)
        return made

    def _holds(self, node: _Node, source: str) -> bool:
        try:
            return evaluate.holds(formula.read(source), _View(self, node))
        except formula.FormulaError as error:
            self._say(node, "formula", error.text.zh, error.text.en)
            return True

    def seen(self, node: _Node, path: Sequence[str]) -> Value:
        """Return the answers at a path as they are seen from a question: those of its own turn, or of all turns."""
        above: list[_Node] = []
        at: _Node | None = node
        while at is not None:
            above.append(at)
            at = at.parent
        above.reverse()
        found, depth = above[0], 0
        while depth < len(path) and depth + 1 < len(above) and _named(above[depth + 1]) == path[depth]:
            depth += 1
            found = above[depth]
        several, now = False, [found]
        for step in path[depth:]:
            now = [each for one in now for each in one.inside.get(step, ())]
            several = several or any(one.turn for one in now) or not now
        if depth == len(path) and found.turn:
            # A repeat that is named from inside itself means all its turns.
            now, several = list(found.parent.inside[path[-1]]) if found.parent else now, True
        return self.values(now, several=several)

    def values(self, nodes: Sequence[_Node], *, several: bool) -> Value:
        """Return the values of questions, "" for those that are not asked."""
        kept = [one for one in nodes if self.relevant(one)]
        made = tuple(functions.one(self._value(one)) for one in kept)
        return made if several else (made[0] if made else "")

    # -- whether it will do ---------------------------------------------------------------------------------------

    def _judge(self, node: _Node) -> None:
        item = node.item
        if isinstance(item, Group):
            if item.repeat and item.count and node.turn == 1:
                self._count(node, item)
            return
        assert item is not None
        if not self.relevant(node):
            if node.own not in (None, ()) and not _fills_itself(item):
                self.left_out.append(node.path)
            node.own = None
            return
        if item.kind is Kind.NOTE or _fills_itself(item):
            return
        if node.own in (None, (), ""):
            if item.required and self._holds(node, item.required):
                usual = Text("请填写这一题", "please answer this question")
                said = self._said(node, item.required_message, usual)
                self._say(node, "required", said.zh, said.en)
            return
        if item.kind in (Kind.ONE, Kind.MANY, Kind.RANK):
            self._choice(node, item)
        if item.constraint and not self._holds(node, item.constraint):
            usual = Text("这个回答不在允许的范围内", "this answer is outside what is allowed")
            said = self._said(node, item.constraint_message, usual)
            self._say(node, "constraint", said.zh, said.en)

    def _count(self, node: _Node, item: Group) -> None:
        above = node.parent or self.top
        try:
            wanted = functions.number(evaluate.value_of(formula.read(item.count), _View(self, above)))
        except formula.FormulaError:
            return
        given = len(above.inside[item.name])
        if self.relevant(node) and wanted == wanted and given != max(0, int(wanted)):
            self._say(
                node, "count", f"应有{max(0, int(wanted))}组，现在有{given}组",
                f"{max(0, int(wanted))} are wanted; there are {given}",
            )  # fmt: skip

    def _offered(self, node: _Node, item: Question, among: frozenset[str] | None) -> set[str]:
        """Return the names of the choices that are offered, given the other answers; only of those `among` them."""
        by_name = self._choices.get(item.choices)
        if by_name is None:
            by_name = self._choices[item.choices] = {}
            for one in self.form.choices(item.choices):
                by_name.setdefault(one.name, []).append(one)
        found = {name: by_name[name] for name in (by_name if among is None else among) if name in by_name}
        if not item.choice_filter:
            return set(found)
        tree, view = formula.read(item.choice_filter), _View(self, node)

        def holds(one: Choice) -> bool:
            columns = {**dict(one.columns), "name": one.name, "label": one.label.say(self.lang)}
            return evaluate.holds(tree, view, columns)

        return {name for name, several in found.items() if any(map(holds, several))}

    def _choice(self, node: _Node, item: Question) -> None:
        chosen = (node.own,) if item.kind is Kind.ONE else node.own
        assert isinstance(chosen, tuple)
        names = frozenset(map(str, chosen))
        try:
            # A list may have thousands: a filter is asked of what was chosen, and of all only where all must be.
            offered = self._offered(node, item, None if item.kind is Kind.RANK else names)
        except formula.FormulaError as error:
            self._say(node, "formula", error.text.zh, error.text.en)
            return
        if strange := [str(one) for one in chosen if one not in offered]:
            self._say(
                node, "choice",
                f"“{'、'.join(strange)[:80]}”不在可选的答案里", f"“{', '.join(strange)[:80]}” is not among the choices",
            )  # fmt: skip
        elif item.kind is Kind.RANK and names != offered:
            self._say(node, "rank", "请把每一项都排上，每项只排一次", "please rank every item, each of them once")

    def _said(self, node: _Node, own: Said, usual: Text) -> Text:
        if not own:
            return usual
        both = own.text(self.form.default_language)
        names = {*formula.places(both.zh), *formula.places(both.en)}
        say = {name: functions.text(_View(self, node).ref(name)) for name in names}
        return Text(formula.filled(both.zh, say), formula.filled(both.en, say))

    # -- out ------------------------------------------------------------------------------------------------------

    def _out(self, node: _Node) -> tuple[dict[str, Any], dict[str, Any]]:
        values: dict[str, Any] = {}
        plain: dict[str, Any] = {}
        for name, inside in node.inside.items():
            turns = [self._one_out(each) for each in inside]
            item = inside[0].item if inside else None
            if isinstance(item, Group) and item.repeat:
                kept = [each for each, one in zip(turns, inside, strict=True) if self.relevant(one)]
                if kept:
                    values[name], plain[name] = [one[0] for one in kept], [one[1] for one in kept]
            elif turns and turns[0][0] not in (None, {}, (), ""):
                values[name], plain[name] = turns[0]
        return values, plain

    def _one_out(self, node: _Node) -> tuple[Any, Any]:
        if isinstance(node.item, Group):
            return self._out(node)
        return node.own, None if node.own is None else as_plain(node.own)


def _named(node: _Node) -> str:
    return node.item.name if node.item else ""


def _fills_itself(item: Question) -> bool:
    return bool(item.calculation) or item.kind in (
        Kind.CALCULATE, Kind.HIDDEN, Kind.START, Kind.END, Kind.TODAY, *ABOUT_DEVICE
    )  # fmt: skip


# -- one answer --------------------------------------------------------------------------------------------------------

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_CLOCK = re.compile(r"(\d{1,2})\s*[:时点]\s*(\d{2})(?:\s*[:分]\s*(\d{2})(?:\.\d+)?)?\s*[分秒]?(?:Z|[+-]\d{2}:?\d{2})?")
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")


def read_one(item: Question, value: Any, now: datetime) -> Answer | Text | None:
    """Return the typed answer, `None` for none, or a sentence why it is none."""
    if value is None or value == "" or value == [] or value == ():
        return None
    if item.kind in (Kind.MANY, Kind.RANK):
        return _several(value)
    if isinstance(value, bool):
        value = "OK" if item.kind is Kind.ACKNOWLEDGE and value else str(value).lower()
    if isinstance(value, (int, float, Decimal)):
        value = format(value, "f") if isinstance(value, Decimal) else functions.text(float(value))
    elif isinstance(value, (datetime, date, time)):
        value = value.isoformat()
    if not isinstance(value, str):
        return Text("这一题要一个回答", "one answer is wanted here")
    if len(value) > MOST_LETTERS:
        return Text(f"最多{MOST_LETTERS}个字，请写短一些", f"at most {MOST_LETTERS} characters: please write less")
    if item.kind in (Kind.TEXT, Kind.HIDDEN):
        return clean(value).strip() or None
    typed = flat(value).strip()
    return _read_typed(item, typed, value, now) if typed else None


def _several(value: Any) -> tuple[str, ...] | Text | None:
    if isinstance(value, str):
        value = flat(value).split()
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, (str, int)) for one in value):
        return Text("请给出所选的各项", "give the choices that were made")
    if len(value) > MOST_PLACES:
        return Text("选的项太多", "too many choices were made")
    found = tuple(dict.fromkeys(str(one).strip() for one in value if str(one).strip()))
    return found or None


def _read_typed(item: Question, typed: str, value: str, now: datetime) -> Answer | Text | None:
    kind = item.kind
    if kind in (Kind.INTEGER, Kind.DECIMAL, Kind.RANGE) and any(c.isdigit() and not c.isdecimal() for c in value):
        # A superscript or a circled digit is a mark beside a number, not the number.
        return Text("请只用数字填写，比如 12", "write it in plain digits, for example 12")
    if kind is Kind.INTEGER:
        number = whole_number(typed, -(2**53), 2**53)
        return number if number is not None else Text("请填整数，比如 12", "write a whole number, for example 12")
    if kind is Kind.DECIMAL:
        return _decimal(typed)
    if kind is Kind.RANGE:
        return _ranged(item, typed)
    if kind is Kind.DATE:
        day = _day(typed)
        return day or Text("请写日期，比如 2026-03-01", "write a date like 2026-03-01")
    if kind is Kind.TIME:
        clock = _clock(typed)
        return clock if clock is not None else Text("请写时间，比如 08:30", "write a time like 08:30")
    if kind is Kind.MOMENT:
        moment = _moment(typed, now)
        return moment or Text("请写日期和时间，比如 2026-03-01 08:30", "write date and time like 2026-03-01 08:30")
    if kind in (Kind.POINT, Kind.LINE, Kind.SHAPE):
        return _places(kind, typed)
    if kind is Kind.ACKNOWLEDGE:
        ticked = typed.lower() in ("ok", "yes", "true", "on", "1", "是")
        return "OK" if ticked else Text("请勾选确认", "tick it to confirm")
    if kind in FILES:
        name = line(value)
        fine = 0 < len(name) <= 200 and not re.search(r"[/\\\x00]", name) and name not in (".", "..")
        return name if fine else Text("这不是附件的名字", "this is not the name of an attachment")
    return line(value) or None


def _decimal(typed: str) -> Decimal | Text:
    try:
        if len(typed) <= 60 and _DECIMAL.fullmatch(typed):
            return Decimal(typed)
    except InvalidOperation:
        pass
    return Text("请填数字，比如 12.5", "write a number, for example 12.5")


def _ranged(item: Question, typed: str) -> Answer | Text:
    found, bounds = _decimal(typed), span(item)
    if isinstance(found, Text) or bounds is None:
        return Text("请填数字", "write a number")
    start, end, step = (Decimal(repr(one)) for one in bounds)
    low, high = min(start, end), max(start, end)
    if not low <= found <= high:
        return Text(
            f"应在 {_short(low)} 到 {_short(high)} 之间", f"it must lie between {_short(low)} and {_short(high)}"
        )
    if (found - start) % abs(step) != 0:
        return Text(f"应从 {_short(start)} 起每隔 {_short(abs(step))}", f"it goes in steps of {_short(abs(step))} from "
                    f"{_short(start)}")  # fmt: skip
    return int(found) if found == int(found) and all(one == int(one) for one in (start, step)) else found


def _short(number: Decimal) -> str:
    return functions.text(float(number))


def _day(typed: str) -> date | None:
    found = _DAY.match(typed)
    if not found or typed[found.end() :].strip()[:1].isdigit():
        return None
    rest = typed[found.end() :].strip()
    if rest and not re.match(r"[T\s]*\d", rest):
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _clock(typed: str) -> time | None:
    found = _CLOCK.fullmatch(typed.rpartition("T")[2])
    if not found:
        return None
    try:
        return time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError:
        return None


def _moment(typed: str, now: datetime) -> datetime | None:
    iso = functions.as_moment(typed, now.tzinfo) if re.match(r"\d{4}-\d{2}-\d{2}[T ]", typed) else None
    if iso is not None:
        return iso
    found = _DAY.match(typed)
    if not found:
        return None
    rest = typed[found.end() :].strip().removeprefix("T").strip()
    day, clock = _day(typed[: found.end()]), _clock(rest)
    return datetime.combine(day, clock, now.tzinfo) if day and clock is not None else None


def _places(kind: Kind, typed: str) -> Answer | Text:
    wrong = Text("请给出位置：纬度和经度，中间空一格", "give a place: latitude and longitude with a blank between")
    made = []
    for one in [part for part in typed.split(";") if part.strip()][: MOST_PLACES + 1]:
        numbers = one.replace(",", " ").split()
        if not 2 <= len(numbers) <= 4 or not all(len(each) < 40 and _DECIMAL.fullmatch(each) for each in numbers):
            return wrong
        place = tuple(float(each) for each in numbers)
        if abs(place[0]) > 90 or abs(place[1]) > 180:
            return Text("纬度在 -90 到 90 之间，经度在 -180 到 180 之间", "latitude lies between -90 and 90, longitude "
                        "between -180 and 180")  # fmt: skip
        made.append(place + (0.0,) * (4 - len(place)))
    if len(made) > MOST_PLACES:
        return Text(f"最多{MOST_PLACES}个点", f"at most {MOST_PLACES} places")
    if kind is Kind.POINT:
        return made[0] if len(made) == 1 else wrong
    if kind is Kind.LINE:
        return tuple(made) if len(made) >= 2 else Text("一条线至少要两个点", "a line has at least two places")
    if len(made) < 4 or made[0][:2] != made[-1][:2]:
        return Text("一块地至少要三个点，最后回到第一个点", "an area has at least three places and ends where it began")
    return tuple(made)


# -- one answer in other shapes ----------------------------------------------------------------------------------------


def as_plain(answer: Answer) -> str:
    """Return an answer as text, as XForms stores it.

    >>> as_plain(("a", "b")), as_plain((31.2, 121.5, 0.0, 0.0)), as_plain(date(2026, 3, 1))
    ('a b', '31.2 121.5 0 0', '2026-03-01')
    """
    if isinstance(answer, tuple):
        if answer and isinstance(answer[0], tuple):
            return ";".join(as_plain(one) for one in answer)
        return " ".join(functions.text(one) if isinstance(one, float) else str(one) for one in answer)
    if isinstance(answer, Decimal):
        return format(answer, "f")
    if isinstance(answer, datetime):
        return answer.isoformat()
    return answer.isoformat() if isinstance(answer, (date, time)) else str(answer)


def _as_value(answer: Answer | None) -> Value:
    if answer is None:
        return ""
    if isinstance(answer, (int, Decimal)) and not isinstance(answer, bool):
        return float(answer)
    if isinstance(answer, (date, datetime)):
        return answer
    return answer if isinstance(answer, str) else as_plain(answer)


def _as_answer(kind: Kind, value: Value) -> Answer | None:
    """Return what was worked out, in the kind of its question where it is of that kind."""
    said = functions.text(value)
    if said == "":
        return None
    number = functions.number(value)
    if kind is Kind.INTEGER and number == number and abs(number) < 2**53 and number == int(number):
        return int(number)
    if kind in (Kind.DECIMAL, Kind.RANGE) and number == number and abs(number) != float("inf"):
        return Decimal(functions.text(number))
    if kind is Kind.DATE:
        return functions.as_day(value) or said
    if kind is Kind.MANY:
        return tuple(said.split())
    if isinstance(value, (date, datetime)):
        return value
    return said


def where(form: QuestionSet, path: str) -> Stand | None:
    """Return the item a path of answers points to: `repeat[2]/question`."""
    names = tuple(re.sub(r"\[\d+\]$", "", part) for part in path.split("/"))
    return next((one for one in stands(form) if one.path == names), None)
