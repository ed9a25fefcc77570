"""Real pages in a real Chromium: phone and desk, both languages, nothing from elsewhere, nothing wrong unseen."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
VIEWS: dict[str, dict[str, Any]] = {
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "has_touch": True,
        "is_mobile": True,
    },
    "desk": {"viewport": {"width": 1366, "height": 900}},
}
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
CANDIDATES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge-stable")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


class NoBrowser(Exception):
    """There is no Chromium on this machine; the text says how to get one."""


def find() -> str:
    """The path of a Chromium: $WUXIAO_BROWSER, else the first one on the PATH; raises NoBrowser."""
    named = os.environ.get("WUXIAO_BROWSER")
    for name in (named,) if named else CANDIDATES:
        path = shutil.which(name)
        if path and not _only_points_to_snap(path):
            return path
    raise NoBrowser(
        "The browser stories need Chromium. Debian: apt-get install chromium fonts-noto-cjk. Ubuntu: its chromium "
        "package is a snap; install Chrome or Chromium another way. Name one: WUXIAO_BROWSER=/path/to/chromium"
    )


def _only_points_to_snap(path: str) -> bool:
    """Ubuntu's package holds a script that asks for the snap; it is no browser unless that snap is there."""
    with open(path, "rb") as file:
        start = file.read(4096)
    return start.startswith(b"#!") and b"snap" in start and not Path("/snap/bin/chromium").exists()


@contextmanager
def launch() -> Iterator[Browser]:
    """One headless browser, closed at the end."""
    path = find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET, headless=True)
        yield browser
        browser.close()


class Watch:
    """Collects what no assertion looks at: errors in the console, exceptions, requests to other hosts."""

    def __init__(self) -> None:
        self._seen: list[str] = []
        self._allowed: list[str] = []

    def allow(self, text: str) -> None:
        """Let messages containing this text pass, such as the browser's own line about an expected 404."""
        self._allowed.append(text)

    def note(self, text: str) -> None:
        """Add one trouble."""
        self._seen.append(text)

    def troubles(self) -> list[str]:
        """What was seen and not allowed."""
        return [text for text in self._seen if not any(part in text for part in self._allowed)]


def open_context(
    browser: Browser, watch: Watch, *, view: str = "phone", lang: str = "zh", scripts: bool = True, base_url: str = ""
) -> BrowserContext:
    """A fresh visitor: own cookies, the given screen and language, Shanghai's clock; watched."""
    context = browser.new_context(
        **VIEWS[view],
        locale=LOCALES[lang],
        timezone_id="Asia/Shanghai",
        java_script_enabled=scripts,
        base_url=base_url or None,
        accept_downloads=True,
        reduced_motion="reduce",
    )
    context.set_default_timeout(10_000)

    def on_request(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname not in {"127.0.0.1", "localhost"}:
            watch.note(f"asked another host: {request.url}")

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            watch.note(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def on_page(page: Page) -> None:
        page.on("pageerror", lambda error: watch.note(f"exception: {error}"))

    context.on("request", on_request)
    context.on("console", on_console)
    context.on("page", on_page)
    return context


def accessibility_troubles(page: Page, *, exclude: Sequence[str] = ()) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA on the page as it stands, one readable block each."""
    if not AXE.is_file():
        raise AssertionError("axe-core is not there; `make dev` fetches it (it needs the npm index once)")
    # Evaluated, not added as a script: our pages rightly forbid scripts that are not their own.
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    # As it is seen on opening: what lies half under the head while one scrolls is nobody's fault.
    page.evaluate("scrollTo(0, 0)")
    result = page.evaluate(
        """([tags, exclude]) =>
        axe.run({exclude: exclude.map(one => [one])}, {runOnly: {type: 'tag', values: tags}})""",
        [WCAG, list(exclude)],
    )
    found = []
    for violation in result["violations"]:
        lines = [f"{violation['id']} ({violation['impact']}): {violation['help']}"]
        for node in violation["nodes"][:5]:
            lines.append(f"  {node['html'][:200]}\n    {' '.join((node.get('failureSummary') or '').split())}")
        if len(violation["nodes"]) > 5:
            lines.append(f"  and {len(violation['nodes']) - 5} more")
        found.append("\n".join(lines))
    if not result["passes"]:
        found.append("axe-core looked at nothing: the page is empty")
    return found


def assert_accessible(page: Page, *, exclude: Sequence[str] = ()) -> None:
    """Fail with every violation in words; see accessibility_troubles."""
    found = accessibility_troubles(page, exclude=exclude)
    assert not found, f"{page.url} is not accessible:\n" + "\n".join(found)
