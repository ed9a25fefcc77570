"""What is wrong with a question set before anybody answers it: each fault with its place, and a sentence that mends it.

Three levels: an `ERROR` must be mended, `UNSUPPORTED` is good in other programs and not to be had here, a `NOTE` is for
whoever wrote the set to look at.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from wuxiao.rules.questions import evaluate, formula
from wuxiao.rules.questions.form import (
    ABOUT_DEVICE,
    BY_ITSELF,
    LISTED,
    Choice,
    ChoiceList,
    Group,
    Kind,
    Question,
    QuestionSet,
    Said,
    Stand,
    stands,
)
from wuxiao.rules.words import Text

MOST_ITEMS = 5_000
MOST_CHOICES = 50_000
MOST_DEEP = 20
_NAME = re.compile(formula.NAME)
#: Columns of a question that hold a formula, with the name of the column in the sheet.
FORMULAS = {
    "required": "required",
    "relevant": "relevant",
    "constraint": "constraint",
    "calculation": "calculation",
    "readonly": "readonly",
    "choice_filter": "choice_filter",
    "count": "repeat_count",
}
_SAID = {
    "label": "label",
    "hint": "hint",
    "guidance": "guidance_hint",
    "required_message": "required_message",
    "constraint_message": "constraint_message",
}
_TRUE = frozenset({"", "true()", "false()"})
#: What other programs know of a filled-in form by themselves.
OF_INSTANCE = frozenset({"instanceID", "instanceName"})
#: What makes a default a formula: a reference, a function, or a sum. Anything else is the answer itself.
_DYNAMIC = re.compile(r"\$\{|^\s*(?:[\w:-]+\s*\(|\.\./)|\)\s*$")


class Level(StrEnum):
    """How much a fault matters."""

    ERROR = "error"
    UNSUPPORTED = "unsupported"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing: at which item (its number in the order of the sheet) or choice, in which column, and what it is."""

    level: Level
    code: str
    text: Text
    column: str = ""
    item: int = -1
    choice: tuple[str, int] | None = None
    feature: str = ""


def dynamic(default: str) -> bool:
    """Return whether a default is worked out instead of being the answer itself.

    >>> dynamic("today()"), dynamic("2010-06-15"), dynamic("a c")
    (True, False, False)
    """
    if not _DYNAMIC.search(default):
        return False
    try:
        formula.read(default)
    except formula.Unreadable:
        return "${" in default
    except formula.Unsupported:
        return True
    return True


def faults(form: QuestionSet) -> tuple[Fault, ...]:
    """Return everything that is wrong or strange with a set, in the order of the sheet."""
    places = list(stands(form))
    return (*_whole(form, places), *_items(form, places), *_circles(places), *_lists(form, places))


def _error(code: str, zh: str, en: str, **where: object) -> Fault:
    return Fault(Level.ERROR, code, Text(zh, en), **where)  # type: ignore[arg-type]


def _note(code: str, zh: str, en: str, **where: object) -> Fault:
    return Fault(Level.NOTE, code, Text(zh, en), **where)  # type: ignore[arg-type]


def _whole(form: QuestionSet, places: Sequence[Stand]) -> Iterator[Fault]:
    if not places:
        yield _error(
            "empty", "里面没有题目，请至少写一道", "there is no question in it: write at least one", column="type"
        )
    if len(places) > MOST_ITEMS:
        yield _error(
            "many",
            f"有{len(places)}行题目，最多{MOST_ITEMS}行，请拆成几份",
            f"there are {len(places)} questions and groups, at most {MOST_ITEMS} are allowed: split it",
            item=MOST_ITEMS,
        )
    spoken: list[tuple[int, tuple[str, int] | None, str, Said]] = [(-1, None, "form_title", form.title)]
    spoken += [(one.number, None, column, words) for one in places for column, words in _words(one.item)]
    spoken += [
        (-1, (group.name, place), column, words)
        for group in form.lists
        for place, choice in enumerate(group.choices)
        for column, words in (("label", choice.label), *choice.media)
    ]
    # A title may stand alone: other programs have one for all languages.
    known = {*form.languages, ""}
    for item, choice_at, column, words in spoken:
        allowed = known if column == "form_title" else set(form.languages)
        if strange := [language for language, _ in words.by if language not in allowed]:
            yield _error(
                "language",
                f"“{strange[0]}”不在这份题目的语言里",
                f"“{strange[0]}” is not among the languages of the set",
                item=item,
                choice=choice_at,
                column=column,
            )
    for one in places:
        if len(one.path) == MOST_DEEP + 1:
            yield _error(
                "deep",
                f"分组套了{MOST_DEEP}层以上，请减少层数",
                f"groups are nested more than {MOST_DEEP} deep: flatten them",
                item=one.number,
                column="type",
            )


