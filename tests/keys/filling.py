"""Forms as somebody's browser sees them: read from the page, filled in, sent, and what came of it.

What came of a form is what was written (every statement that writes, with its values), what a visitor's browser keeps
of an unsent report, where she is led, and what she reads then without the form itself. All is taken back.
Two sendings of the same form show what differs whatever is typed; only what differs beyond that is an effect.
"""

from __future__ import annotations

import contextlib
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import Resolver404, resolve

from tests.keys.stage import Undone
from tests.web.resident_town import photo
from wuxiao.desk.base import fresh

#: What the framework asks for, the same in every form.
OF_THE_FRAMEWORK = "csrfmiddlewaretoken"
#: Which part of an address says that it is another form, and not the same form of another row.
TELLS = ("verb", "life", "register", "kind", "which")
_WRITES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Control:
    """One name of a form: how it is drawn, what stands in it, what else may be chosen, whether it must be filled in."""

    name: str
    kind: str
    values: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    required: bool = False
    most: int = 0


@dataclass(frozen=True)
class Form:
    """A form of a page: where it goes and its controls."""

    page: str
    action: str
    method: str
    controls: tuple[Control, ...]

    @property
    def kind(self) -> str:
        """Which form this is, whoever's row it stands on: method, route, what of the address tells, what is pressed."""
        path = urlsplit(self.action).path
        try:
            found = resolve(path)
        except Resolver404:
            return f"{self.method} nowhere {path}"
        told = [str(found.kwargs[name]) for name in TELLS if name in found.kwargs]
        fixed = [f"{c.name}={c.values[0]}" for c in self.controls if c.name == "do" and c.kind == "hidden" and c.values]
        return " ".join([self.method, str(found.view_name), *told, *fixed])

    @property
    def names(self) -> frozenset[str]:
        """What can be set in it."""
        return frozenset(c.name for c in self.controls)


def forms_of(page: str, content: bytes) -> Iterator[Form]:
    """Yield the forms of a page."""
    if b"<form" not in content:
        return
    tree = lxml.html.fromstring(content.decode("utf-8", "replace"))
    tree.make_links_absolute("http://testserver" + page)
    outside: dict[str, list[Any]] = {}
    for one in tree.xpath("//*[@form]"):
        outside.setdefault(one.get("form"), []).append(one)
    for form in tree.iter("form"):
        if form.get("method", "get").lower() == "dialog":
            continue
        parts = [*form.iter("input", "select", "textarea", "button"), *outside.get(form.get("id", ""), [])]
        controls = tuple(c for c in _controls(parts) if c.name != OF_THE_FRAMEWORK)
        where = urljoin("http://testserver" + page, form.get("action") or "")
        parts_ = urlsplit(where)
        action = parts_.path + (f"?{parts_.query}" if parts_.query else "")
        yield Form(page, action, form.get("method", "get").lower(), controls)


def _controls(parts: list[Any]) -> Iterator[Control]:
    found: dict[tuple[str, str], Control] = {}
    for one in parts:
        name = one.get("name")
        if not name or one.get("disabled") is not None:
            continue
        kind = (
            {"textarea": "area", "select": "select"}.get(one.tag)
            or one.get("type")
            or ("submit" if one.tag == "button" else "text")
        )
        if kind in {"submit", "button", "radio", "checkbox"}:
            value = one.get("value", "on" if kind == "checkbox" else "")
            before = found.get((name, kind), Control(name, kind))
            on = one.get("checked") is not None
            found[name, kind] = replace(
                before,
                options=(*before.options, value),
                values=(*before.values, value) if on else before.values,
            )
            continue
        required = one.get("required") is not None
        if kind == "select":
            options = tuple(o.get("value", o.text or "") for o in one.iter("option"))
            chosen = tuple(o.get("value", "") for o in one.iter("option") if o.get("selected") is not None)
            made = Control(name, kind, chosen or options[:1], options, required)
        elif kind == "area":
            made = Control(name, kind, ((one.text or "").lstrip("\n"),), (), required)
        else:
            made = Control(name, kind, (one.get("value", ""),), (), required, int(one.get("maxlength") or 0))
        before = found.get((name, kind))
        # Several lines of one name are one thing said in several parts.
        found[name, kind] = replace(before, values=(*before.values, *made.values)) if before else made
    yield from found.values()


