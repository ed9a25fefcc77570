"""Draw what the documents show: the lives from their step tables, and pictures of the most used pages.

    make docs                          everything
    make docs ARGS="flow"              only the diagrams
    make docs ARGS="screens inbox"     only pictures whose name contains a word

The pictures are taken from the demo county, served by its real processes, in Chromium, in both languages.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

FLOW = ROOT / "docs" / "developers" / "flow.md"
INSPECTION_FLOW = ROOT / "docs" / "developers" / "flow-of-inspections.md"
CONFERENCE_FLOW = ROOT / "docs" / "developers" / "flow-of-conferences.md"
REWARD_FLOW = ROOT / "docs" / "developers" / "flow-of-rewards.md"
TASK_FLOW = ROOT / "docs" / "developers" / "flow-of-tasks.md"
SCREENS = ROOT / "docs" / "screens"
NEW_PASSWORD = "a-picture-of-the-county-1"
TALLEST = {"phone": 2400, "desk": 2000}


@dataclass(frozen=True)
class Shot:
    """One page to be taken, as a resident or as a demo account whose name contains `who`.

    `path` may hold {matter} and {code}: a matter of the demo county that is being handled.
    """

    name: str
    path: str
    who: str = ""
    views: tuple[str, ...] = ("phone", "desk")


SHOTS = (
    Shot("start", "/"),
    Shot("report-words", "/new"),
    Shot("find", "/find"),
    Shot("progress", "/p/{code}"),
    Shot("readers", "/p/{code}/readers"),
    Shot("public-month", "/report/{month}"),
    Shot("staff-sign-in", "/staff/sign-in", views=("desk",)),
    Shot("staff-inbox", "/staff/", who="operator", views=("desk", "phone")),
    Shot("staff-matter", "/staff/m/{matter}", who="chengguan", views=("desk", "phone")),
    Shot("staff-call", "/staff/intake", who="operator", views=("desk",)),
    Shot("staff-dashboard", "/staff/dashboard", who="supervisor", views=("desk",)),
    Shot("staff-inspections", "/staff/c/inspection", who="pcs-lead", views=("desk", "phone")),
    Shot("staff-search", "/staff/search?q=噪音", who="operator", views=("desk",)),
)


def flow_pages() -> dict[Path, str]:
    """The pages of the step tables, each drawn from its own, by where they stand."""
    from wuxiao.rules import flow
    from wuxiao.rules.tasks import TASK
    from wuxiao.subjects.conference.rules import CONFERENCE
    from wuxiao.subjects.inspection.rules import INSPECTION
    from wuxiao.subjects.reward.rules import REWARD

    return {
        FLOW: _flow_page("a matter", "src/wuxiao/rules/flow/table.py", flow.diagram),
        INSPECTION_FLOW: _flow_page("an inspection", "src/wuxiao/subjects/inspection/rules.py", INSPECTION.diagram),
        CONFERENCE_FLOW: _flow_page("a sitting", "src/wuxiao/subjects/conference/rules.py", CONFERENCE.diagram),
        REWARD_FLOW: _flow_page("a reward", "src/wuxiao/subjects/reward/rules.py", REWARD.diagram),
        TASK_FLOW: _flow_page("a task", "src/wuxiao/rules/tasks.py", TASK.diagram),
    }


def _flow_page(of: str, table: str, diagram: Callable[[str], str]) -> str:
    return (
        f"# The life of {of}\n\n"
        f"Drawn by `make docs` from the step table in `{table}`; `make check` refuses it\n"
        "out of date. The states and the steps between them; who may take one, and what it needs, is in the table.\n\n"
        f"## 中文\n\n```mermaid\n{diagram('zh')}```\n\n## English\n\n```mermaid\n{diagram('en')}```\n"
    )


def draw_flow() -> None:
    """Write the pages of the step tables."""
    for path, text in flow_pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"docs: {path.relative_to(ROOT)}")


def take_screens(words: list[str]) -> int:
    """Take the pictures whose name contains one of the words, or all; returns how many could not be taken."""
    from tests.support.browser import VIEWS, Watch, launch, open_context
    from tests.support.town import Town

    wanted = [shot for shot in SHOTS if not words or any(word in shot.name for word in words)]
    SCREENS.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="wuxiao-docs-"))
    town = Town(folder / "town", "")
    failed = 0
    try:
        town.data_dir.mkdir()
        town.wuxiao("demo", seconds=1800)
        town.start(WUXIAO_DEMO="1")
        known = _known(town)
        for view in VIEWS.values():
            view["device_scale_factor"] = 1
        with launch() as browser:
            signed_in: dict[str, Any] = {}
            for shot in wanted:
                for view in shot.views:
                    for lang in ("zh", "en"):
                        state = signed_in.get(shot.who)
                        context = open_context(browser, Watch(), view=view, lang=lang, base_url=town.base_url)
                        if state:
                            context.add_cookies(state)
                        page = context.new_page()
                        if shot.who and not state:
                            _sign_in(page, town, shot.who)
                            signed_in[shot.who] = [one for one in context.cookies() if "session" in one["name"]]
                        answer = page.goto(shot.path.format(**known))
                        name = f"{shot.name}-{lang}-{view}.png"
                        if answer is None or answer.status != 200:
                            print(
                                f"docs: {name} not taken: {shot.path} answered {answer and answer.status}",
                                file=sys.stderr,
                            )
                            failed += 1
                        else:
                            _keep(page.screenshot(full_page=True), SCREENS / name, TALLEST[view])
                        context.close()
                print(f"docs: {shot.name}", flush=True)
    finally:
        town.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return failed


def _known(town: Any) -> dict[str, str]:
    """A matter that has something to show (in a department's hands, with the longest diary), and the month before."""
    rows = town.rows(
        "SELECT number, code, received_at FROM records_matter "
        "WHERE state = 'handling' AND holder = 'urban_mgmt' AND lang = 'zh-hans' ORDER BY turn DESC LIMIT 1"
    )
    first = date.today().replace(day=1)
    return {"matter": rows[0]["number"], "code": rows[0]["code"], "month": f"{first - timedelta(days=1):%Y-%m}"}


def _sign_in(page: Any, town: Any, who: str) -> None:
    accounts = town.accounts()
    name = next((one for one in accounts if who in one), None)
    if name is None:
        raise SystemExit(f"the demo county has no account like {who!r}; it has: {', '.join(accounts)}")
    page.goto("/staff/sign-in")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", accounts[name])
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state("networkidle")
    if page.locator("input[name=again]").count():
        page.fill("input[name=old]", accounts[name])
        page.fill("input[name=new]", NEW_PASSWORD)
        page.fill("input[name=again]", NEW_PASSWORD)
        page.press("input[name=again]", "Enter")
        page.wait_for_load_state("networkidle")


def _keep(png: bytes, path: Path, tallest: int) -> None:
    """Few colours and no endless pages: pictures are for looking at, and live in the repository."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, tallest)))
    picture.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def main(arguments: list[str]) -> int:
    """The command; see the text at the top of this file."""
    os.chdir(ROOT)
    if arguments[:1] != ["screens"]:
        draw_flow()
    if arguments[:1] == ["flow"]:
        return 0
    failed = take_screens(arguments[1:])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
