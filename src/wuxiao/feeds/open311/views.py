"""Open311's views: ask or post, one call of the desk, the answer in the form that was asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, time
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from wuxiao.desk.base import actor, throttle
from wuxiao.desk.base.errors import DeskError, NotFound
from wuxiao.desk.case import heard, keyset
from wuxiao.desk.case.tell import page_of
from wuxiao.desk.matters import despite, matters, published, secrecy
from wuxiao.desk.matters.published import Shown, Wish
from wuxiao.desk.town import books
from wuxiao.feeds import door
from wuxiao.feeds.open311 import errors, posting, render, services
from wuxiao.feeds.open311.errors import Wrong
from wuxiao.records.models import ApiKey, BookVersion
from wuxiao.rules.book_model import Book, Category
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.codes import grouped
from wuxiao.rules.words import Text

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
PAGE_SIZE = 50
MOST = 200
DEEPEST = 100
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2}))?")
View = Callable[..., HttpResponse]


def _answers(*methods: str) -> Callable[[View], View]:
    """Answer errors in the form that was asked for, and let pages of other sites read what is public."""

    def around(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def answered(request: HttpRequest, form: str, **where: str) -> HttpResponse:
            try:
                if request.method not in {*methods, "HEAD"}:
                    allowed = ", ".join(methods)
                    raise Wrong(405, Text(f"这里可以用 {allowed}", f"What works here is {allowed}."))
                response = view(request, form, **where)
            except DeskError as error:
                response = errors.of(request, form, error)
                if response.status_code == 405:
                    response["Allow"] = ", ".join(methods)
            except (SuspiciousOperation, BadRequest, MultiPartParserError):
                text = Text("表单读不懂", "The form cannot be read.")
                response = errors.of(request, form, Wrong(400, text))
            response["Access-Control-Allow-Origin"] = "*"
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
            return response

        return answered

    return around


def _enter(request: HttpRequest) -> tuple[Book, datetime, str]:
    at = timezone.now()
    book = books.current(at).book
    if request.method != "POST":
        # What is posted is counted by its key: a hotline's app speaks for many residents from one address.
        throttle.knock("open311", door.caller_of(request), book.throttle.api_per_minute, throttle.MINUTE, at=at)
    asked = request.GET.get("jurisdiction_id") or (request.POST.get("jurisdiction_id") if request.POST else "")
    if asked and asked.strip() not in {book.town.code, jurisdiction()}:
        raise Wrong(
            404,
            Text(
                f"jurisdiction_id 没有找到；这里是 {book.town.code}，可以不填",
                f"jurisdiction_id was not found; this is {book.town.code}, and it may be left out.",
            ),
        )
    return book, at, door.lang_of(request)


def jurisdiction() -> str:
    """Return the other name of this jurisdiction: the host of its address."""
    return settings.BASE_URL.partition("://")[2].partition("/")[0].partition(":")[0]


def nothing(request: HttpRequest) -> HttpResponse:
    """Say as a list of errors that there is nothing here; the form is guessed from the ending."""
    form = "xml" if request.path.endswith(".xml") else "json"
    text = Text(
        "没有这个资源：地址以 .json 或 .xml 结尾，例如 /open311/v2/services.json",
        "There is no such resource; addresses end in .json or .xml, for example /open311/v2/services.json.",
    )
    return errors.of(request, form, Wrong(404, text))


# ----------------------------------------------------------------------------------------------------------- services


@_answers("GET")
def discovery(request: HttpRequest, form: str) -> HttpResponse:
    """Tell where the endpoint is and what it speaks."""
    book, at, lang = _enter(request)
    changed = BookVersion.objects.get(pk=books.current(at).id).effective_from
    stamp = f"{changed.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    key_service = Text(f"向{book.town.operator.zh}申请密钥", f"Ask the {book.town.operator.en} for a key")
    content = {
        "changeset": stamp,
        "contact": f"{book.town.operator.say(lang)} {book.town.phone}",
        "key_service": key_service.say(lang),
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": f"{settings.BASE_URL}/open311/v2",
                "changeset": stamp,
                "type": "test" if book.town.fictional else "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }
    return _cached(render.answer(form, "discovery", content))


@_answers("GET")
def service_list(request: HttpRequest, form: str) -> HttpResponse:
    """List every leaf of the category tree."""
    book, _, lang = _enter(request)
    return _cached(render.answer(form, "services", [services.service(c, book, lang) for c in book.leaves()]))


@_answers("GET")
def definition(request: HttpRequest, form: str, code: str) -> HttpResponse:
    """Give the questions of one service."""
    book, _, lang = _enter(request)
    category = _category(book, code)
    content = {"service_code": category.code, "attributes": services.attributes(category, book, lang)}
    return _cached(render.answer(form, "service_definition", content))


def _category(book: Book, code: str) -> Category:
    category = book.categories.get(code)
    if category is None or not category.leaf:
        raise Wrong(404, Text(f"没有这个 service_code：{code[:60]}", f"service_code was not found: {code[:60]}"))
    return category


def _cached(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "public, max-age=60"
    return response


# ----------------------------------------------------------------------------------------------------------- requests


@_answers("GET", "POST")
def requests(request: HttpRequest, form: str) -> HttpResponse:
    """List requests or take a new one."""
    return _post(request, form) if request.method == "POST" else _list(request, form)


@_answers("GET")
def request_(request: HttpRequest, form: str, number: str) -> HttpResponse:
    """Give one request; one that is not for the public is as if it were not there."""
    _, at, lang = _enter(request)
    found = published.by_numbers([number[:24]], at=at)
    if not found:
        raise Wrong(
            404, Text("没有这个 service_request_id，或不公开", "No such service_request_id, or it is not public.")
        )
    more = _flag(request, "extensions")
    return render.answer(form, "service_requests", [_request(row, lang, more) for row in found])


@_answers("GET")
def token(request: HttpRequest, form: str, token: str) -> HttpResponse:
    """Tell the id of a request by its receipt code, which serves as its token. Only a miss is counted: a portal asks
    for many people from one address."""
    book, at, _ = _enter(request)
    try:
        found = matters.by_code(token)
    except NotFound:
        room = throttle.SHARED * book.throttle.lookups_per_minute
        throttle.miss("code", [(door.caller_of(request), room)], throttle.MINUTE, at=at)
        raise
    return render.answer(form, "service_requests", [{"service_request_id": found.number, "token": token}])


def _list(request: HttpRequest, form: str) -> HttpResponse:
    book, at, lang = _enter(request)
    more = _flag(request, "extensions")
    wanted = _commas(request, "service_request_id")
    if wanted:
        if len(wanted) > MOST:
            raise Wrong(400, Text(f"一次最多{MOST}个编号", f"At most {MOST} ids at once."))
        found = published.by_numbers([number[:24] for number in wanted], at=at)
        return render.answer(form, "service_requests", [_request(row, lang, more) for row in found])
    wish = _wish(request, book, at)
    rows, next_ = published.page(wish, at=at)
    response = render.answer(form, "service_requests", [_request(row, lang, more) for row in rows])
    if next_ is not None:
        query = {name: request.GET[name] for name in request.GET if name not in {"page", "after"}}
        query |= {"after": _cursor(*next_), "start_date": _w3(wish.since), "end_date": _w3(wish.until)}
        address = f"{settings.BASE_URL}/open311/v2/requests.{form}?{urlencode(query)}"
        response["Link"] = f'<{address}>; rel="next"'
    return response


def _wish(request: HttpRequest, book: Book, at: datetime) -> Wish:
    since, until = (_instant(request, name) for name in ("start_date", "end_date"))
    if until is None:
        until = min(since + published.WINDOW, at) if since is not None else at
    if since is None:
        since = until - published.WINDOW
    if until - since > published.WINDOW:
        raise Wrong(400, Text("start_date 到 end_date 最多90天", "start_date to end_date may span at most 90 days."))
    codes = _commas(request, "service_code")
    for code in codes:
        _category(book, code)
    size = _whole(request, "page_size", PAGE_SIZE, MOST)
    page = _whole(request, "page", 1, DEEPEST)
    return Wish(
        since=since,
        until=until,
        categories=codes,
        closed=_closed(request),
        skip=(page - 1) * size,
        limit=size,
        after=_after(request),
    )


def _closed(request: HttpRequest) -> bool | None:
    wanted = {one.lower() for one in _commas(request, "status")}
    if wanted - {"open", "closed"}:
        raise Wrong(400, Text("status 只能是 open 或 closed", "status must be open or closed."))
    return None if len(wanted) != 1 else wanted == {"closed"}


def _commas(request: HttpRequest, name: str) -> list[str]:
    """Values given once with commas or several times."""
    given = ",".join(request.GET.getlist(name)).replace("\x00", "")
    return [part.strip() for part in given.split(",") if part.strip()]


def _whole(request: HttpRequest, name: str, usual: int, most: int) -> int:
    given = request.GET.get(name, "").strip()
    if not given:
        return usual
    if not re.fullmatch(r"[0-9]{1,6}", given) or not 1 <= int(given) <= most:
        after = "；后面的页请用回答里的 Link" if name == "page" else ""
        way = "; for later pages follow the Link of the answer" if name == "page" else ""
        raise Wrong(400, Text(f"{name} 应是1到{most}的整数{after}", f"{name} must be a number from 1 to {most}{way}."))
    return int(given)


def _instant(request: HttpRequest, name: str) -> datetime | None:
    given = request.GET.get(name, "").strip().replace(" ", "+")
    if not given:
        return None
    try:
        found = datetime.fromisoformat(given) if _INSTANT.fullmatch(given) else None
        if found is not None and len(given) == 10 and name == "end_date":
            # Up to a day is up to its end, as whoever asks for one day means it.
            found = datetime.combine(found, time.max)
        # A day without a time is the town's day; an instant near the ends of time cannot be moved to UTC.
        moved = (found.replace(tzinfo=SHANGHAI) if found.tzinfo is None else found).astimezone(UTC) if found else None
        if moved is not None and 1900 < moved.year < 2200:
            return moved
    except (ValueError, OverflowError):
        pass
    raise Wrong(
        400,
        Text(f"{name} 应写成 2026-01-31T08:00:00Z 的样子", f"{name} must look like 2026-01-31T08:00:00Z."),
    )


def _cursor(moment: datetime, pk: int) -> str:
    # Sealed: rows are numbered as they come in, and a gap between two numbers tells of one that is not public.
    return str(keyset.Cursor(moment, pk))


def _after(request: HttpRequest) -> tuple[datetime, int] | None:
    given = request.GET.get("after", "")
    if not given:
        return None
    found = keyset.Cursor.read(given)
    if found is None:
        raise Wrong(400, Text("after 不是回答里 Link 给出的值", "after is not the one given in a Link."))
    return found.at, found.matter


def _flag(request: HttpRequest, name: str) -> bool:
    return request.GET.get(name, "").strip().lower() in {"true", "1", "yes"}


def _w3(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _request(row: Shown, lang: str, more: bool) -> dict[str, Any]:
    content: dict[str, Any] = {
        "service_request_id": row.number,
        "status": "closed" if row.closed else "open",
        "status_notes": row.note.say(lang),
        "service_name": row.category.name.say(lang),
        "service_code": row.category.code,
        "description": row.words.say(lang)[:4000],
        "agency_responsible": row.unit.say(lang) or None,
        "service_notice": None,
        "requested_datetime": _w3(row.requested_at),
        "updated_datetime": _w3(row.updated_at),
        "expected_datetime": _w3(row.expected_at) if row.expected_at else None,
        "address": row.place.say(lang) or None,
        "address_id": None,
        "zipcode": None,
        "lat": row.lat,
        "long": row.lon,
        "media_url": None,
    }
    if more:
        content["extended_attributes"] = {
            "kind": row.kind,
            "division": row.division,
            "late": row.late,
            "words_released": row.released,
        }
    return content


def _post(request: HttpRequest, form: str) -> HttpResponse:
    if request.content_type not in _FORMS:
        text = Text("请用表单编码发送", "Send the request form-encoded (application/x-www-form-urlencoded).")
        raise Wrong(400, text)
    book, at, lang = _enter(request)
    secret = posting.field(request, "api_key") or request.GET.get("api_key", "")
    key, knock = door.key_of(secret, request, at=at)
    knock.settle()
    door.demand(key, "receive")
    try:
        return _received(request, form, key, book, at, lang)
    except DeskError as error:
        report, others = posting.legible(request, book, lang)
        despite.hear(error, report, by=actor.of_key(key, book), at=at, others=others)
        raise


def _received(request: HttpRequest, form: str, key: ApiKey, book: Book, at: datetime, lang: str) -> HttpResponse:
    code = posting.field(request, "service_code")
    if not code:
        raise Wrong(400, Text("缺少 service_code", "service_code was not provided."))
    category = _category(book, code)
    report = secrecy.by_default(posting.report(request, category, book, lang), book)
    made = matters.receive(report, by=actor.of_key(key, book), at=at)
    page = page_of(made)
    notice = Text(
        f"查询码 {grouped(made.code)}，办理进度：{page}", f"Receipt code {grouped(made.code)}; progress: {page}"
    )
    if made.shielded:
        notice = Text(f"{notice.zh}。这件事已经替您保密", f"{notice.en}. It is kept from those it is about.")
    if heard.told_of(made)[2]:
        notice = Text(
            f"如有危险请立即拨打110、119或120。{notice.zh}", f"In danger call 110, 119 or 120 at once. {notice.en}"
        )
    content: dict[str, Any] = {} if services.is_confidential(category) else {"service_request_id": made.number}
    content |= {"service_notice": notice.say(lang), "account_id": None}
    return render.answer(form, "service_requests", [content], 201)
