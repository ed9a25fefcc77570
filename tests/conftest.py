"""The ground every test stands on. Chosen before Django reads its settings, so the first lines matter.

    WUXIAO_TEST_DB=sqlite|postgres pytest    one whole run on that database (default: sqlite, a real file)
    DATABASE_URL=postgres://...              the PostgreSQL to use; without it a private one is started and stopped
    WUXIAO_ALLOW_SKIP=1                      a missing PostgreSQL or browser skips its tests instead of failing them
    WUXIAO_TEST_WHOLE=1                      all that is drawn by lot, and other lots each time (tests.support.lots)

Marks set by hand: browser, slow, data, alone (no other test beside it), either (the database makes no difference). Set
here: database (the test touches one).
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.support import lots, postgres  # noqa: E402

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
ALLOW_SKIP = os.environ.get("WUXIAO_ALLOW_SKIP") == "1"
WHICH = os.environ.setdefault("WUXIAO_TEST_DB", "sqlite")


def _choose_ground() -> str:
    """Set the environment that settings read; returns what is missing, in words, or nothing."""
    if not WORKER:
        base = tempfile.mkdtemp(prefix="wuxiao-test-")
        os.environ["WUXIAO_TEST_BASE"] = base
        atexit.register(shutil.rmtree, base, ignore_errors=True)
        atexit.register(postgres.stop)
    own = Path(os.environ["WUXIAO_TEST_BASE"]) / (WORKER or "main")
    own.mkdir(exist_ok=True)
    os.environ["WUXIAO_DATA_DIR"] = str(own)
    os.environ["WUXIAO_TEST_SQLITE"] = str(own / "test.sqlite3")
    os.environ["DJANGO_SETTINGS_MODULE"] = "wuxiao.site.settings"
    # Playwright's synchronous interface runs an event loop in this thread; Django would refuse to work beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    # What would be sent is written into files; a town that says nothing at all sends nothing.
    os.environ["WUXIAO_MAIL_URL"] = os.environ["WUXIAO_SMS_GATEWAY"] = "file:"
    for name in ("WUXIAO_LANG", "WUXIAO_DEBUG", "WUXIAO_DEMO", "WUXIAO_HTTPS"):
        os.environ.pop(name, None)
    if WHICH not in {"sqlite", "postgres"}:
        return f"WUXIAO_TEST_DB is {WHICH!r}; it must be sqlite or postgres."
    if WHICH == "sqlite":
        os.environ.pop("DATABASE_URL", None)
    elif not os.environ.get("DATABASE_URL"):
        try:
            os.environ["DATABASE_URL"] = postgres.start()
        except postgres.NoPostgres as reason:
            return str(reason)
    return ""


MISSING = _choose_ground()

# Properties take as long as the machine is busy, and draw the same examples each time; `make soak ARGS=tests` draws
# others, and more of them.
hypothesis.settings.register_profile(
    "test",
    deadline=None,
    derandomize=not lots.WHOLE,
    max_examples=lots.lots(40, 200),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("test")


def pytest_configure(config: pytest.Config) -> None:
    """Name the marks, end tidily on SIGTERM too, and take what only production needs out of the way."""
    for line in (
        "browser: a story told in a real browser against real processes",
        "slow: takes more than a few seconds",
        "data: needs the real data sets beside the repository",
        "alone: measures time or kills processes, so no other test may run beside it",
        "either: whichever database it is, the answer is the same; run on SQLite, on both in `make soak ARGS=tests`",
        "both: on both databases, in a file that is `either`",
        "database: touches a database, so it is run on SQLite and on PostgreSQL unless `either` (set by conftest)",
    ):
        config.addinivalue_line("markers", line)
    if MISSING and not ALLOW_SKIP:
        pytest.exit(MISSING, returncode=1)
    if not WORKER:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Touching the settings here is also what lets pytest-django start Django with them, right after this.
    from django.conf import settings

    # Production's slow password hash and file names by content are tested by the stories that run real processes.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    # Else the processes of pytest-xdist inherit it and read the settings before this file gives each its own folder.
    del os.environ["DJANGO_SETTINGS_MODULE"]


DATABASE_FIXTURES = {
    "db",
    "django_db_setup",
    "transactional_db",
    "live_server",
    "running",
    "served",
    "served_empty",
    "served_module",
    "still",
    "still_empty",
}
BROWSER_FIXTURES = {"browser", "open_page", "browser_page"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what touches a database or a browser, so that nobody can forget it."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or fixtures & DATABASE_FIXTURES:
            item.add_marker(pytest.mark.database)
            if MISSING:
                item.add_marker(pytest.mark.skip(reason=MISSING))
        if fixtures & BROWSER_FIXTURES:
            item.add_marker(pytest.mark.browser)
        counts = item.get_closest_marker("data") and item.get_closest_marker("slow")
        if counts and os.environ.get("WUXIAO_TEST_DB") == "postgres":
            item.add_marker(pytest.mark.skip(reason="figures of a public file are counted once, on SQLite"))
    # The browser's loop is in this thread once it was asked for: stories come last.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    if (held := os.environ.get("WUXIAO_TEST_HELD")) and not Path(held).exists():
        _write_held(Path(held), items)


def _write_held(place: Path, items: list[pytest.Item]) -> None:
    """Write down which kinds of tests each file holds, for the phases that come later (tools/test.py)."""
    files: dict[str, set[tuple[str, ...]]] = {}
    for item in items:
        marks = sorted({mark.name for mark in item.iter_markers()} & {"alone", "both", "browser", "database", "either"})
        files.setdefault(item.path.relative_to(ROOT).as_posix(), set()).add(tuple(marks))
    part = place.with_name(f"{place.name}.{WORKER or 'main'}")
    part.write_text(json.dumps({file: sorted(kinds) for file, kinds in files.items()}), encoding="utf-8")
    part.replace(place)


def pytest_report_header(config: pytest.Config) -> str:
    """Say which database this run is about."""
    where = os.environ.get("DATABASE_URL", "")
    kind = "its own, in a temporary folder" if "/tmp/wuxiao-pg-" in where else "the one named by DATABASE_URL"
    return f"database: PostgreSQL, {kind}" if where else "database: SQLite, in a file"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started, also after Ctrl-C."""
    if not WORKER:
        postgres.stop()


