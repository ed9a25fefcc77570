"""What a town's rule book is once it has been read: frozen records, no behaviour beyond looking things up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Literal, NamedTuple

from wuxiao.rules.calendar import OfficeHours
from wuxiao.rules.promise import Term
from wuxiao.rules.terms import Terms
from wuxiao.rules.words import Text

type_names: Mapping[str, Text] = {
    "government": Text("县政府办公室", "county government office"),
    "centre": Text("12345热线中心", "12345 hotline centre"),
    "police_command": Text("110指挥中心", "110 command centre"),
    "supervision": Text("监督机构", "supervising body"),
    "department": Text("部门", "department"),
    "station": Text("派出所", "police station"),
    "sub_district": Text("乡镇（街道）", "township or sub-district"),
    "community": Text("村（社区）", "village or residents' committee"),
    "company": Text("公用企业", "utility company"),
}
"""Types a unit may have, with their names."""

KINDS = ("dispute", "request", "minor_case", "hazard", "conduct_problem")
"""The five kinds of small matter (五小); fixed, because the step table knows them."""

CLASSES = ("enquiry", "request", "complaint", "report", "urgent")
"""The five handling classes of a hotline work order (rules 2.2)."""

EVERYWHERE = "*"
"""Stands for every category in a list of powers or routes, and for every division in a route."""

Step = Literal["accept", "answer"]


@dataclass(frozen=True, slots=True)
class EmergencyNumber:
    """A number to ring instead of writing to us, and when."""

    number: str
    name: Text
    when: Text


@dataclass(frozen=True, slots=True)
class Town:
    """Who runs this book: name, GB/T 2260 division code and phone numbers."""

    code: str
    name: Text
    operator: Text
    phone: str
    fictional: bool
    emergency_numbers: tuple[EmergencyNumber, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the five kinds of matter."""

    code: str
    name: Text
    meaning: Text


@dataclass(frozen=True, slots=True)
class HandlingClass:
    """One of the five handling classes.

    `shield` hides the requester from the unit complained of unless they say otherwise (R2.18).
    """

    code: str
    name: Text
    meaning: Text
    shield: bool


@dataclass(frozen=True, slots=True)
class Category:
    """One node of the category tree; kind, class and flags are inherited from the parent if unsaid.

    `chain` lists the code, its parents upward and `*`, the order in which rules are tried.
    """

    code: str
    name: Text
    parent: str | None
    kind: str
    handling_class: str
    keywords: tuple[str, ...]
    police: bool
    committee_ok: bool
    petition: bool
    child: bool
    level: int
    leaf: bool
    chain: tuple[str, ...]

    @property
    def non_police(self) -> bool:
        """Tell whether a call about this is outside police duty, so that 110 may divert it (R1.8)."""
        return not self.police


