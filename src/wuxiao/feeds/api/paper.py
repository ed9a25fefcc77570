"""The OpenAPI 3.1 document, made of the step table, the schemas and the rule book in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from wuxiao import __version__
from wuxiao.desk.doors import keys
from wuxiao.feeds.api import shapes, subject_paper
from wuxiao.feeds.api.papers import answers, body, operation, query
from wuxiao.feeds.api.shapes import CODE_LISTS, CODES, Schema, ref
from wuxiao.rules.book_model import Book
from wuxiao.rules.flow import STANDINGS, Step
from wuxiao.rules.words import Text

NUMBER: Schema = {
    "name": "number",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9A-Za-z-]{4,24}$"},
    "description": "事项编号 · number of the matter",
}
FILE_ID: Schema = {
    "name": "file_id",
    "in": "path",
    "required": True,
    "schema": {"type": "integer", "minimum": 1, "maximum": 2**53},
}
ONCE: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
    "description": "同一编号同一内容只办一次 · the same key and content is done once",
}


def code_lists(book: Book) -> dict[str, Mapping[str, Text]]:
    """Return the codes of the rule book with their names, by the names of the lists."""
    return {
        "units": {u.code: u.name for u in book.units.values()},
        "categories": {c.code: c.name for c in book.categories.values()},
        "handling_classes": {c.code: c.name for c in book.classes.values()},
        "divisions": {d.code: d.name for d in book.divisions.values()},
        "evidence": {e.code: e.name for e in book.evidence_kinds.values()},
        "decline_reasons": {r.code: r.name for r in book.decline_reasons.values()},
    }


def document(book: Book | None) -> dict[str, Any]:
    """Return the document; without a rule book the lists of codes are left open."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "五小 Wuxiao API",
            "version": __version__,
            "description": (
                "每个办理步骤是一个操作,需要填什么由步骤表生成。错误是 RFC 9457 文档,中英文各一句。\n\n"
                "Every step of a matter is one operation; what it takes is generated from the step table. Errors are "
                "RFC 9457 documents with a sentence in Chinese and in English."
            ),
        },
        "servers": [{"url": settings.BASE_URL}],
        "security": [{"key": []}],
        "paths": _paths() | (subject_paper.paths(book, ONCE, NUMBER) if book is not None else {}),
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": _powers()}},
            "schemas": _schemas(book),
        },
    }


def _powers() -> str:
    return "\n".join(f"- `{code}`: {text.zh} · {text.en}" for code, text in keys.POWERS.items())


def _schemas(book: Book | None) -> dict[str, Schema]:
    lists = code_lists(book) if book is not None else {}
    codes: dict[str, Schema] = {name: shapes.text(64, 1) for name in CODES}
    for listed, name in CODE_LISTS.items():
        if listed in lists:
            codes[name] = {"type": "string", "enum": list(lists[listed])}
    return {
        **codes,
        "Text": shapes.BOTH,
        "Report": shapes.REPORT,
        "Danger": shapes.DANGER,
        "Receipt": shapes.RECEIPT,
        "Matter": shapes.MATTER,
        "WholeMatter": shapes.WHOLE,
        "OpenStep": shapes.OPEN_STEP,
        "Page": shapes.PAGE,
        "Entry": shapes.ENTRY,
        "Attached": shapes.ATTACHED,
        "Diary": shapes.DIARY,
        "Contact": shapes.CONTACT,
        "Book": shapes.BOOK,
        "Problem": shapes.PROBLEM,
        **(subject_paper.schemas(book) if book is not None else {}),
    }


def _paths() -> dict[str, Any]:
    one = "/api/v1/matters/{number}"
    paths: dict[str, Any] = {
        "/api/v1/codes": {
            "get": operation("codes", "规则手册的编码 · codes of the rule book", answers("Book", 401, 403, 409, 429))
        },
        "/api/v1/matters": {
            "get": operation(
                "list_matters",
                "按期限排列的事项 · matters in order of what is due",
                answers("Page", 401, 403, 409, 422, 429),
                parameters=query(shapes.QUERY_LIST),
                description="不填 queue 就是全部未办结的;next 是下一页的 after · without queue all that are open",
            ),
            "post": operation(
                "receive",
                "登记 · Receive",
                answers("Receipt", 400, 401, 403, 409, 413, 415, 422, 429, good="201"),
                parameters=[ONCE],
                requestBody=body(ref("Report")),
            ),
        },
        one: {
            "get": operation(
                "matter",
                "一件事项和现在可以办的步骤 · one matter and the steps open now",
                answers("WholeMatter", 401, 403, 404, 429),
                parameters=[NUMBER],
            )
        },
        f"{one}/entries": {
            "get": operation(
                "entries",
                "办理记录、原话和附件;读原话会记入日志 · the diary with its words, and the files; reading is recorded",
                answers("Diary", 401, 403, 404, 429),
                parameters=[NUMBER],
            )
        },
        f"{one}/contact": {
            "get": operation(
                "contact",
                "诉求人联系方式;每次查看都要写用途,诉求人看得到 · contact; each look is recorded with its purpose",
                answers("Contact", 401, 403, 404, 422, 429),
                parameters=[NUMBER, *query(shapes.QUERY_CONTACT)],
            )
        },
        f"{one}/files/{{file_id}}": {
            "get": operation("file", "附件 · a file", answers(None, 401, 403, 404, 429), parameters=[NUMBER, FILE_ID])
        },
    }
    for verb, step in shapes.OPERATIONS.items():
        paths[f"{one}/{verb}"] = {"post": _of_step(step)}
    return paths


def _of_step(step: Step) -> Schema:
    from_states = "、".join(STANDINGS[s].name.zh for s in sorted(step.sources))
    from_english = ", ".join(STANDINGS[s].name.en for s in sorted(step.sources))
    return operation(
        step.verb,
        f"{step.name.zh} · {step.name.en}",
        answers("WholeMatter", 400, 401, 403, 404, 409, 413, 415, 422, 429),
        parameters=[NUMBER, ONCE],
        requestBody=body(shapes.of_step(step)),
        description=f"{step.sentence.zh}\n\n{step.sentence.en}\n\n可用于 · from: {from_states} · {from_english}",
    )