# ------------------------------------------------------------------------------------------------------------- sending


Given = dict[str, list[Any]]


@dataclass
class Came:
    """What came of a form that was sent."""

    status: int
    to: str
    said: list[str]
    wrote: list[tuple[str, tuple[str, ...]]]
    kept: dict[str, str]
    content: bytes = b""

    def passed(self) -> bool:
        """Whether it was taken."""
        return self.status < 400


class _Writes:
    """Notes every statement that writes, with its values."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, tuple[str, ...]]] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if _WRITES.match(sql):
            rows = params if many else [params]
            for row in rows or [()]:
                self.seen.append((re.sub(r"\s+", " ", sql)[:4000], tuple(str(v) for v in row or ())))
        return execute(sql, params, many, context)


_DRAWN = re.compile(r"[0-9A-Za-z_-]{4,}|\d+")
_HIDDEN = re.compile(r"<(form|script|style|svg|head)\b.*?</\1>", re.DOTALL | re.IGNORECASE)


def read_aloud(content: bytes) -> list[str]:
    """Return what a page says, line by line, without its forms and without what an address says."""
    text = _HIDDEN.sub("\n", content.decode("utf-8", "replace"))
    return [line for part in re.sub(r"<[^>]+>", "\n", text).split("\n") if (line := part.strip())]


@contextlib.contextmanager
def taken_back() -> Iterator[None]:
    """Take back what is written in the block, and what the process remembers of it."""
    cache.clear()
    fresh.forget()
    try:
        with transaction.atomic():
            yield
            raise Undone
    except Undone:
        pass
    finally:
        cache.clear()
        fresh.forget()


def _data(given: Given) -> dict[str, list[Any]]:
    """What a browser sends; a file is read once, so it is made anew."""
    return {n: [SimpleUploadedFile(*v) if isinstance(v, tuple) else v for v in vs] for n, vs in given.items() if vs}


def send(client: Client, form: Form, given: Given, before: Given | None = None) -> Came:
    """Send a form as it is filled in and return what came of it; nothing of it stays. `before` was sent first."""
    writes = _Writes()
    data = _data(given)
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    with taken_back(), connection.execute_wrapper(writes):
        if before is not None:
            client.post(form.action, _data(before))
            writes.seen.clear()
        if form.method == "post":
            answer = client.post(form.action, data)
        else:
            address = urlsplit(form.action).path
            answer = client.get(address, data)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        said = read_aloud(content) if "html" in answer.headers.get("Content-Type", "") else [repr(content)]
        kept = {}
        if "resident" in form.kind:
            kept = {str(k): repr(v) for k, v in client.session.items()}
        for name, value in sorted(answer.cookies.items()):
            kept[f"cookie {name}"] = value.value
        to = answer.headers.get("Location", "")
    client.cookies.clear()
    for name, value in cookies.items():
        client.cookies[name] = value
    return Came(answer.status_code, to, said, writes.seen, kept, content)


def differs(one: Came, same: Came, other: Came) -> str:
    """Return in what the last differs from the first beyond what the second, sent alike, does too; empty: nothing."""
    if one.status != other.status:
        return f"status {other.status}"
    if one.to != other.to and one.to == same.to:
        return f"leads to {other.to}"
    for name in {*one.kept, *other.kept}:
        if one.kept.get(name) == same.kept.get(name) != other.kept.get(name):
            return f"kept as {name}"
    sql = [s for s, _ in one.wrote]
    if sql == [s for s, _ in same.wrote]:
        if sql != [s for s, _ in other.wrote]:
            return "writes other rows"
        for (text, a), (_, b), (_, c) in zip(one.wrote, same.wrote, other.wrote, strict=True):
            if len(a) != len(c):
                return f"writes {text[:60]}"
            for x, y, z in zip(a, b, c, strict=True):
                if x == y != z:
                    return f"writes {text[:60]}"
    lines = [Counter(came.said) for came in (one, same, other)]
    if lines[0] != lines[1]:
        # Drawn anew each time: only what a line is like can be compared.
        lines = [Counter(_DRAWN.sub("#", line) for line in came.said) for came in (one, same, other)]
    first, second, third = lines
    new = [line for line in {*first, *third} if first[line] == second[line] != third[line]]
    return f"says {new[0][:80]}" if new else ""


# ------------------------------------------------------------------------------------------------------------- filling


def a_file(n: int = 1) -> tuple[str, bytes, str]:
    """Return a picture somebody chose."""
    return (f"photo{n}.jpg", photo((40 * n, 90, 120)), "image/jpeg")


#: What people write into a field of this name, where anything will not do.
TYPED: dict[str, tuple[str, ...]] = {
    "phone": ("13900000005", "13900000006"),
    "email": ("wang@example.com", "li@example.com"),
    "mail": ("wang@example.com", "li@example.com"),
    "words": ("文庙街12号门口的路灯坏了", "文庙街12号门口的井盖坏了"),
    "q": ("文庙街12号", "路灯", "狗", "桃花巷"),
    "username": ("newcomer", "othercomer"),
    "error": ("0.2", "0.3"),
    "term_days": ("2", "3"),
    "addresses": ("10.0.0.0/8", "10.1.0.0/16"),
    "point": ("30.1,114.2", "30.2,114.2"),
    "hours": ("周一至周五 9:00-17:00", "周一至周五 9:00-16:00"),
    "items": ("停止夜间施工", "停止夜间施工\n告诉我结果"),
    "parts": ("路灯坏了\n井盖坏了", "路灯坏了\n井盖破了"),
    "password": ("wrong-password-1", "wrong-password-2"),
    "code": ("ABCD2345", "123456"),
}


def typed(control: Control, n: int = 0) -> str:
    """Return what somebody writes into a field, and what somebody else does."""
    if control.name in TYPED:
        return TYPED[control.name][n % len(TYPED[control.name])]
    if control.kind == "date":
        return ("2026-12-20", "2026-12-21")[n % 2]
    if control.kind == "month":
        return ("2026-10", "2026-11")[n % 2]
    if control.kind in {"datetime-local", "time"}:
        return {"time": ("10:00", "11:00"), "datetime-local": ("2026-12-20T10:00", "2026-12-20T11:00")}[control.kind][
            n % 2
        ]
    if control.kind == "tel":
        return TYPED["phone"][n % 2]
    if control.kind == "email":
        return TYPED["email"][n % 2]
    if control.kind == "number":
        return ("2", "3")[n % 2]
    return ("写在这里的话", "另写一句话", "3", "4")[n % 4]


def filled(form: Form, how: str) -> Given:
    """Return a form filled in: `drawn` as the page draws it with what must be there, `full` with everything."""
    given: Given = {}
    pressed = False
    for one in form.controls:
        if one.kind in {"submit", "button"}:
            if not pressed:
                given.setdefault(one.name, []).append(one.options[0])
                pressed = True
        elif one.kind == "hidden":
            given.setdefault(one.name, []).extend(one.values)
        elif one.kind == "file":
            given[one.name] = [a_file()] if how != "drawn" else []
        elif one.kind == "checkbox":
            chosen = one.options if how != "drawn" else one.values
            given[one.name] = list(chosen)
        elif one.kind in {"select", "radio"}:
            there = [v for v in one.values if v]
            given[one.name] = there or [v for v in one.options if v][:1]
            if how == "drawn" and not there and one.kind == "select":
                given[one.name] = list(one.values)
        else:
            there = [v for v in one.values if v]
            given[one.name] = there or ([typed(one)] if how != "drawn" or one.required else [""])
    return given


def changes(control: Control, given: Given, most: int = 5) -> Iterator[list[Any]]:
    """Yield what else may stand in a control."""
    now = given.get(control.name, [])
    made: list[list[Any]] = []
    if control.kind in {"select", "radio", "submit", "button"}:
        rest = [v for v in control.options if [v] != now]
        # Near ones and far ones.
        made = [[v] for v in dict.fromkeys([*rest[:3], *rest[-3:], *rest[len(rest) // 2 :][:2]])]
        made.append([])
    elif control.kind == "checkbox":
        made = [[], list(control.options), *[[v] for v in control.options[:3]], ["1"]]
    elif control.kind == "file":
        made = [[a_file(2)], []]
    else:
        text = str(now[0]) if now else ""
        if text.isdecimal():
            made = [[str(int(text) + 1)], [str(max(0, int(text) - 1))], ["1"]]
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            made = [["2026-12-21"], ["2026-12-03"], ["2027-02-01"]]
        if control.kind == "date":
            made += [["2026-11-28"], ["2026-12-01"], ["2020-01-01"]]
        made += [[typed(control, n)] for n in range(4)]
        made += [[text + "改"], [text + "x"], [""]]
    seen: list[list[Any]] = [now]
    for value in made:
        if value not in seen:
            seen.append(value)
            yield value


# ------------------------------------------------------------------------------------------------------------- seeking


@dataclass(frozen=True)
class Base:
    """A form of a page as somebody fills it in, sent twice."""

    name: str
    client: Client
    form: Form
    given: Given
    one: Came
    same: Came
    before: Given | None = None

    @property
    def passed(self) -> bool:
        """Whether it was taken."""
        return self.one.status < 400


def sent(name: str, client: Client, form: Form, given: Given, before: Given | None = None) -> Base:
    """Send a form twice, alike."""
    one, same = (send(client, form, given, before) for _ in range(2))
    return Base(name, client, form, given, one, same, before)


def pressed_again(base: Base) -> Base | None:
    """Return the form as it comes back with a question of its own (advice, say), sent as it came; None: it did not."""
    if base.form.method != "post" or base.one.status != 200:
        return None
    for form in forms_of(base.form.action, base.one.content):
        if form.kind == base.form.kind and form.names - base.form.names:
            more = {c.name: list(c.values) for c in form.controls if c.name not in base.form.names}
            return sent(base.name, base.client, form, {**base.given, **more})
    return None


def chosen_otherwise(base: Base) -> Base | None:
    """Return a form that was refused with one choice made otherwise, so that it is taken; None: none of those tried."""
    for control in base.form.controls:
        if control.kind in {"select", "radio"}:
            for value in itertools.islice(changes(control, base.given), 6):
                given = {**base.given, control.name: value}
                if value and send(base.client, base.form, given).passed():
                    return sent(base.name, base.client, base.form, given)
    return None


def _otherwise(base: Base, control: Control, value: list[Any]) -> Given:
    """Return what is sent when one control is set otherwise; a button is pressed instead of another."""
    if control.kind not in {"submit", "button"}:
        return {**base.given, control.name: value}
    given = dict(base.given)
    for one in base.form.controls:
        if one.kind in {"submit", "button"}:
            given[one.name] = [
                v for c in base.form.controls if (c.name, c.kind) == (one.name, "hidden") for v in c.values
            ]
    given[control.name] = [*given[control.name], *value]
    return given


def effect(base: Base, control: Control) -> str:
    """Return what changes when one control alone is set otherwise; empty: nothing."""
    for value in changes(control, base.given):
        other = send(base.client, base.form, _otherwise(base, control, value), base.before)
        if said := differs(base.one, base.same, other):
            return said
    return ""


def beyond(base: Base) -> Iterator[Base]:
    """Yield the same form where a control may speak that is silent on the first straight way.

    Sent a second time; by a visitor whose browser kept nothing; with one of the other controls set otherwise (what a
    page draws for the case that somebody was first is read only then).
    """
    if base.form.method == "post":
        yield sent(base.name, base.client, base.form, base.given, base.given)
    if not base.name:
        yield sent(base.name, Client(raise_request_exception=False), base.form, base.given)
    for control in base.form.controls:
        for value in itertools.islice(changes(control, base.given), 2):
            yield sent(base.name, base.client, base.form, {**base.given, control.name: value})
