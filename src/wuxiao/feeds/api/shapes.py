"""What the JSON API takes and gives: JSON schemas, written once for the document and for checking alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wuxiao.desk.case.needs import DIVERT_WAYS, LABELS, MAX_TEXT
from wuxiao.rules.flow import STANDINGS, STEPS, Need, State, Step, Who
from wuxiao.rules.words import Text
from wuxiao.typed.crs import Crs

Schema = dict[str, Any]

#: The relations in which a key can stand to a matter; steps that ask for another one are for people.
MACHINES = frozenset({Who.CENTRE, Who.POLICE, Who.RECEIVER, Who.HANDLER, Who.CO_UNIT, Who.MACHINE})
#: The steps that are operations of the API, in the order of the table.
#: A rating is given by a person, on the page or to a person on the telephone, never by a machine in their name.
OPERATIONS: Mapping[str, Step] = {v: s for v, s in STEPS.items() if s.sources and s.who & MACHINES and v != "rate"}

#: Codes of the rule book: any short text here, the list of the book in the document, and the desk decides.
CODES = ("Unit", "Category", "HandlingClass", "Division", "Evidence", "DeclineReason")


def ref(name: str) -> Schema:
    """Return a reference to a named schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def text(most: int, least: int = 0, **more: Any) -> Schema:
    """Return the schema of a text of `least` to `most` characters."""
    return {"type": "string", **({"minLength": least} if least else {}), "maxLength": most, **more}


def rows(of: Schema, most: int, least: int = 0, **more: Any) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": of, **({"minItems": least} if least else {}), "maxItems": most, **more}


def thing(properties: Mapping[str, Schema], required: tuple[str, ...] = (), *, closed: bool = True) -> Schema:
    """Return the schema of an object; a closed one refuses fields it does not know."""
    made: Schema = {"type": "object", "properties": dict(properties)}
    if required:
        made["required"] = list(required)
    if closed:
        made["additionalProperties"] = False
    return made