@pytest.fixture(autouse=True)
def _nothing_known_from_another_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process remembers for a few seconds must not outlive the rows that a test takes back.

    Within a test it is looked at once: how many statements a page needs must not depend on how slow the machine is.
    """
    from wuxiao.desk.base import fresh

    monkeypatch.setattr(fresh, "SECONDS", 1e9)
    monkeypatch.setattr(fresh, "LONGEST", 1e9)
    fresh.forget()
    # Ids come again when a test's rows are taken back: what an index read of them then belongs to other rows.
    if (addresses := sys.modules.get("wuxiao.desk.town.addresses")) is not None:
        addresses.forget()
    if (similar := sys.modules.get("wuxiao.desk.assist.similar")) is not None:
        similar.forget()
        shutil.rmtree(similar.folder(similar.MATTERS).parent, ignore_errors=True)


# ---------------------------------------------------------------------------------------------------------------- data


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data sets: $WUXIAO_DATA, else ../shared/data beside the repository; skips where there is none."""
    named = os.environ.get("WUXIAO_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"needs the real data sets; name their folder in WUXIAO_DATA ({folder.name} is not there)")
    return folder


# --------------------------------------------------------------------------------------------------------- real towns


@pytest.fixture(scope="session")
def _town_maker() -> Iterator[Any]:
    from tests.support.town import TownMaker

    maker = TownMaker(Path(os.environ["WUXIAO_TEST_BASE"]) / (WORKER or "main"), WHICH)
    yield maker
    maker.clean()


@pytest.fixture
def served_empty(_town_maker: Any) -> Iterator[Any]:
    """A town with empty tables, served by its real processes on a free port (tests.support.town.Town)."""
    yield from _town_maker.served(demo=False)


@pytest.fixture
def still_empty(_town_maker: Any) -> Iterator[Any]:
    """A town with empty tables that is not running: for what is done at its folder."""
    yield from _town_maker.still(demo=False)


@pytest.fixture
def still(_town_maker: Any) -> Iterator[Any]:
    """The small demo county, not running, fresh for this test."""
    yield from _town_maker.still(demo=True)


@pytest.fixture
def served(_town_maker: Any) -> Iterator[Any]:
    """The small demo county, served by its real processes, fresh for this test (tests.support.town.Town)."""
    yield from _town_maker.served(demo=True)


@pytest.fixture(scope="module")
def served_module(_town_maker: Any) -> Iterator[Any]:
    """The same, one for all tests of a file that only look and add."""
    yield from _town_maker.served(demo=True)


# ------------------------------------------------------------------------------------------------------------ browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium from this machine, without a window."""
    from tests.support.browser import NoBrowser, launch

    try:
        with launch() as found:
            yield found
    except NoBrowser as reason:
        if ALLOW_SKIP:
            pytest.skip(str(reason))
        pytest.fail(str(reason), pytrace=False)


@pytest.fixture
def watch() -> Iterator[Any]:
    """What went wrong unseen in this test's pages; `watch.allow("404")` lets a console message with that text pass."""
    from tests.support.browser import Watch

    seen = Watch()
    yield seen
    assert not seen.troubles(), "the pages had troubles nobody saw:\n" + "\n".join(seen.troubles())


@pytest.fixture
def open_page(browser: Any, watch: Any) -> Iterator[Callable[..., Any]]:
    """open_page(view="phone"|"desk", lang="zh"|"en", scripts=True, base_url="") → a watched page, closed at the end."""
    from tests.support.browser import open_context

    contexts = []

    def make(view: str = "phone", lang: str = "zh", *, scripts: bool = True, base_url: str = "") -> Any:
        context = open_context(browser, watch, view=view, lang=lang, scripts=scripts, base_url=base_url)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def browser_page(request: pytest.FixtureRequest, open_page: Callable[..., Any], served: Any) -> Any:
    """One page on the served demo county; parametrize indirectly with (view, lang), default ("phone", "zh")."""
    view, lang = getattr(request, "param", ("phone", "zh"))
    return open_page(view, lang, base_url=served.base_url)


@pytest.fixture
def axe() -> Callable[..., None]:
    """axe(page) asserts that the page has no WCAG 2.2 AA violation; exclude= takes CSS selectors."""
    from tests.support.browser import assert_accessible

    return assert_accessible


# ----------------------------------------------------------------------------------------------------------- far ends


@pytest.fixture
def smtp_server() -> Iterator[Any]:
    """A real mail server on a free port (tests.support.mail.MailServer): `url`, `mails` by Message-ID, `mode`."""
    from tests.support.mail import MailServer

    with MailServer() as server:
        yield server


@pytest.fixture
def sms_gateway() -> Iterator[Any]:
    """A real SMS gateway on a free port (tests.support.gateway.Gateway): `url`, `accepted` by key, `mode`."""
    from tests.support.gateway import Gateway

    with Gateway() as server:
        yield server
