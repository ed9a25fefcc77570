"""The part of the OpenAPI document about registers and lives beside matters: made of what the rule book has of them."""

from __future__ import annotations

from typing import Any

from wuxiao.desk.case import subject
from wuxiao.desk.case.subject import Subject
from wuxiao.desk.register import shelf
from wuxiao.desk.register.shelf import Shelf
from wuxiao.feeds.api import subject_shapes as shaped
from wuxiao.feeds.api.papers import answers, body, operation, query
from wuxiao.feeds.api.shapes import Schema, maybe, rows, thing
from wuxiao.feeds.api.subjects import ROW_VERBS
from wuxiao.rules.book_model import Book
from wuxiao.rules.life import Step
from wuxiao.rules.words import Text

CODE: Schema = {
    "name": "code",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9A-Za-z\u4e00-\u9fff_-]{1,40}$"},
    "description": "登记编号 · code of the row",
}
_ACTS = {
    "change": Text("更改", "change it"),
    "confirm": Text("核对无误", "say that it was looked at and is right"),
    "end": Text("销册", "end it"),
    "revive": Text("恢复在册", "take it up again"),
}
_READ = (401, 403, 404, 422, 429)
_WRITE = (400, 401, 403, 404, 409, 413, 415, 422, 429)


def schemas(book: Book) -> dict[str, Schema]:
    """Return the named schemas: of each register its row in lists and whole, of each life its case."""
    found: dict[str, Schema] = {"CaseStep": shaped.CASE_STEP, "About": shaped.ABOUT}
    for kept in shelf.kept(book):
        register = kept.register
        found[f"row_{kept.name}"] = shaped.row_of(register.all_fields(book), book)
        listed = shaped.row_of(shaped.in_lists(register, book), book)
        found[f"rows_{kept.name}"] = _page("rows", listed)
    for one in subject.kept(book):
        name, life = one.life.name, one.life
        found[f"case_{name}"] = shaped.whole_case(life)
        found[f"taken_{name}"] = shaped.with_steps(life)
        found[f"cases_{name}"] = _page("cases", shaped.case_of(life))
    return found


def _page(of: str, one: Schema) -> Schema:
    return thing({of: rows(one, 200), "next": maybe({"type": "string"})}, (of, "next"))


def paths(book: Book, once: Schema, number: Schema) -> dict[str, Any]:
    """Return the operations of every register and life that this town keeps."""
    found: dict[str, Any] = {}
    for kept in shelf.kept(book):
        found |= _of_register(kept, book, once)
    for one in subject.kept(book):
        found |= _of_life(one, book, once, number)
    return found


def _of_register(kept: Shelf, book: Book, once: Schema) -> dict[str, Any]:
    name, register = kept.name, kept.register
    here, title = f"/api/v1/registers/{name}", f"{register.title.zh} · {register.title.en}"
    found: dict[str, Any] = {
        here: {
            "get": operation(
                f"list_{name}",
                title,
                answers(f"rows_{name}", *_READ),
                parameters=query(shaped.query_rows(register, book)),
                description=f"{register.meaning.zh}\n\n{register.meaning.en}",
            ),
            "post": operation(
                f"put_in_{name}",
                f"{register.one.zh}：登记 · {register.one.en}: put in",
                answers(f"row_{name}", *_WRITE, good="201"),
                parameters=[once],
                requestBody=body(shaped.new_row(register, book)),
            ),
        },
        f"{here}/{{code}}": {
            "get": operation(
                f"row_{name}",
                f"{register.one.zh} · {register.one.en}",
                answers(f"row_{name}", *_READ),
                parameters=[CODE],
                description="个人信息字段只给维护的单位，每次读取记入日志 · personal data for its keepers",
            )
        },
    }
    for verb in ROW_VERBS:
        said = _ACTS[verb]
        found[f"{here}/{{code}}/{verb}"] = {
            "post": operation(
                f"{verb}_{name}",
                f"{register.one.zh}：{said.zh} · {register.one.en}: {said.en}",
                answers(f"row_{name}", *_WRITE),
                parameters=[CODE, once],
                requestBody=body(shaped.act_on_row(register, verb, book)),
            )
        }
    return found


def _of_life(one: Subject[Any], book: Book, once: Schema, number: Schema) -> dict[str, Any]:
    assert one.pages is not None
    name, pages, known = one.life.name, one.pages, subject.operations(one)
    here = f"/api/v1/cases/{name}"
    listed = operation(
        f"list_{name}",
        f"{pages.title.zh} · {pages.title.en}",
        answers(f"cases_{name}", *_READ),
        parameters=query(shaped.query_cases(one.life)),
        description=f"{pages.meaning.zh}\n\n{pages.meaning.en}",
    )
    found: dict[str, Any] = {
        here: {"get": listed},
        f"{here}/{{number}}": {
            "get": operation(
                f"case_{name}",
                "一件和现在可以办的步骤；读取记入日志 · one case and the steps open now; reading is recorded",
                answers(f"case_{name}", *_READ),
                parameters=[number],
            )
        },
    }
    for verb, step in known.items():
        if step.sources:
            found[f"{here}/{{number}}/{verb}"] = {"post": _of_step(one, step, book, [number, once])}
        else:
            found[here]["post"] = _of_step(one, step, book, [once])
    return found


def _of_step(one: Subject[Any], step: Step[Any], book: Book, parameters: list[Schema]) -> Schema:
    assert one.pages is not None
    standings = one.life.standings
    states = [standings[state].staff_name for state in one.life.states if state in step.sources]
    zh, en = "、".join(text.zh for text in states), ", ".join(text.en for text in states)
    return operation(
        f"{step.verb}_{one.life.name}",
        f"{step.name.zh} · {step.name.en}",
        answers(f"taken_{one.life.name}", *_WRITE, good="200" if step.sources else "201"),
        parameters=parameters,
        requestBody=body(shaped.of_step(step, one.pages.fields(step, book), book)),
        description=f"可用于 · from: {zh} · {en}" if step.sources else "开始一件 · begins a case",
    )
