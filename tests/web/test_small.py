"""Small parts of the pages at their edges: dates in words, cookies, icons, sheets of style, links that miss."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core import signing
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from tests.desk.people import MONDAY, settle
from wuxiao.records.models import Staff
from wuxiao.web.resident import base
from wuxiao.web.resident.pages import _length
from wuxiao.web.shared import dates, nav, prefs, shown, styles
from wuxiao.web.shared.sessions import SessionStore

MINUTE, HOUR, DAY, SECOND = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("gap", "zh", "en"),
    [
        (timedelta(0), "刚刚", "just now"),
        (59 * SECOND, "刚刚", "just now"),
        (MINUTE, "1 分钟前", "1 minute ago"),
        (HOUR - SECOND, "59 分钟前", "59 minutes ago"),
        (HOUR, "1 小时前", "1 hour ago"),
        (DAY - SECOND, "23 小时前", "23 hours ago"),
        (DAY, "1 天前", "1 day ago"),
        (60 * DAY - SECOND, "59 天前", "59 days ago"),
        (60 * DAY, "2026年7月9日", "9 Jul 2026"),
        (-MINUTE, "1 分钟后", "in 1 minute"),
        (-3 * DAY, "3 天后", "in 3 days"),
    ],
)
def test_how_long_ago_in_words(gap: timedelta, zh: str, en: str) -> None:
    assert dates.ago(MONDAY - gap, MONDAY, "zh") == zh
    assert dates.ago(MONDAY - gap, MONDAY, "en") == en


def test_moments_are_shown_in_the_towns_zone_and_need_one() -> None:
    assert dates.local(datetime(2026, 9, 7, 1, 30, tzinfo=UTC)) == MONDAY
    assert dates.clock(datetime(2026, 9, 7, 1, 30, tzinfo=UTC)) == "09:30"
    with pytest.raises(ValueError, match="zone"):
        dates.local(datetime(2026, 9, 7))
    assert dates.day(MONDAY, "zh") == "2026年9月7日\uff08周一\uff09"
    assert dates.day(datetime(2026, 9, 6, 23, 0, tzinfo=UTC), "en") == "Mon 7 Sep 2026"
    assert dates.when(MONDAY, "en", week=False) == "7 Sep 2026, 09:30"
    assert dates.when(MONDAY, "zh", week=False, year=False) == "9月7日 09:30"


def test_what_is_due_at_midnight_is_due_at_the_end_of_the_day_before() -> None:
    midnight = datetime(2026, 9, 15, 16, tzinfo=UTC)
    assert dates.until(midnight, "zh") == "2026年9月15日（周二）24:00"
    assert dates.until(midnight, "en") == "Tue 15 Sep 2026, 24:00"
    before = midnight - timedelta(seconds=1)
    assert dates.until(before, "zh") == dates.when(before, "zh") == "2026年9月15日（周二）23:59"


def test_how_long_data_is_kept_in_words() -> None:
    with translation.override("zh-hans"):
        said = [_length(days) for days in (1, 364, 365, 372, 373, 1095, 1827, 1833)]
    assert said == [
        "办结后 1 天", "办结后 364 天", "办结后 1 年", "办结后 1 年", "办结后 373 天", "办结后 3 年", "办结后 5 年",
        "办结后 1833 天",
    ]  # fmt: skip


@pytest.mark.parametrize("secure", [False, True])
def test_preferences_are_cookies_that_no_script_reads(secure: bool) -> None:
    request = RequestFactory().get("/prefs", {"size": "large", "lang": "en", "next": "/find"}, secure=secure)
    answer = prefs.set_preference(request)
    assert answer["Location"] == "/find"
    for name, value in ((prefs.SIZE_COOKIE, "large"), (settings.LANGUAGE_COOKIE_NAME, "en")):
        kept = answer.cookies[name]
        assert (kept.value, kept["httponly"], kept["samesite"]) == (value, True, "Lax")
        assert (bool(kept["secure"]), kept["max-age"]) == (secure, 365 * 86400)
    for size, lang in (("huge", "xx"), ("", "")):
        nothing = prefs.set_preference(RequestFactory().get("/prefs", {"size": size, "lang": lang}))
        assert dict(nothing.cookies) == {}
    for target in ("https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", "elsewhere"):
        assert prefs.set_preference(RequestFactory().get("/prefs", {"next": target}))["Location"] == "/"


def test_icons_places_and_sheets_have_their_defaults() -> None:
    assert shown.verb_icon("assign") == shown.VERB_ICONS["assign"]
    assert shown.verb_icon("no-such-verb") == "right"
    assert not nav.NavItem("x", "/x").current
    css = "/* one */\na{}\n/* two */\nb{}\n/* three */\nc{}"
    assert styles._without(css, ("two",)) == "/* one */\na{}\n/* three */\nc{}"
    assert styles._without(css, ("one", "three")) == "/* two */\nb{}\n"
    for name in styles.SHEETS:
        assert (styles.OUT / f"{name}.css").read_text(encoding="utf-8") == styles.sheet(name)


def test_a_session_ends_ahead_of_now_and_not_behind() -> None:
    ends = SessionStore().get_expiry_date()
    assert timezone.now() < ends <= timezone.now() + timedelta(days=15)


@pytest.mark.django_db
def test_a_device_is_remembered_by_a_signed_cookie_that_no_script_reads() -> None:
    made = settle()
    person = made.staff("operator")
    person.set_password("雨伞胡椒邮票河马")
    person.must_change_password = False
    person.save()
    client = Client()
    answer = client.post("/staff/sign-in", {"username": "operator", "password": "雨伞胡椒邮票河马"})
    assert answer.status_code == 302
    name = next(name for name in answer.cookies if "device" in name)
    kept = answer.cookies[name]
    assert (kept["httponly"], kept["samesite"]) == (True, "Strict")
    assert list(signing.loads(kept.value, salt=name)) == ["operator"]
    assert Staff.objects.get(username="operator").last_login is not None
    assert Staff.objects.get(username="caller").last_login is None


@pytest.mark.django_db
def test_call_back_links_that_miss_are_counted_and_a_village_may_miss_more_than_one_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settle()
    # All within one window, however long this takes.
    still = timezone.now()
    monkeypatch.setattr(base, "now", lambda: still)
    told = [Client().get("/c/no-such-link").status_code for _ in range(200)]
    first = told.index(429)
    assert set(told[:first]) == {404}
    assert set(told[first:]) == {429}
    assert first >= 6 * 5


def test_a_cell_of_a_list_says_on_a_phone_what_it_is() -> None:
    """On a phone a list has no headings: each cell says itself what it is, by its label, its mark or its link, or says
    with an empty label that it needs none."""
    templates = Path(styles.__file__).parent.parent / "templates" / "staff"
    tables = [
        (file.name, table)
        for file in sorted(templates.glob("*.html"))
        for table in re.findall(r'<table class="table list.*?</table>', file.read_text(encoding="utf-8"), re.DOTALL)
    ]
    assert len(tables) > 12
    cell = re.compile(r"<td((?:\{%.*?%\}|\{\{.*?\}\}|[^>{])*)>(.*?)</td>", re.DOTALL)
    cells = [(name, *found) for name, table in tables for found in cell.findall(table)]
    assert len(cells) > 60
    itself = re.compile(r'class="open"|<input|<form|button\(|^\s*\{\{ (?:state|due)\(|^\s*$')
    bare = [(name, said) for name, head, said in cells if "data-label" not in head and not itself.search(said)]
    assert bare == []