# -- names and references ----------------------------------------------------------------------------------------------


def _items(form: QuestionSet, places: Sequence[Stand]) -> Iterator[Fault]:
    count: dict[str, int] = {}
    for one in places:
        count[one.item.name] = count.get(one.item.name, 0) + 1
    #: The names in each group, and in small letters: a list of thousands is asked for each of them.
    beside: dict[int, tuple[set[str], set[str]]] = {}
    repeats: set[str] = set()
    looked_at: set[str] = set()
    by_name = {one.item.name: one.item for one in places}
    lists = {one.name: one for one in form.lists}
    for one in places:
        item = one.item
        yield from _name(one, beside.setdefault(one.parent, (set(), set())), repeats)
        for column, source in _formulas(item):
            yield from _formula(one, column, source, count, filtering=column == "choice_filter")
        for column, words in _words(item):
            for text in dict.fromkeys(text for _, text in words.by):
                yield from _references(one.number, column, text, count)
        if isinstance(item, Question):
            yield from _question(one.number, item, lists, count, by_name, looked_at)
            yield from _unseen(form, one.number, item)
        elif not item.items:
            yield _note("empty_group", "这一组里没有题目", "there is no question in this group", item=one.number)
        else:
            yield from _counted(one, beside[one.parent][0])


def visible(item: Question | Group) -> bool:
    """Return whether there is anything to see of a question: words, a hint, a picture."""
    return bool(item.label or item.hint or item.media)


def _unseen(form: QuestionSet, number: int, item: Question) -> Iterator[Fault]:
    if item.kind not in BY_ITSELF and not item.calculation and not item.trigger and not visible(item):
        yield _error(
            "no_label",
            "这道题没有题面，也没有提示，请写上",
            "this question has neither label nor hint: nobody could answer it",
            item=number,
            column="label",
        )
    if dict(item.media).get("big-image") and not dict(item.media).get("image"):
        yield _error(
            "big_image",
            "有 big-image 就要有 image",
            "a big-image needs an image beside it",
            item=number,
            column="big-image",
        )


def _counted(one: Stand, beside: set[str]) -> Iterator[Fault]:
    # XLSForm keeps a count that is worked out under a name of its own beside the repeat.
    count = one.item.count if isinstance(one.item, Group) else ""
    if count and not re.fullmatch(r"\s*\$\{[^}]*\}\s*", count):
        name = f"{one.item.name}_count"
        if name in beside:
            yield _error(
                "name_twice",
                f"“{name}”要留给“{one.item.name}”的次数，请换一个名字",
                f"“{name}” is where the count of “{one.item.name}” is kept: choose another name",
                item=one.number,
                column="name",
            )
        beside.add(name)


def _name(one: Stand, beside: tuple[set[str], set[str]], repeats: set[str]) -> Iterator[Fault]:
    item, (names, small) = one.item, beside
    where = {"item": one.number, "column": "name"}
    if not item.name:
        yield _error("no_name", "没有填 name，请给它起个名字", "the name is missing: give it one", **where)
        return
    if not _NAME.fullmatch(item.name):
        yield _error(
            "bad_name",
            f"名字“{item.name[:40]}”不合规：要以文字或下划线开头，后面只能有文字、数字、“_”、“-”、“.”",
            f"the name “{item.name[:40]}” will not do: it begins with a letter or underscore, then letters, digits, "
            "“_”, “-”, “.”",
            **where,
        )
    if item.name in names:
        yield _error(
            "name_twice",
            f"同一组里已经有叫“{item.name}”的了，请换一个名字",
            f"there is already a “{item.name}” in the same group: choose another name",
            **where,
        )
    elif item.name.lower() in small:
        yield _note(
            "name_case",
            f"“{item.name}”与同组另一个名字只有大小写不同",
            f"“{item.name}” differs from another name beside it only in its capitals",
            **where,
        )
    if item.name == "meta" or (item.name == "data" and isinstance(item, Group) and item.repeat):
        yield _error(
            "reserved",
            f"“{item.name}”是保留的名字，请换一个",
            f"the name “{item.name}” is taken: choose another",
            **where,
        )
    names.add(item.name)
    small.add(item.name.lower())
    if isinstance(item, Group) and item.repeat:
        if item.name in repeats:
            yield _error(
                "repeat_twice",
                f"已经有一个叫“{item.name}”的重复组，请换一个名字",
                f"there is already a repeat “{item.name}”: choose another name",
                **where,
            )
        repeats.add(item.name)