@dataclass(frozen=True, slots=True)
class Division:
    """A county, township or community with its 6, 9 or 12 digit code (GB/T 2260, GB/T 10114; rules 2.9)."""

    code: str
    name: Text
    level: Literal["county", "township", "community"]
    parent: str | None
    chain: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A body that can be given work: where it is, what it has the power to answer, and who oversees it.

    `powers` are category codes, each good for everything beneath it; one with `-` before it takes that branch away
    again, and `*` is everything. `supervisor` is the body outside this unit that takes matters about the unit itself
    (S4.47); it is the parent when the book does not say. `under` holds the codes of this unit and of every parent
    above it. `mail` is where the unit wants to be told of hot issues; empty for nowhere.
    """

    code: str
    name: Text
    type: str
    division: str
    powers: tuple[str, ...]
    parent: str | None
    supervisor: str
    phone: str
    under: frozenset[str]
    mail: str = ""

    def has_power(self, category: Category) -> bool:
        """Tell whether the unit has the power to answer this category: the closest entry of `powers` decides."""
        for code in category.chain:
            if code in self.powers:
                return True
            if "-" + code in self.powers:
                return False
        return False


@dataclass(frozen=True, slots=True)
class RouteRule:
    """Matters of these categories in these divisions go to the first of `lead` that exists there and has the power."""

    id: str
    categories: tuple[str, ...]
    divisions: tuple[str, ...]
    lead: tuple[str, ...]
    co: tuple[str, ...]
    supervisor: str | None
    why: Text | None


@dataclass(frozen=True, slots=True)
class Override:
    """Within one profile, other terms for matters of these categories and classes."""

    categories: tuple[str, ...]
    classes: tuple[str, ...]
    accept: Term | None
    answer: Term | None
    why: Text


@dataclass(frozen=True, slots=True)
class Profile:
    """A set of promises and where its numbers come from; no profile is national (rules 2.2)."""

    code: str
    name: Text
    source: Text
    accept: Mapping[str, Term] = field(hash=False)
    answer: Mapping[str, Term] = field(hash=False)
    own_choice: tuple[str, ...]
    overrides: tuple[Override, ...]


class SignEscalation(NamedTuple):
    """Who decides in place of a sign-off level that sat too long: the next level, or for the last one a unit."""

    to_level: int | None
    to_unit: str | None


@dataclass(frozen=True, slots=True)
class SignLevel:
    """One level of the review before 110 hands a matter over; `hours` is its own limit (S1.44; R1.16)."""

    level: int
    name: Text
    term: Term
    hours: float
    escalation: SignEscalation


@dataclass(frozen=True, slots=True)
class HandOver:
    """How a hand-over is accepted or refused (R1.3, R2.10, R2.11)."""

    accept_term: Term
    refusals_before_joint: int
    joint_term: Term


@dataclass(frozen=True, slots=True)
class Moment:
    """A point on a promise: a share of its length (1.0 is the due instant) or a term after it is due."""

    share: float
    after: Term | None

    def __str__(self) -> str:
        if self.after is not None:
            return f"due+{self.after}"
        return "due" if self.share == 1.0 else f"{self.share:.0%}"


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the ladder remind → urge → supervise: what is done, when, and by which role it is seen.

    The last one may come `again` and again until there is an answer, `most` times.
    """

    verb: str
    name: Text
    at: Moment
    to: str
    again: Term | None = None
    most: int = 0


@dataclass(frozen=True, slots=True)
class DangerRung:
    """One rung of the ladder of open danger: how long after it was told which role hears that nobody has looked.

    It runs by the clock on the wall, day and night; the last rung comes `again` and again, `most` times.
    """

    name: Text
    after: Term
    to: str
    again: Term | None = None
    most: int = 0


@dataclass(frozen=True, slots=True)
class Extension:
    """How often and how long an answer may be put off, and who grants it; the resident is always told (R2.14).

    `approver` is a role: the unit's own lead, the shift lead of the centre, or the supervision officer. Where the
    unit's lead asks herself, the shift lead decides.
    """

    times: int
    terms: Mapping[str, Term] = field(hash=False)
    approver: str

    def term(self, handling_class: str) -> Term:
        """Return the longest single extension for a class; `KeyError` if the class may not be extended."""
        return self.terms[handling_class]

    def allowed(self, handling_class: str) -> bool:
        """Tell whether matters of this class may be extended at all."""
        return self.times > 0 and handling_class in self.terms


@dataclass(frozen=True, slots=True)
class Pause:
    """How long a clock may stand still waiting for the resident.

    `cap` is for one wait, `total` for all waits of a matter; the wait number `approver_from` and later ones
    are asked for by the unit's lead.
    """

    cap: Term
    total: Term
    approver_from: int


@dataclass(frozen=True, slots=True)
class Reopen:
    """When an answered or closed matter may be objected to, and the promise it then gets."""

    window: Term
    times: int
    answer: Term | None


@dataclass(frozen=True, slots=True)
class Merging:
    """Limits of merging and splitting: reporters on one matter, days between reports, parts of a split.

    `looked` is how long the desk has to look where a joined reporter says that hers is another thing; None: no clock.
    """

    reporters: int
    within: Term
    parts: int
    looked: Term | None


