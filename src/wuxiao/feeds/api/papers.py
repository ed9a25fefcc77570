"""The forms of which the OpenAPI document is made: operations, their bodies and answers."""

from __future__ import annotations

from typing import Any

from wuxiao.feeds.api.shapes import Schema, ref
from wuxiao.feeds.problems import TITLES


def answers(name: str | None, *problems: int, good: str = "200") -> dict[str, Any]:
    """Return the answers of an operation: the good one by the name of its schema, and the problems by status."""
    content = (
        {"application/json": {"schema": ref(name)}}
        if name
        else {
            kind: {"schema": {"type": "string", "contentMediaType": kind}} for kind in ("image/jpeg", "application/pdf")
        }
    )
    made: dict[str, Any] = {good: {"description": "好 · done", "content": content}}
    for status in problems:
        made[str(status)] = {
            "description": f"{TITLES[status].zh} · {TITLES[status].en}",
            "content": {"application/problem+json": {"schema": ref("Problem")}},
        }
    return made


def query(schema: Schema) -> list[Schema]:
    """Return the fields of a schema as parameters of a query."""
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": shape}
        for name, shape in schema["properties"].items()
    ]


def body(schema: Schema) -> Schema:
    """Return a body of JSON."""
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def operation(identity: str, summary: str, answers: dict[str, Any], **more: Any) -> Schema:
    """Return one operation."""
    return {"operationId": identity, "summary": summary, "responses": answers, **more}
