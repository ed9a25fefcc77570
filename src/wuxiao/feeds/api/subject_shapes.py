"""What the API takes and gives of registers and of lives beside matters: schemas made of their `Field`s and tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wuxiao.desk.case.subject import Pages, Subject
from wuxiao.desk.register import acts
from wuxiao.feeds.api.shapes import FILE, INSTANT, YES, Schema, maybe, ref, rows, text, thing
from wuxiao.rules.book_model import Book
from wuxiao.rules.field import Audience, Field, Kind
from wuxiao.rules.flow import Need
from wuxiao.rules.life import Life, Step
from wuxiao.rules.register import STATES, Register, kinds_of

DAY: Schema = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
VERSION: Schema = {
    "type": "integer",
    "minimum": 0,
    "maximum": 2**31 - 1,
    "description": "看到的版本;别人先改了就回 409 · the version you saw; 409 if somebody changed it since",
}


def of_field(one: Field, book: Book) -> Schema:
    """Return the schema of a field's value; its words and purpose are the description."""
    found = _of_kind(one, book)
    why = one.why.purpose
    return {**found, "description": f"{one.label.zh} · {one.label.en} ({why.zh} · {why.en})"}


def _of_kind(one: Field, book: Book) -> Schema:
    match one.kind:
        case Kind.NUMBER:
            return {"type": "integer", "minimum": one.low, "maximum": one.high}
        case Kind.YES:
            return YES
        case Kind.DATE:
            return DAY
        case Kind.CHOICES:
            return rows(_one_of(one, book), max(1, len(one.choices)))
        case Kind.CHOICE | Kind.UNIT | Kind.PLACE:
            return _one_of(one, book)
        case Kind.PHONE:
            return text(60)
        case Kind.POINT:
            return text(60, pattern=r"^-?[0-9]{1,2}(\.[0-9]+)?,-?[0-9]{1,3}(\.[0-9]+)?( (wgs84|gcj02|bd09))?$")
    return text(one.most, 1 if one.required else 0)


def _one_of(one: Field, book: Book) -> Schema:
    if one.kind is Kind.UNIT and not one.choices:
        return ref("Unit")
    if one.kind is Kind.PLACE:
        return ref("Division")
    return {"type": "string", "enum": list(one.options(book))}