@dataclass(frozen=True, slots=True)
class DeclineReason:
    """A lawful ground to decline, the law it rests on, and the channel the resident is shown instead (R2.7, R2.8)."""

    code: str
    name: Text
    law: Text
    channel: Text


@dataclass(frozen=True, slots=True)
class EvidenceKind:
    """What an answer may rest on; `file` says whether a file comes with it (never with every kind, rules 2.15)."""

    code: str
    name: Text
    file: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """One choice of a call-back question; `value` is its place on the scale, best first."""

    code: str
    name: Text


@dataclass(frozen=True, slots=True)
class Question:
    """One call-back question and its choices."""

    code: str
    text: Text
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class CallBack:
    """How closed matters are drawn and asked about (rules 2.3)."""

    chances: Mapping[str, float] = field(hash=False)
    within: Term
    attempts: int
    ways: tuple[str, ...]
    questions: tuple[Question, ...]

    def chance(self, handling_class: str) -> float:
        """Return the chance, 0 to 1, that a closed matter of this class is drawn."""
        return self.chances[handling_class]


@dataclass(frozen=True, slots=True)
class Petition:
    """The petition (信访) clock, counted in calendar days but for the unit's objection (Petition Regulations 2022)."""

    register: Term
    unit_objection: Term
    handle: Term
    extension: Term
    ask_review: Term
    review: Term
    ask_re_review: Term
    re_review: Term
    law: Text


@dataclass(frozen=True, slots=True)
class Retention:
    """How long one kind of personal data is kept after the matter closes, why, and on what legal basis (PIPL)."""

    code: str
    name: Text
    days: int
    then: Literal["erase", "anonymise", "freeze"]
    purpose: Text
    basis: Text


@dataclass(frozen=True, slots=True)
class Throttle:
    """How often a door may be knocked at, per minute unless the name says otherwise."""

    lookups_per_minute: int
    reports_per_hour: int
    sign_in_attempts: int
    api_per_minute: int
    ratings_per_hour: int = 30


@dataclass(frozen=True, slots=True)
class Uploads:
    """What may be attached: files per matter, bytes and pixels per file, content types."""

    files: int
    bytes: int
    pixels: int
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hot:
    """How the heat of an issue is worked out and when its units are told.

    heat = people + `growth` x max(0, people of the last `days` - people of the `days` before), over the matters of the
    last `window` days. An issue has at least `least` people; `likeness` (0 to 1) is where matters stop being one issue;
    from `alert` on the units are told; a dismissed issue returns when it has `again` times its people.
    """

    growth: float = 0.5
    days: int = 30
    window: int = 90
    least: int = 3
    likeness: float = 0.2
    alert: float = 8.0
    again: float = 1.5


@dataclass(frozen=True, slots=True)
class Circle:
    """Units that would tell one another: all of `units` and what is beneath them; `overseer` alone stays outside."""

    name: Text
    units: tuple[str, ...]
    overseer: str


@dataclass(frozen=True, slots=True)
class Body:
    """A body people complain of without knowing its name: every unit of these types in reach, and these units."""

    code: str
    name: Text
    types: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hide:
    """What a book says about secrecy: its circles, and the bodies offered to whoever does not know a name.

    `danger` are the units that may be told where somebody is in danger and what happens there, though the matter is
    kept from them: no name, no number, not whom it is about.
    """

    circles: tuple[Circle, ...] = ()
    bodies: Mapping[str, Body] = field(default_factory=dict, hash=False)
    danger: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Readings:
    """How much one person's work in a day explains; beyond it a reading is unusual.

    `contacts` and `matters` are matters whose contact was shown or that were read, `at_night` matters read at night,
    `units_of_place` different units whose matters of one and the same place were read, `exports` lists taken out.
    """

    contacts: int = 60
    matters: int = 200
    at_night: int = 20
    units_of_place: int = 4
    exports: int = 5


