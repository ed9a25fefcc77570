"""GeoReport v2 as a checker: field by field what the specification says an answer holds, for JSON and for XML alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

Check = Callable[[Any], bool]
W3 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
DATATYPES = {"string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"}


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _some(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _moment(value: Any) -> bool:
    return isinstance(value, str) and W3.fullmatch(value) is not None


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _boolean(value: Any) -> bool:
    return isinstance(value, bool)


SERVICE: dict[str, Check] = {
    "service_code": _some,
    "service_name": _some,
    "description": _text,
    "metadata": _boolean,
    "type": lambda v: v in {"realtime", "batch", "blackbox"},
    "keywords": _text,
    "group": _text,
}
ATTRIBUTE: dict[str, Check] = {
    "variable": _boolean,
    "code": _some,
    "datatype": lambda v: v in DATATYPES,
    "required": _boolean,
    "datatype_description": _or_none(_text),
    "order": lambda v: isinstance(v, int) and v > 0,
    "description": _text,
}
REQUEST: dict[str, Check] = {
    "service_request_id": _some,
    "status": lambda v: v in {"open", "closed"},
    "status_notes": _or_none(_text),
    "service_name": _some,
    "service_code": _some,
    "description": _or_none(lambda v: isinstance(v, str) and len(v) <= 4000),
    "agency_responsible": _or_none(_text),
    "service_notice": _or_none(_text),
    "requested_datetime": _moment,
    "updated_datetime": _moment,
    "expected_datetime": _or_none(_moment),
    "address": _or_none(_text),
    "address_id": _or_none(_text),
    "zipcode": _or_none(_text),
    "lat": _or_none(_number),
    "long": _or_none(_number),
    "media_url": _or_none(_text),
}
ERROR: dict[str, Check] = {"code": lambda v: isinstance(v, int), "description": _some}


def wrong(rows: Any, fields: dict[str, Check], *, may: frozenset[str] = frozenset()) -> list[str]:
    """Return what in a list of objects is not as the specification says."""
    if not isinstance(rows, list):
        return [f"not a list: {rows!r}"]
    found = []
    for n, row in enumerate(rows):
        found += [f"{n}: {name} is missing" for name in fields if name not in row]
        found += [f"{n}: {name} is not of the specification" for name in row if name not in fields and name not in may]
        found += [f"{n}: {name} is {row[name]!r}" for name in fields if name in row and not fields[name](row[name])]
    return found


def wrong_attributes(definition: Any) -> list[str]:
    """Return what is wrong with a service definition."""
    found = wrong(definition["attributes"], ATTRIBUTE, may=frozenset({"values"}))
    orders = [a["order"] for a in definition["attributes"]]
    found += ["orders are not unique"] if len(orders) != len(set(orders)) else []
    for attribute in definition["attributes"]:
        if attribute["datatype"].endswith("valuelist"):
            found += wrong(attribute["values"], {"key": _some, "name": _some})
    return found


def from_xml(text: bytes) -> tuple[str, Any]:
    """Return the root's name and the content of an XML answer with plain texts; empty elements are `None`."""
    assert text.startswith(b"<?xml")
    assert b'encoding="utf-8"' in text[:60]
    root = ElementTree.fromstring(text)
    return root.tag, _plain(root)


def _plain(element: Any) -> Any:
    children = list(element)
    if not children:
        return element.text
    names = [child.tag for child in children]
    single = {"services": "service", "attributes": "attribute", "values": "value", "service_requests": "request",
              "errors": "error", "endpoints": "endpoint", "formats": "format"}  # fmt: skip
    if element.tag in single:
        assert set(names) == {single[element.tag]}, names
        return [_plain(child) for child in children]
    assert len(names) == len(set(names)), names
    return {child.tag: _plain(child) for child in children}


def as_text(value: Any, name: str = "") -> Any:
    """Return JSON content as XML would carry it, so that the two can be compared."""
    if isinstance(value, list):
        return [as_text(item) for item in value] or None
    if isinstance(value, dict):
        return {field: as_text(inner, field) for field, inner in value.items()}
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or value == "" else str(value)