def _formulas(item: Question | Group) -> Iterator[tuple[str, str]]:
    for attribute, column in FORMULAS.items():
        source = getattr(item, attribute, "")
        if source and source not in _TRUE:
            yield column, source
    if isinstance(item, Question) and item.default and dynamic(item.default):
        yield "default", item.default


def _words(item: Question | Group) -> Iterator[tuple[str, Said]]:
    for attribute, column in _SAID.items():
        if words := getattr(item, attribute, None):
            yield column, words
    yield from item.media


def _formula(one: Stand, column: str, source: str, count: dict[str, int], *, filtering: bool) -> Iterator[Fault]:
    try:
        tree = formula.read(source)
        evaluate.check(tree)
    except formula.Unsupported as error:
        yield Fault(Level.UNSUPPORTED, "formula", error.text, column, one.number, feature=error.feature)
        yield from _references(one.number, column, source, count)
        return
    except formula.Unreadable as error:
        yield Fault(Level.ERROR, "formula", error.text, column, one.number)
        return
    yield from _references(one.number, column, source, count)
    for part in formula.parts(tree):
        if isinstance(part, formula.Child) and not filtering:
            yield _note(
                "bare_name",
                f"公式里的“{part.name}”不指任何东西：要引用题目请写 ${{{part.name}}}，要写文字请加引号",
                f"“{part.name}” in the formula stands for nothing: write ${{{part.name}}} for a question, or put "
                "quotation marks around a text",
                item=one.number,
                column=column,
            )
            break


def _references(number: int, column: str, text: str, count: dict[str, int], **where: object) -> Iterator[Fault]:
    at = where or {"item": number}
    found = formula.places(text)
    if text.count("${") > len(found):
        yield _error(
            "reference",
            "“${…}”没有写完整：要写成 ${题目名}",
            "a “${…}” is not complete: write ${name of a question}",
            column=column,
            **at,
        )
    for name in dict.fromkeys(one.removeprefix("last-saved#") for one in found):
        if name in OF_INSTANCE:
            yield Fault(
                Level.UNSUPPORTED,
                "formula",
                Text(f"本系统不支持 ${{{name}}}", f"${{{name}}} is not supported here"),
                column,
                feature=f"${{{name}}}",
                **at,  # type: ignore[arg-type]
            )
        elif name not in count:
            yield _error(
                "unknown_reference",
                f"没有叫“{name}”的题目，请核对 ${{{name}}}",
                f"there is no question “{name}”: check ${{{name}}}",
                column=column,
                **at,
            )
        elif count[name] > 1:
            yield _error(
                "ambiguous_reference",
                f"有{count[name]}处叫“{name}”，不知道 ${{{name}}} 指哪一处，请改名",
                f"“{name}” stands {count[name]} times and ${{{name}}} could be any of them: rename the others",
                column=column,
                **at,
            )


# -- kinds -------------------------------------------------------------------------------------------------------------


def _triggered(
    number: int, trigger: str, count: dict[str, int], by_name: dict[str, Question | Group]
) -> Iterator[Fault]:
    names = formula.places(trigger)
    if not names or re.sub(r"\$\{[^}]*\}|[\s,]", "", trigger):
        yield _error(
            "trigger",
            "trigger 里只能写 ${题目名}",
            "a trigger is ${name of a question} and nothing else",
            column="trigger",
            item=number,
        )
        return
    yield from _references(number, "trigger", trigger, count)
    for name in names:
        if name in by_name and not visible(by_name[name]):
            yield _error(
                "trigger",
                f"“{name}”不显示在表里，不能作 trigger",
                f"“{name}” is not shown to anybody and can trigger nothing",
                column="trigger",
                item=number,
            )


def _question(
    number: int,
    item: Question,
    lists: dict[str, ChoiceList],
    count: dict[str, int],
    by_name: dict[str, Question | Group],
    looked_at: set[str],
) -> Iterator[Fault]:
    where = {"item": number}
    yield from _parameters(number, item, count)
    if item.kind is Kind.CALCULATE and not item.calculation and not dynamic(item.default):
        yield _error(
            "no_calculation",
            "计算题没有填 calculation，请写出公式",
            "a calculate question needs a calculation: write its formula",
            column="calculation",
            **where,
        )
    if item.kind in LISTED:
        yield from _listed(number, item, lists, looked_at)
    if item.kind is Kind.RANGE:
        yield from _range(number, item)
    if item.trigger:
        yield from _triggered(number, item.trigger, count, by_name)
    if item.kind in ABOUT_DEVICE:
        yield _note(
            "device",
            "本系统不收集设备和机主的信息，这一项会一直空着",
            "nothing about the device or its owner is collected here: this field stays empty",
            column="type",
            **where,
        )