@dataclass(frozen=True, slots=True)
class Unusual:
    """What counts as an unusual reading of personal data: when it is night (minutes of the day), how much by role."""

    night_from: int = 22 * 60
    night_to: int = 6 * 60
    usual: Readings = field(default_factory=Readings)
    roles: Mapping[str, Readings] = field(default_factory=dict)

    def of_roles(self, roles: Iterable[str]) -> Readings:
        """Return what somebody with these posts may read: of each number the widest that a post has."""
        rows = [self.roles.get(role, self.usual) for role in roles] or [self.usual]
        return Readings(**{f.name: max(getattr(row, f.name) for row in rows) for f in fields(Readings)})


@dataclass(frozen=True, slots=True)
class RowKind:
    """One kind of rows in a register: how often it is looked at, and which trade department answers for it.

    `like` names the declared kind whose fields it is asked for, itself if the book does not say. `names` lets the
    public card of a row name who is on duty, with their consent. `terms` is the calendar of terms it goes by, with the
    days that are known of it.
    """

    code: str
    name: Text
    cycle_days: int
    unit: str
    like: str
    names: bool = False
    terms: Terms | None = None


@dataclass(frozen=True, slots=True)
class LifeNumbers:
    """What a town says of one life beside matters: terms, whole numbers, units and lists of units, by their names."""

    terms: Mapping[str, Term]
    numbers: Mapping[str, int]
    units: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Book:
    """A whole rule book; equal to another when read from the same text."""

    source: str
    digest: str
    town: Town
    office_hours: OfficeHours
    kinds: Mapping[str, Kind]
    classes: Mapping[str, HandlingClass]
    categories: Mapping[str, Category]
    divisions: Mapping[str, Division]
    units: Mapping[str, Unit]
    routes: tuple[RouteRule, ...]
    profiles: Mapping[str, Profile]
    profile: Profile
    sign_levels: tuple[SignLevel, ...]
    sign_note: Text
    handover: HandOver
    ladder: tuple[Rung, ...]
    danger: tuple[DangerRung, ...]
    unread: tuple[DangerRung, ...]
    extension: Extension
    pause: Pause
    silence: Term
    second_look: Term
    reopen: Reopen
    merging: Merging
    decline_reasons: Mapping[str, DeclineReason]
    evidence_kinds: Mapping[str, EvidenceKind]
    callback: CallBack
    petition: Petition
    suppress_below: int
    minimum_n: int
    retention: Mapping[str, Retention]
    throttle: Throttle
    unusual: Unusual
    uploads: Uploads
    hot: Hot
    hide: Hide
    terms: Mapping[str, Terms]
    registers: Mapping[str, Mapping[str, RowKind]]
    lives: Mapping[str, LifeNumbers]
    route_index: Mapping[tuple[str, str], RouteRule]
    units_at: Mapping[tuple[str, str], tuple[str, ...]]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Book) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def object_window(self) -> Term:
        """How long after the answer a resident may object."""
        return self.reopen.window

    @property
    def county(self) -> Division:
        """The division of the whole town."""
        return self.divisions[self.town.code]

    def term(
        self, handling_class: str, category: str | None = None, *, step: Step = "answer", profile: str | None = None
    ) -> Term:
        """Return the term promised to a matter of this class and category.

        `step` is `accept` (sign-off, hand-over and registration) or `answer`; `profile` a profile code, the one in
        force if unsaid. The override naming the closest category wins. Raises `KeyError` for an unknown class,
        category or profile.
        """
        chosen = self.profile if profile is None else self.profiles[profile]
        terms = chosen.accept if step == "accept" else chosen.answer
        if category is not None:
            for code in self.categories[category].chain:
                for override in chosen.overrides:
                    if code in override.categories and handling_class in override.classes:
                        term = override.accept if step == "accept" else override.answer
                        if term is not None:
                            return term
        return terms[handling_class]

    def leaves(self) -> tuple[Category, ...]:
        """Return the categories that have no children, in the order of the book."""
        return tuple(c for c in self.categories.values() if c.leaf)