def maybe(schema: Schema) -> Schema:
    """Return the schema that also allows null."""
    if "type" in schema:
        listed = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
        return {**schema, **listed, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


INSTANT: Schema = {"type": "string", "format": "date-time"}
YES: Schema = {"type": "boolean"}
EMAIL: Schema = {**text(254), "pattern": r"^([^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+)?$"}
FILE = thing(
    {"name": text(200, 1), "content": text(16_000_000, 1, contentEncoding="base64", pattern="^[A-Za-z0-9+/]+={0,2}$")},
    ("name", "content"),
)
BOTH = thing({"zh": {"type": "string"}, "en": {"type": "string"}}, ("zh", "en"))

_NEEDS: Mapping[Need, Schema] = {
    Need.UNIT: ref("Unit"),
    Need.BODY: text(40, description="规则册 hide.body 中的一类 · a body of the rule book's hide.body"),
    Need.CO_UNITS: rows(ref("Unit"), 20),
    Need.CATEGORY: ref("Category"),
    Need.HANDLING_CLASS: ref("HandlingClass"),
    Need.DIVISION: ref("Division"),
    Need.EVIDENCE: ref("Evidence"),
    Need.DECLINE_REASON: ref("DeclineReason"),
    Need.WAY: {"type": "string", "enum": list(DIVERT_WAYS)},
    Need.ITEMS: rows(text(500, 1), 50),
    Need.PARTS: rows(text(MAX_TEXT, 1), 50),
    Need.TICKED: rows({"type": "integer", "minimum": 0, "maximum": 999}, 1000),
    Need.TERM_DAYS: {"type": "integer", "minimum": 1, "maximum": 60},
    Need.STAFF: {"type": "integer", "minimum": 1, "maximum": 2**53},
    Need.MATTER: text(24, 1),
    Need.RATING: {"type": "integer", "minimum": 1, "maximum": 5},
    Need.FILES: rows(FILE, 20),
    **dict.fromkeys((Need.CALLER_AGREES, Need.SEEN, Need.SOLVED, Need.CONTACTED, Need.PETITION, Need.IN_DANGER), YES),
}


def of_need(need: Need) -> Schema:
    """Return the schema of one thing a step may ask for."""
    return {**_NEEDS.get(need, text(MAX_TEXT, 1)), "description": f"{LABELS[need].zh} · {LABELS[need].en}"}


def of_step(step: Step) -> Schema:
    """Return the schema of what a step is given: its needs, and the version that was seen."""
    fields = {need.value: of_need(need) for need in (*step.needs, *step.may)}
    fields["version"] = {
        "type": "integer",
        "minimum": 0,
        "maximum": 2**31 - 1,
        "description": "看到的版本;别人先办了就回 409 · the version you saw; 409 if somebody acted since",
    }
    return thing(fields, tuple(need.value for need in step.needs))


REPORT = thing(
    {
        "words": text(MAX_TEXT, 1, description="反映的事情 · what it is about"),
        "category": ref("Category"),
        "handling_class": ref("HandlingClass"),
        "division": ref("Division"),
        "address_code": text(32, description="标准地址编码 · code of a standard address"),
        "place": text(200),
        "lat": {"type": "number", "minimum": -90, "maximum": 90},
        "lon": {"type": "number", "minimum": -180, "maximum": 180},
        "crs": {
            "type": "string",
            "enum": [one.value for one in Crs],
            "description": "坐标系，不写就是 wgs84 · the system of lat and lon, wgs84 where it is not said",
        },
        "name": text(60),
        "phone": text(100),
        "email": EMAIL,
        "by_sms": YES,
        "visit_consent": YES,
        "hidden_unit": text(
            40,
            description="被反映的单位（代码），或 hide.body 中的一类 · the unit complained of, or a body of the book",
        ),
        "shielded": YES,
        "petition": YES,
        "external_id": text(80, description="贵方系统中的编号 · its number in your system"),
        "items": rows(text(500, 1), 50),
        "files": rows(FILE, 20),
        "lang": {"type": "string", "enum": ["zh-hans", "en"]},
    },
    ("words",),
)

#: Said of danger in an answer and in a problem: what was heard, and whom the person should call before all else.
DANGER = thing(
    {
        "tier": {"type": "string", "enum": ["certain", "perhaps", "none"]},
        "kinds": rows({"type": "string"}, 50),
        "call": rows(text(8), 10, description="请马上告诉诉求人先打这些号码 · tell the person to call these first"),
        "said": maybe(ref("Text")),
        "number": text(
            24, description="没有收下，但已按这个编号留下 · refused, and kept under this number all the same"
        ),
    },
    ("tier", "kinds", "call", "said"),
)

RECEIPT = thing(
    {
        "number": text(24),
        "code": text(24, description="查询码,交给诉求人 · receipt code, for the requester"),
        "progress_url": {"type": "string"},
        "received_at": INSTANT,
        "due_at": maybe(INSTANT),
        "danger": ref("Danger"),
        "shielded": {
            **YES,
            "description": "是否保密，没有说明就按话里反映的人 · whether it is kept from whom it is about",
        },
    },
    ("number", "code", "progress_url", "received_at", "due_at", "danger", "shielded"),
)

OPEN_STEP = thing(
    {"verb": text(20), "name": ref("Text"), "open": YES, "why_not": maybe(ref("Text"))},
    ("verb", "name", "open", "why_not"),
)

MATTER_FIELDS: Mapping[str, Schema] = {
    "number": text(24),
    "external_id": text(80),
    "kind": text(24),
    "category": text(64),
    "handling_class": text(16),
    "petition": YES,
    "title": text(120),
    "division": text(12),
    "place": text(200),
    "state": {"type": "string", "enum": [state.value for state in State]},
    "outcome": text(12),
    "holder": text(40),
    "offered_to": text(40),
    "sender": text(40),
    "received_at": INSTANT,
    "changed_at": INSTANT,
    "due_at": maybe(INSTANT),
    "step_due_at": maybe(INSTANT),
    "accepted_at": maybe(INSTANT),
    "answered_at": maybe(INSTANT),
    "closed_at": maybe(INSTANT),
    "late": YES,
    "danger": rows({"type": "string"}, 50),
    "danger_open": YES,
    "refusals": {"type": "integer"},
    "reopened": {"type": "integer"},
    "items": rows(thing({"text": {"type": "string"}, "done": YES}, ("text", "done")), 1000),
    "version": {"type": "integer"},
}
MATTER = thing(MATTER_FIELDS, tuple(MATTER_FIELDS))
WHOLE = thing(
    {**MATTER_FIELDS, "steps": rows(ref("OpenStep"), 60), "call": DANGER["properties"]["call"]},
    (*MATTER_FIELDS, "steps", "call"),
)
PAGE = thing({"matters": rows(ref("Matter"), 200), "next": maybe({"type": "string"})}, ("matters", "next"))
ENTRY = thing(
    {
        "turn": {"type": "integer"},
        "verb": text(20),
        "at": INSTANT,
        "actor": text(10),
        "unit": text(40),
        "state": text(12),
        "said": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
        "sentence": ref("Text"),
        "seal": text(64),
    },
    ("turn", "verb", "at", "actor", "unit", "state", "said", "sentence", "seal"),
)
ATTACHED = thing(
    {
        "id": {"type": "integer"},
        "turn": {"type": "integer"},
        "name": text(120),
        "kind": text(40),
        "size": {"type": "integer"},
        "sha256": text(64),
        "by_resident": YES,
    },
    ("id", "turn", "name", "kind", "size", "sha256", "by_resident"),
)
DIARY = thing(
    {"number": text(24), "entries": rows(ref("Entry"), 100_000), "files": rows(ref("Attached"), 1000)},
    ("number", "entries", "files"),
)
CONTACT = thing(
    {"name": text(60), "phone": text(24), "email": text(254), "by_sms": YES, "visit_consent": YES},
    ("name", "phone", "email", "by_sms", "visit_consent"),
)
CODE_LISTS = {"units": "Unit", "categories": "Category", "handling_classes": "HandlingClass", "divisions": "Division"}
CODE_LISTS |= {"evidence": "Evidence", "decline_reasons": "DeclineReason"}
BOOK = thing({name: {"type": "object", "additionalProperties": ref("Text")} for name in CODE_LISTS}, tuple(CODE_LISTS))
PROBLEM = thing(
    {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "detail_zh": {"type": "string"},
        "detail_en": {"type": "string"},
        "version": {"type": "integer"},
        "danger": ref("Danger"),
        "errors": rows(
            thing({"field": {"type": "string"}, "zh": {"type": "string"}, "en": {"type": "string"}}, ("field",)), 200
        ),
    },
    ("type", "title", "status", "detail", "detail_zh", "detail_en"),
    closed=False,
)
QUERY_LIST = thing(
    {
        "queue": {"type": "string", "enum": sorted({s.queue for s in STANDINGS.values()} | {"extension"})},
        "external_id": text(80, 1),
        "after": text(200, 1),
        "limit": {"type": "integer", "minimum": 1, "maximum": 200},
    }
)
QUERY_CONTACT = thing({"purpose": text(200, 1, pattern=r"\S")}, ("purpose",))

_WANTED = {
    "string": Text("应是文本", "must be a text"),
    "integer": Text("应是整数", "must be a whole number"),
    "number": Text("应是数字", "must be a number"),
    "boolean": Text("应是 true 或 false", "must be true or false"),
    "array": Text("应是列表", "must be a list"),
    "object": Text("应是对象", "must be an object"),
}


def wrongs(schema: Schema, value: Any, at: str = "") -> dict[str, Text]:
    """Return what is wrong with a value, by field (`items[2]`, `files[0].name`); empty if it fits the schema.

    Knows what the schemas of this file use; a reference to a code of the book is any text of at most 64 characters.
    """
    if "anyOf" in schema:
        # A list of codes that may also be null.
        return {} if value is None else wrongs(schema["anyOf"][0], value, at)
    if "$ref" in schema:
        return wrongs(text(64), value, at)
    kind = schema["type"]
    if isinstance(kind, list):
        if value is None:
            return {}
        kind = kind[0]
    if not _is(kind, value):
        return {at: _WANTED[kind]}
    match kind:
        case "string":
            return _text_wrongs(schema, value, at)
        case "integer" | "number":
            low, high = schema.get("minimum"), schema.get("maximum")
            if (low is not None and value < low) or (high is not None and value > high):
                return {at: Text(f"应在{low}到{high}之间", f"must lie between {low} and {high}")}
        case "array":
            if not schema.get("minItems", 0) <= len(value) <= schema["maxItems"]:
                most = schema["maxItems"]
                return {at: Text(f"最多{most}项", f"at most {most} of them")}
            found: dict[str, Text] = {}
            for n, item in enumerate(value):
                found |= wrongs(schema["items"], item, f"{at}[{n}]")
            return found
        case "object":
            return _object_wrongs(schema, value, at)
    return {}


def _is(kind: str, value: Any) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "array":
            return isinstance(value, list)
    return isinstance(value, dict)


def _text_wrongs(schema: Schema, value: str, at: str) -> dict[str, Text]:
    if "enum" in schema and value not in schema["enum"]:
        listed = ", ".join(one for one in schema["enum"] if one is not None)
        return {at: Text(f"应是其中之一:{listed}", f"must be one of: {listed}")}
    most, least = schema.get("maxLength"), schema.get("minLength", 0)
    if most is not None and len(value) > most:
        return {at: Text(f"太长了,最多{most}个字符", f"too long: at most {most} characters")}
    if len(value) < least:
        return {at: Text("不能为空", "must not be empty")}
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return {at: Text("格式不对", "this is not of the right form")}
    return {}


def _object_wrongs(schema: Schema, value: dict[str, Any], at: str) -> dict[str, Text]:
    found: dict[str, Text] = {}
    before = f"{at}." if at else ""
    for name in schema.get("required", ()):
        if name not in value:
            found[before + name] = Text("缺少这一项", "this is missing")
    for name, item in value.items():
        if name in schema["properties"]:
            found |= wrongs(schema["properties"][name], item, before + name)
        elif schema.get("additionalProperties", False) is False:
            found[(before + name)[:80]] = Text("没有这一项，请检查拼写", "there is no such field; check the spelling")
    return found