def typed(value: Any) -> Any:
    """Return a value of a body as `Field.read` reads what somebody typed."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value))
    return str(value) if isinstance(value, int) else value


def told(one: Field, value: Any) -> Any:
    """Return a value that is kept as an answer of the API holds it; the schema of the field fits it."""
    if value is None:
        return None
    match one.kind:
        case Kind.CHOICES:
            return str(value).split()
        case Kind.NUMBER | Kind.YES:
            return value
    return one.typed(value)


# ------------------------------------------------------------------------------------------------------------ registers


def values_of(fields: Iterable[Field], book: Book) -> Schema:
    """Return the schema of the values of a row; each may be null, which empties it."""
    return thing({one.name: maybe(of_field(one, book)) for one in fields})


def in_lists(register: Register, book: Book) -> tuple[Field, ...]:
    """Return the fields that lists hold: of personal data none, and none that is for those who keep the register."""
    fields = register.all_fields(book)
    return tuple(one for one in fields if not one.private and one.why.seen is Audience.READERS)


def row_of(fields: Sequence[Field], book: Book) -> Schema:
    """Return the schema of a row with the values of these fields."""
    about: Mapping[str, Schema] = {
        "code": text(40),
        "state": {"type": "string", "enum": [state.value for state in STATES]},
        "version": {"type": "integer"},
        "checked_at": maybe(INSTANT),
        "due_at": maybe(INSTANT),
        "valid_to": maybe(DAY),
    }
    values = {one.name: maybe(_loose(of_field(one, book))) for one in fields}
    return thing({**about, "values": thing(values)}, (*about, "values"))


def _loose(schema: Schema) -> Schema:
    """What is kept may be a code that the rule book no longer knows, or stand from before a limit."""
    if schema.get("type") == "array":
        return {**schema, "items": {"type": "string"}, "maxItems": 1000}
    return {"type": schema.get("type", "string"), "description": schema["description"]}


def query_rows(register: Register, book: Book) -> Schema:
    """Return the schema of what a list is narrowed to."""
    kinds = kinds_of(book, register.name)
    return thing(
        {
            "kind": {"type": "string", "enum": list(kinds)},
            "division": text(12, 1, description="这个区划和它以下的 · this division and those below"),
            "unit": text(40, 1),
            "q": text(60, 1, description="名称、地址或编号里的词 · words of the name, address or code"),
            "fresh": {
                "type": "string",
                "enum": ["dormant", "soon"],
                "description": "超过核对周期、两周内到期 · over its time, due within two weeks",
            },
            "state": {"type": "string", "enum": [state.value for state in STATES]},
            "after": text(200, 1),
            "limit": {"type": "integer", "minimum": 1, "maximum": 200},
        }
    )


def new_row(register: Register, book: Book) -> Schema:
    """Return the schema of a row that is put in."""
    fields = register.all_fields(book)
    values = {one.name: of_field(one, book) if one.required else maybe(of_field(one, book)) for one in fields}
    needed = tuple(one.name for one in fields if one.required and one.name != "valid_from")
    return thing({"values": thing(values, needed)}, ("values",))


def act_on_row(register: Register, verb: str, book: Book) -> Schema:
    """Return the schema of what an act on a row is given: `change`, `confirm`, `end` or `revive`."""
    fields = register.all_fields(book)
    own: dict[str, Schema] = {
        "change": {"why": {"type": "string", "enum": list(acts.CHANGES)}, "values": values_of(fields, book)},
        "end": {"why": {"type": "string", "enum": list(acts.ENDINGS)}, "day": DAY},
    }.get(verb, {})
    return thing({"version": VERSION, **own}, ("version", *own))


# ---------------------------------------------------------------------------------------------------------------- lives

CASE_STEP = thing(
    {
        "verb": text(20),
        "name": ref("Text"),
        "open": YES,
        "why_not": maybe(ref("Text")),
        "fields": {"type": "object", "additionalProperties": {"type": "object"}},
    },
    ("verb", "name", "open", "why_not", "fields"),
)
ABOUT = thing({"label": ref("Text"), "value": ref("Text")}, ("label", "value"))
CASE_FIELDS: Mapping[str, Schema] = {
    "number": text(24),
    "title": text(120),
    "place": text(200),
    "division": text(12),
    "holder": text(40),
    "offered_to": text(40),
    "outcome": text(12),
    "received_at": INSTANT,
    "changed_at": INSTANT,
    "step_due_at": maybe(INSTANT),
    "closed_at": maybe(INSTANT),
    "late": YES,
    "version": {"type": "integer"},
}


def case_of(life: Life[Any]) -> Schema:
    """Return the schema of a case in a list."""
    state = {"type": "string", "enum": [state.value for state in life.states]}
    return thing({**CASE_FIELDS, "state": state}, (*CASE_FIELDS, "state"))


def with_steps(life: Life[Any]) -> Schema:
    """Return the schema of a case with the steps in reach: what an act answers."""
    short = case_of(life)
    return thing({**short["properties"], "steps": rows(ref("CaseStep"), 60)}, (*short["required"], "steps"))


def whole_case(life: Life[Any]) -> Schema:
    """Return the schema of a case as it is read: with what its page shows, and the report it comes from."""
    short = with_steps(life)
    more: dict[str, Schema] = {"about": rows(ref("About"), 1000), "parent": text(24)}
    return thing({**short["properties"], **more}, (*short["required"], *more))


def query_cases(life: Life[Any]) -> Schema:
    """Return the schema of what a list of cases is narrowed to."""
    return thing(
        {
            "queue": {"type": "string", "enum": sorted({s.queue for s in life.standings.values()})},
            "after": text(200, 1),
            "limit": {"type": "integer", "minimum": 1, "maximum": 200},
        }
    )


def given_of(fields: Iterable[Field], book: Book) -> Schema:
    """Return the schema of what a step is given; a name that ends in `_` stands for as many as a case has."""
    listed = list(fields)
    several = any(one.name.endswith("_") for one in listed)
    named = [one for one in listed if not one.name.endswith("_")]
    properties = {one.name: of_field(one, book) if one.required else maybe(of_field(one, book)) for one in named}
    made = thing(properties, tuple(one.name for one in named if one.required), closed=not several)
    return made | ({"additionalProperties": True} if several else {})


def of_step(step: Step[Any], fields: Iterable[Field], book: Book) -> Schema:
    """Return the schema of what a step is sent: the version that was seen, what it is given, and its files."""
    given = given_of(fields, book)
    properties = {**({"version": VERSION} if step.sources else {}), "given": given}
    needed: tuple[str, ...] = ("given",) if given.get("required") else ()
    if Need.FILES in (*step.needs, *step.may):
        files = rows(FILE, 20, 1 if Need.FILES in step.needs else 0)
        properties["files"] = files
        needed += ("files",) if Need.FILES in step.needs else ()
    return thing(properties, needed)


def asked_of(one: Subject[Any], step: Step[Any], book: Book) -> tuple[Field, ...]:
    """Return every field a step of a life may ask."""
    pages: Pages | None = one.pages
    assert pages is not None
    return pages.fields(step, book)