def _listed(number: int, item: Question, lists: dict[str, ChoiceList], seen: set[str]) -> Iterator[Fault]:
    found = lists.get(item.choices)
    if found is None or not found.choices:
        yield _error(
            "no_list",
            f"choices 表里没有“{item.choices}”这组选项",
            f"there are no choices with the list name “{item.choices}” on the choices sheet",
            item=number,
            column="type",
        )
    elif item.kind in (Kind.MANY, Kind.RANK) and found.name not in seen:
        seen.add(found.name)
        for place, choice in enumerate(found.choices):
            if re.search(r"\s", choice.name):
                yield _error(
                    "blank_in_choice",
                    f"选项名“{choice.name}”里有空格，多选题和排序题的选项名不能有空格",
                    f"the choice name “{choice.name}” has a blank in it; choices of several must have none",
                    choice=(found.name, place),
                    column="name",
                )


_SELECT = frozenset({"randomize", "seed"})
_GEO = frozenset({"allow-mock-accuracy", "incremental", "reference-geometry"})
#: The parameters of each kind. Another one is a slip of the pen, or meant for another kind.
PARAMETERS: dict[Kind, frozenset[str]] = {
    Kind.ONE: _SELECT,
    Kind.MANY: _SELECT,
    Kind.RANK: _SELECT,
    Kind.RANGE: frozenset({"start", "end", "step", "placeholder", "tick_interval", "tick_labelset"}),
    Kind.POINT: frozenset({"allow-mock-accuracy", "capture-accuracy", "warning-accuracy", "reference-geometry"}),
    Kind.LINE: _GEO,
    Kind.SHAPE: _GEO,
    Kind.IMAGE: frozenset({"app", "max-pixels"}),
    Kind.AUDIO: frozenset({"quality"}),
    Kind.TEXT: frozenset({"rows"}),
}
_NUMERIC = frozenset({"capture-accuracy", "warning-accuracy", "max-pixels", "rows"})
_ONE_OF = {
    "randomize": ("true", "false"),
    "allow-mock-accuracy": ("true", "false"),
    "incremental": ("true", "false"),
    "quality": ("normal", "low", "voice-only", "external"),
}


def _parameters(number: int, item: Question, count: dict[str, int]) -> Iterator[Fault]:
    known = PARAMETERS.get(item.kind)
    given = dict(item.parameters)
    for name, value in item.parameters:
        zh = en = ""
        if known is not None and name not in known:
            zh = f"这种题没有参数“{name}”，可以写：{'、'.join(sorted(known))}"
            en = f"there is no parameter “{name}” for this type; there are: {', '.join(sorted(known))}"
        elif name in _ONE_OF and value.lower() not in _ONE_OF[name]:
            zh = f"参数“{name}”只能是 {'、'.join(_ONE_OF[name])}"
            en = f"the parameter “{name}” is one of {', '.join(_ONE_OF[name])}"
        elif name in _NUMERIC and not re.fullmatch(r"\d+(?:\.\d+)?", value):
            zh, en = f"参数“{name}”要是数字", f"the parameter “{name}” must be a number"
        elif name == "seed" and given.get("randomize", "").lower() != "true":
            zh, en = "有 seed 就要写 randomize=true", "a seed needs randomize=true"
        elif name == "seed" and not re.fullmatch(r"-?\d+(?:\.\d+)?|\$\{[^}]*\}", value):
            zh, en = "seed 要是数字或 ${题目名}", "a seed is a number or ${name of a question}"
        if zh:
            yield _error("parameters", zh, en, item=number, column="parameters")
        else:
            yield from _references(number, "parameters", value, count)


def span(item: Question) -> tuple[float, float, float] | None:
    """Return start, end and step of a range; `None` when they are no numbers."""
    try:
        made = tuple(
            float(item.parameter(name, usual)) for name, usual in (("start", "0"), ("end", "10"), ("step", "1"))
        )
    except ValueError:
        return None
    return (made[0], made[1], made[2]) if all(map(math.isfinite, made)) else None


