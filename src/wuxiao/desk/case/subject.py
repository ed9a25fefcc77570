"""What the house must know of a subject to carry its cases: its life, how its rows become facts, what its verbs do.

The mechanisms of the desk know no subject by name. A subject says in its `face` what it is; `site.subjects` lists
them, and they are installed once, at the start. What the facts of a life are only the subject knows (`F`): the
mechanisms take them from here and give them back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.case.turn import Effect
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Access, Case, Entry, Message
from wuxiao.rules.access import Power, Role
from wuxiao.rules.book.lives import Section
from wuxiao.rules.book_model import Book
from wuxiao.rules.field import Field
from wuxiao.rules.life import F, Life, Step
from wuxiao.rules.questions.form import QuestionSet
from wuxiao.rules.words import Text

OTHER_SIDE = Text("对方", "the other side")


@dataclass(frozen=True, slots=True)
class Tray:
    """What of a life is filled in on a phone without network (`desk.case.tray`).

    `verbs` are the steps that may come from a phone; of those in `whole` all fields are taken or none, and `looked` are
    the heads of the names of fields a step only looks at: it is taken because they stand so. `sets` says what a step
    makes of fields it is not given; `marks` that its answer to one field names another, which gets a value: that field,
    the head of the other's name, the value. `files` are the pictures that belong to a step. `places` lists for somebody
    what is to be done today, `stands` says what the fields of a case that can collide hold now for somebody, `joined`
    what a step with a picture is given beside it, from what it is a picture of and the entry it belongs to. What is
    shut for a reason in `until` (a name of a guard) waits on the phone: another's word, still on its way, opens it.
    """

    verbs: tuple[str, ...]
    whole: frozenset[str]
    looked: Mapping[str, tuple[str, ...]]
    sets: Mapping[str, Mapping[str, str]]
    marks: Mapping[str, tuple[str, str, str]]
    files: Mapping[str, tuple[TrayFile, ...]]
    places: Callable[[Rules, Actor, datetime], list[TrayPlace]]
    stands: Callable[[Case, Actor], Mapping[str, str]]
    joined: Callable[[str, str, Entry | None], Mapping[str, Any]]
    until: frozenset[str] = frozenset()

    def bringing(self) -> frozenset[str]:
        """Return the steps that bring a picture."""
        return frozenset(one.verb for files in self.files.values() for one in files)


@dataclass(frozen=True, slots=True)
class TrayFile:
    """A picture that belongs to a step: the step that brings it, whose or what it is, and whether it is drawn."""

    verb: str
    what: str
    label: Text
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class TrayPlace:
    """One case of a round: where, by which forms it is filled in, what its fields hold, what else is open there.

    `form` names the set of forms; cases of one name ask the same. `orders` are open ones at the same place: number of
    the case, last day, what is to be mended. `names` call what a picture is of (`TrayFile.what`) by its name here.
    """

    case: Case
    kind: Text
    form: str
    stands: Mapping[str, str]
    latest: str
    orders: tuple[tuple[str, str, tuple[Text, ...]], ...] = ()
    names: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pages:
    """What the pages of all lives are told of one: its words, who opens its lists, what its steps ask.

    `prefix` begins the numbers of its cases. `asks` are the fields of a step on a case (before there is one: `None`) as
    they stand for whoever takes it, `stands` what its form begins with for them; `begin` opens a case from what the
    first step was given; `about` is what its page shows whoever looks beside the diary, label and value,
    `told` what of it the party reads, `withheld` the turns of its diary that whoever looks must not read; `values` says
    the codes that stand in its sentences. Whoever holds the code of a case stands to it as `party`,
    called `party_name`, and reads what its table calls seen (`None`: the code opens nothing); `owed` is the date it
    reads, which need not be the desk's; `queues` are those in which a case waits for somebody, beside those of its
    states, `waits` the queues that wait for a role, `dates` says what the dates of cases are the dates of; `hands` are
    those who hand it out. Steps of `grave` end or stop something: their buttons warn. `fields` are all that a step may
    ever ask, whatever the case: the impact sheet and the papers of the API are made of them (a name that ends in `_`
    begins the names of as many as a case has). A machine with a key of its unit stands to a case as `machines`, and
    takes no other steps. `at_row` are the ids of its cases at a row of a register; `from_report` is how a matter's page
    calls opening one from a report that `fits`; `tray` what of it is filled in on a phone; `opens` says whose unit may
    open one at all. `links` are other things its page leads to: what each is, its kind (`matter`, a life, or `text`),
    its number; only what whoever looks may open. `warns` says what a person should know before a step, or the first
    one (no case yet), is taken as it was typed; it is said once and stops nothing. `next` names the step a case wants
    next, where that is not the first that is open. `carried` are the steps whose words other units read, or papers
    carry: where they speak of persons that is shown first. What is written in a case is kept for `days` after its end.
    """

    title: Text
    meaning: Text
    icon: str
    prefix: str
    power: Power
    asks: Callable[[Case | None, Step[Any], Rules, Actor], tuple[Field, ...]]
    begin: Callable[[Mapping[str, Any], Rules, Actor, datetime], Case]
    about: Callable[[Case, Rules, Actor], list[tuple[Text, Text]]]
    told: Callable[[Case, Rules], list[tuple[Text, Text]]]
    values: Mapping[str, Mapping[str, Text]]
    section: Section
    days: int
    fields: Callable[[Step[Any], Book], tuple[Field, ...]]
    machines: frozenset[Any] = frozenset()
    party: Any = None
    party_name: Text = OTHER_SIDE
    owed: Callable[[Case], datetime | None] = lambda case: case.step_due_at
    queues: Mapping[str, Text] = field(default_factory=dict)
    waits: Mapping[Role, frozenset[str]] = field(default_factory=dict)
    dates: Callable[[Sequence[Case], Mapping[int, Rules]], Mapping[int, Text]] = lambda cases, rules: {}
    stands: Callable[[Case, Step[Any], Actor], Mapping[str, Any]] = lambda case, step, by: {}
    hands: frozenset[Any] = frozenset()
    grave: frozenset[str] = frozenset()
    at_row: Callable[[int], Any] | None = None
    from_report: Text | None = None
    fits: Callable[[Case], bool] = lambda report: report.state != "closed"
    tray: Tray | None = None
    links: Callable[[Case, Actor], Sequence[tuple[Text, str, str]]] = lambda case, by: ()
    warns: Callable[[Case | None, Step[Any], Mapping[str, Any], Actor, datetime], Text | None] = (
        lambda case, step, given, by, at: None
    )
    next: Callable[[Any], str] = lambda facts: ""
    carried: frozenset[str] = frozenset()
    opens: Callable[[Actor, Book], bool] = lambda by, book: True
    withheld: Callable[[Case, Sequence[Entry], Actor], frozenset[int]] = lambda case, entries, by: frozenset()

    def __post_init__(self) -> None:
        """Refuse a life that does not say how long what is written in it is kept."""
        if not isinstance(self.days, int) or isinstance(self.days, bool) or self.days < 1:
            raise ValueError(f"{self.title.en}: a life needs a retention: days after a case has ended")


@dataclass(frozen=True, slots=True)
class TaskKind:
    """What the house knows of a kind of task: its name, what is to be done where nobody wrote it down, what whoever
    does it is shown of its case, and the questions its end answers instead of one proof.

    `with_case`: it is over when the case is that gave it.
    """

    name: Text
    what: Text
    shows: Callable[[Case, Rules], list[tuple[Text, Text]]] = lambda case, rules: []
    form: QuestionSet | None = None
    with_case: bool = False


@dataclass(frozen=True, slots=True)
class Subject(Generic[F]):
    """One kind of case.

    `nothing` are the facts before there is a case; `facts` are read from the database for a step (its verb, or
    nothing), `of_row` from the row alone, as far as they say who sees it. `relations` and `sees` say how somebody
    stands to it; `rows` are its rows in lists, written anew when one of the columns `shown` changed; `fixed` columns no
    act writes. `set_clocks` sets in memory the clock of its state (anew where that was entered), that of danger, and
    the next look; `look` is what is done when that has come.

    `promises`: a resident waits for an answer by a date; without one it is an orphan. `ends_as` is the outcome of a
    case that ended and says no other. `effects` are what its verbs do. It hears, inside the transaction: `closed` of a
    case that ended as it should, `withheld` when it changed from whom a case is kept, `told` when a message that tells
    its requester has gone, `settled` when a named person settled the danger on it;
    and it writes the `notice` that machines get: without one none do. `listens`: what is said in its steps is listened
    to for danger. `pages` are what the pages of all lives show of it; without them it has its own. `keep` is what the
    house does for it now and then, and `ended` hears of a case of any life that ended as it should; both only where the
    town keeps it. `tasks` are the kinds of tasks its cases give. `faults` is what `verify` asks of what it keeps beside
    its cases: where, and a sentence.
    """

    life: Life[F]
    nothing: F
    facts: Callable[[Case, Rules, datetime, str], F]
    of_row: Callable[[Case, Book], F]
    relations: Callable[[Actor, F], frozenset[Any]]
    sees: Callable[[Actor, F, Case], bool]
    rows: Callable[[Case, F], list[Access]]
    set_clocks: Callable[[Case, Rules, datetime, bool], None]
    look: Callable[[Case, Rules, datetime], None]
    effects: Mapping[str, Effect]
    shown: frozenset[str] = frozenset({"state", "holder", "hidden_units", "division", "step_due_at", "closed_at"})
    closed: Callable[[Case, Rules, datetime], None] = lambda case, rules, at: None
    withheld: Callable[[Case, Actor, datetime], None] = lambda case, by, at: None
    told: Callable[[Case, datetime], None] = lambda case, at: None
    notice: Callable[[Message], str] | None = None
    settled: Callable[[Case, datetime], None] | None = None
    promises: bool = True
    ends_as: str = "answered"
    listens: bool = True
    pages: Pages | None = None
    keep: Callable[[datetime], int] | None = None
    ended: Callable[[Case, Rules, datetime], None] | None = None
    tasks: Mapping[str, TaskKind] = field(default_factory=dict)
    faults: Callable[[], Iterator[tuple[str, Text]]] = lambda: iter(())
    fixed: frozenset[str] = frozenset({"id", "code", "number", "life", "parent_id"})

    def seen_by(self, facts: F, by: Actor) -> F:
        """Return the facts as they stand for one actor."""
        return replace(facts, by=self.relations(by, facts))


_installed: dict[str, Subject[Any]] = {}


def install(subjects: Iterable[Subject[Any]]) -> None:
    """Say which subjects there are; once a process, at its start."""
    if _installed:
        raise RuntimeError("the subjects were installed already")
    found = tuple(subjects)
    if len({one.life.name for one in found}) != len(found):
        raise ValueError("two subjects have one name")
    _installed.update({one.life.name: one for one in found})


@contextmanager
def beside(one: Subject[Any]) -> Iterator[None]:
    """Carry the cases of one more subject inside this block: for trying a life out before the town does it."""
    if one.life.name in _installed:
        raise ValueError("two subjects have one name")
    _installed[one.life.name] = one
    try:
        yield
    finally:
        del _installed[one.life.name]


def of(case: Case) -> Subject[Any]:
    """Return the subject a case belongs to."""
    return _installed[case.life]


def every() -> tuple[Subject[Any], ...]:
    """Return all subjects, in the order in which people meet them."""
    return tuple(_installed.values())


def operations(one: Subject[Any]) -> Mapping[str, Step[Any]]:
    """Return the steps that machines may take on cases of a subject with pages, the first among them; by verb."""
    assert one.pages is not None
    return {verb: step for verb, step in one.life.steps.items() if step.who & one.pages.machines}


def with_pages(name: str, book: Book) -> Subject[Any]:
    """Return a subject this town keeps whose pages are those of all lives; `NotFound` for any other."""
    one = _installed.get(name)
    if one is None or one.pages is None or name not in book.lives:
        raise NotFound
    return one


def kept(book: Book) -> tuple[Subject[Any], ...]:
    """Return the subjects with such pages that this town keeps: those its rule book has a section for."""
    return tuple(one for name, one in _installed.items() if one.pages is not None and name in book.lives)


def task_kinds(book: Book) -> Mapping[str, TaskKind]:
    """Return the kinds of tasks there are in a town: those of the subjects it keeps; none, and it has no tasks."""
    return {name: kind for one in kept(book) for name, kind in one.tasks.items()}


def facts_of(case: Case, rules: Rules, at: datetime, verb: str = "") -> Any:
    """Return the facts of a case as its own life knows them; see `Subject.facts`."""
    return of(case).facts(case, rules, at, verb)


def is_step(verb: str) -> bool:
    """Return whether some life has this step for a case that is there."""
    return any(step.sources for one in _installed.values() if (step := one.life.steps.get(verb)) is not None)
