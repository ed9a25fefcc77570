"""The numbers a town gives to the lives beside matters: how long each state may last, how often, and which units.

A life says by a `Section` what it must be told (`install`, once at the start); `[lives.<name>]` of the book tells it. A
book without the section leaves that life out of the town: no role, no place in the rail, no address, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from wuxiao.rules.book.source import Node, freeze
from wuxiao.rules.book_model import Book, LifeNumbers, Unit
from wuxiao.rules.promise import Term
from wuxiao.rules.words import Text


@dataclass(frozen=True, slots=True)
class Section:
    """What a life must be told by the book: terms, whole numbers with bounds, units and lists of units, in words.

    `later` are the numbers and terms that came to it after towns had adopted books, with what holds in a book that does
    not say them: an adopted book is read on as it was. `needs` are tables of the book it cannot be without, as paths,
    `rising` pairs of numbers of which the second is not below the first.
    """

    title: Text
    terms: Mapping[str, Text] = field(default_factory=dict)
    numbers: Mapping[str, tuple[Text, int, int]] = field(default_factory=dict)
    units: Mapping[str, Text] = field(default_factory=dict)
    lists: Mapping[str, Text] = field(default_factory=dict)
    later: Mapping[str, str | int] = field(default_factory=dict)
    needs: tuple[tuple[str, ...], ...] = ()
    rising: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what holds for a number or term the section does not have."""
        if strange := set(self.later) - {*self.terms, *self.numbers}:
            raise ValueError(f"{self.title.en}: no such number or term: {', '.join(sorted(strange))}")


_sections: dict[str, Section] = {}


def install(sections: Mapping[str, Section]) -> None:
    """Say which lives may have a section; once a process, at its start."""
    if _sections and _sections != sections:
        raise RuntimeError("other sections were installed already")
    _sections.update(sections)


def read_lives(root: Node, units: Mapping[str, Unit]) -> Mapping[str, LifeNumbers]:
    """Read what a town says of the lives it keeps; a book without the section keeps none beside matters.

    A program that was told of no lives (one that only reckons dates, say) reads none and refuses none.
    """
    if not root.has("lives") or not _sections:
        return freeze({})
    found = {}
    for name, node in root.table("lives"):
        section = _sections.get(name)
        if section is None:
            node.bad((), f"没有叫“{name}”的业务", f'there is no subject called "{name}"')
            continue
        for path in section.needs:
            if not _says(root, path):
                said = ".".join(path)
                node.bad((), f"这一节要有[{said}]才办得成", f"this cannot be done without [{said}]")
        terms = {key: _term(node, key, section) for key in section.terms}
        numbers = {key: _whole(node, key, section) for key in section.numbers}
        for low, high in section.rising:
            if numbers[low] > numbers[high]:
                node.bad((high,), f"不能比{low}小", f"must not be below {low}")
        named = {}
        for key in section.units:
            named[key] = node.string(key)
            node.known((key,), named[key], units)
        lists = {key: node.strings(key) for key in section.lists}
        for key, codes in lists.items():
            for n, code in enumerate(codes):
                node.known((key, n), code, units)
        node.done()
        found[name] = LifeNumbers(freeze(terms), freeze(numbers), freeze(named), freeze(lists))
    return freeze(found)


def _says(root: Node, path: tuple[str, ...]) -> bool:
    found: object = root.map
    for part in path:
        found = found.get(part) if isinstance(found, Mapping) else None
    return found is not None


def _term(node: Node, key: str, section: Section) -> Term:
    if key in section.later and not node.has(key):
        return Term.parse(str(section.later[key]))
    return node.term(key)


def _whole(node: Node, key: str, section: Section) -> int:
    _, low, high = section.numbers[key]
    if key in section.later and not node.has(key):
        return int(section.later[key])
    return node.whole(key, low, high)


def sentences(book: Book) -> Iterator[Text]:
    """Yield what the book says of each life, one sentence a number."""
    for name, said in book.lives.items():
        section = _sections.get(name)
        if section is None:
            continue
        yield Text(f"# {section.title.zh}", f"# {section.title.en}")
        for key, words in section.terms.items():
            yield _fill(words, said.terms[key].words)
        for key, (words, _low, _high) in section.numbers.items():
            yield _fill(words, Text(*[str(said.numbers[key])] * 2))
        for key, words in section.units.items():
            yield _fill(words, book.units[said.units[key]].name)
        for key, words in section.lists.items():
            names = [book.units[code].name for code in said.lists[key]]
            yield _fill(words, Text("、".join(one.zh for one in names), ", ".join(one.en for one in names)))


def _fill(words: Text, n: Text) -> Text:
    return Text(words.zh.format(n=n.zh), words.en.format(n=n.en))