def _range(number: int, item: Question) -> Iterator[Fault]:
    found = span(item)
    if found is None:
        zh, en = "start、end、step 都要是数字", "start, end and step must be numbers"
    elif found[2] == 0:
        zh, en = "step 不能是 0", "step must not be 0"
    elif abs(found[2]) > abs(found[1] - found[0]):
        zh, en = "step 不能大于 start 与 end 之差", "step must not be larger than what lies between start and end"
    else:
        return
    yield _error("range", zh, en, item=number, column="parameters")


# -- circles -----------------------------------------------------------------------------------------------------------


def depends(places: Sequence[Stand], *, relevance: bool = True) -> list[list[int]]:
    """Return for every item the numbers of those that must be worked out before it."""
    by_name: dict[str, int] = {}
    for one in places:
        by_name.setdefault(one.item.name, one.number)
    found: list[list[int]] = []
    for one in places:
        sources = [one.item.calculation] if isinstance(one.item, Question) else []
        if relevance:
            sources.append(one.item.relevant)
        names = [name for source in sources for name in formula.places(source)]
        # What is asked about itself in its own calculation is the value it had before.
        needed = [by_name[name] for name in names if name in by_name and by_name[name] != one.number]
        if relevance and one.parent >= 0:
            needed.append(one.parent)
        found.append(needed)
    return found


def in_order(needs: Sequence[Sequence[int]]) -> tuple[list[int], set[int]]:
    """Return the items so that each stands behind what it needs, and those that need themselves in a circle."""
    done: list[int] = []
    state = [0] * len(needs)
    circle: set[int] = set()
    for first in range(len(needs)):
        if state[first]:
            continue
        state[first] = 1
        way: list[tuple[int, Iterator[int]]] = [(first, iter(needs[first]))]
        while way:
            one, rest = way[-1]
            for other in rest:
                if state[other] == 1:
                    numbers = [number for number, _ in way]
                    circle |= set(numbers[numbers.index(other) :])
                elif state[other] == 0:
                    state[other] = 1
                    way.append((other, iter(needs[other])))
                    break
            else:
                state[one] = 2
                done.append(one)
                way.pop()
    return done, circle


def _circles(places: Sequence[Stand]) -> Iterator[Fault]:
    _, circle = in_order(depends(places, relevance=False))
    for number in sorted(circle):
        yield _error(
            "circle",
            f"“{places[number].item.name}”的公式绕了一圈又用到它自己，请改公式",
            f"the formula of “{places[number].item.name}” needs itself by way of others: change one of them",
            item=number,
            column="calculation",
        )
    for one in places:
        if one.item.name in formula.places(one.item.relevant):
            yield _note(
                "own_relevance",
                "显示条件用到了这道题自己",
                "whether this question is asked depends on its own answer",
                item=one.number,
                column="relevant",
            )


# -- choices -----------------------------------------------------------------------------------------------------------


def _lists(form: QuestionSet, places: Sequence[Stand]) -> Iterator[Fault]:
    count: dict[str, int] = {}
    for one in places:
        count[one.item.name] = count.get(one.item.name, 0) + 1
    total = 0
    for group in form.lists:
        seen: set[str] = set()
        for place, choice in enumerate(group.choices):
            total += 1
            if total == MOST_CHOICES + 1:
                yield _error(
                    "many_choices",
                    f"选项超过{MOST_CHOICES}个",
                    f"there are more than {MOST_CHOICES} choices",
                    choice=(group.name, place),
                )
            yield from _choice(form, (group.name, place), choice, seen, count)


def _choice(
    form: QuestionSet, where: tuple[str, int], choice: Choice, seen: set[str], count: dict[str, int]
) -> Iterator[Fault]:
    if not choice.name:
        yield _error("no_name", "选项没有填 name", "the choice has no name", choice=where, column="name")
    elif choice.name in seen and not form.same_choice_twice:
        yield _error(
            "choice_twice",
            f"“{where[0]}”里已经有选项“{choice.name}”；"
            "如果是有意的，请在 settings 表里写 allow_choice_duplicates = yes",
            f"the list “{where[0]}” already has the choice “{choice.name}”; if that is meant, set "
            "allow_choice_duplicates = yes on the settings sheet",
            choice=where,
            column="name",
        )
    seen.add(choice.name)
    if not choice.label and not choice.media:
        yield _note("label", "选项没有文字", "the choice has no label", choice=where, column="label")
    for column, words in (("label", choice.label), *choice.media):
        for text in dict.fromkeys(text for _, text in words.by):
            yield from _references(-1, column, text, count, choice=where)
