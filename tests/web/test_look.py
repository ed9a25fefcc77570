"""The look keeps its promises: contrast, small files, two languages, nothing inline, every macro documented."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import translation

from wuxiao.rules import flow
from wuxiao.web.shared import charts, dates, gallery, jinja, punctuation, shown, styles
from wuxiao.web.staff.matter import _KEYS as matter_keys

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "src" / "wuxiao" / "web"
LPAR, RPAR, COMMA = "\uff08", "\uff09", "\uff0c"


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TOKENS = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", (styles.PARTS / "tokens.css").read_text(encoding="utf-8")))
TEXT_PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-2") for ground in ("paper", "ground", "sunk")),
    ("ink-3", "paper"), ("ink-3", "ground"), ("accent", "ground"), ("on-accent", "accent"), ("on-accent", "accent-2"),
    *((tone, place) for tone in ("accent", "caution", "late", "done", "wait") for place in ("paper", f"{tone}-tint")),
    *(("ink", f"{tone}-tint") for tone in ("accent", "caution", "late", "done", "wait")),
]  # fmt: skip


NIGHT = {
    **TOKENS,
    **dict(
        re.findall(
            r"--([\w-]+): (#[0-9a-f]{3,6});",
            (styles.PARTS / "staff.css").read_text(encoding="utf-8").split("prefers-color-scheme: dark")[1],
        )
    ),
}


def test_black_on_white_is_21_so_the_measure_is_right() -> None:
    assert _contrast("#000", "#fff") == pytest.approx(21)


@pytest.mark.parametrize("tokens", [TOKENS, NIGHT], ids=["day", "night"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_has_contrast_of_at_least_four_and_a_half(tokens: dict[str, str], ink: str, ground: str) -> None:
    assert _contrast(tokens[ink], tokens[ground]) >= 4.5


@pytest.mark.parametrize("tokens", [TOKENS, NIGHT], ids=["day", "night"])
@pytest.mark.parametrize("ground", ["paper", "ground"])
@pytest.mark.parametrize("edge", ["edge", "focus"])
def test_borders_of_fields_and_the_focus_ring_have_contrast_of_at_least_three(
    tokens: dict[str, str], edge: str, ground: str
) -> None:
    assert _contrast(tokens[edge], tokens[ground]) >= 3


@pytest.mark.parametrize("name", styles.SHEETS)
def test_the_style_sheets_are_fresh_and_small(name: str) -> None:
    text = (styles.OUT / f"{name}.css").read_text(encoding="utf-8")
    assert text == styles.sheet(name), "run python -m wuxiao.web.shared.styles"
    assert len(gzip.compress(text.encode())) < 15_000
    assert text.count("{") == text.count("}")
    assert not re.search(r"url\(|@import|https?:", text), "a sheet loads nothing else"


def test_a_resident_loads_little_script() -> None:
    assert len(gzip.compress((styles.OUT / "js" / "resident.js").read_bytes())) < 2_000


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return gallery.build(tmp_path_factory.mktemp("gallery"))


def test_every_gallery_page_is_built_in_both_languages(pages: list[Path]) -> None:
    assert len(pages) == 2 * len(gallery.PAGES)
    for page in pages:
        html = page.read_text(encoding="utf-8")
        assert f'<html lang="{"en" if page.parent.name == "en" else "zh-Hans"}"' in html
        assert '<main id="main"' in html
        assert html.count("<h1") == 1 or page.stem.startswith("parts"), page


def test_no_page_carries_inline_style_or_script_or_another_host(pages: list[Path]) -> None:
    for page in pages:
        html = page.read_text(encoding="utf-8")
        assert "<path" in html, "the page draws something, so what follows is worth asserting"
        assert not re.search(r'\sstyle=|<style|\son\w+="|javascript:|(?:src|href)="(?:https?:)?//', html), page
        assert not re.search(r"<script(?![^>]*\bsrc=)", html), page


def test_every_field_has_a_label_and_every_error_is_linked_to_its_field(pages: list[Path]) -> None:
    html = next(p for p in pages if p.stem == "report_error" and p.parent.name == "zh").read_text(encoding="utf-8")
    assert 'href="#f-words"' in html
    assert 'id="f-words"' in html
    assert 'aria-describedby="f-words-hint f-words-error"' in html
    assert 'id="f-words-error"' in html
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for described in re.findall(r'aria-describedby="([^"]+)"', text):
            for one in described.split():
                assert f'id="{one}"' in text, (page, one)
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids)), page


def test_chinese_templates_use_full_width_punctuation(tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text('{{ _("第 2 步' + "," + '共 5 步") }}', encoding="utf-8")
    before, after = punctuation.mend(bad)
    assert before != after
    assert COMMA in after
    for path in sorted((WEB / "templates" / "shared").rglob("*.html")):
        now, wanted = punctuation.mend(path)
        assert now == wanted, f"run python -m wuxiao.web.shared.punctuation {path.relative_to(ROOT)}"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("共 %(n)s 件" + "," + "其中", "共 %(n)s 件" + COMMA + "其中"),
        ("(可不填)".replace("\uff08", "(").replace("\uff09", ")"), f"{LPAR}可不填{RPAR}"),
        ('{{ _("错误") }}: x', '{{ _("错误") }}: x'),
        ("时间 12:30", "时间 12:30"),
        ("https://a.b/路:8", "https://a.b/路\uff1a8"),
        ("plain, text (here)", "plain, text (here)"),
        ("a \u201cdanger\u201d, because", "a \u201cdanger\u201d, because"),
    ],
)
def test_punctuation_changes_only_where_chinese_stands(given: str, wanted: str) -> None:
    assert punctuation.full_width(given) == wanted


def test_what_the_diary_and_the_refusals_say_has_full_width_punctuation() -> None:
    said = [text.zh for step in flow.STEPS.values() for text in (step.name, step.sentence)]
    said += [
        text.zh for text in (*flow.RECORDS.values(), *(words for one in flow.GUARDS.values() for words in one.says))
    ]
    assert [one for one in said if re.search(r"[\u4e00-\u9fff}”）][,;:(](?!//)", one)] == []


def test_every_macro_is_in_the_design_document() -> None:
    macros = re.findall(r"\{% macro (\w+)\(", (WEB / "templates" / "shared" / "ui.html").read_text(encoding="utf-8"))
    assert len(macros) > 30
    document = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    assert [m for m in macros if f"`{m}(" not in document] == []


def test_the_design_document_states_the_colours_that_are_used() -> None:
    document = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    for name in ("ink", "ink-2", "ink-3", "line", "edge", "accent", "caution", "late", "done", "wait", "focus"):
        assert TOKENS[name] in document, name


def test_every_state_and_verb_has_a_look_and_its_icon_exists() -> None:
    assert set(shown.STATE_LOOKS) == set(flow.State)
    assert set(flow.STEPS) <= set(shown.VERB_ICONS)
    for name in {*shown.VERB_ICONS.values(), *(look[1] for look in shown.STATE_LOOKS.values())}:
        assert "<path" in jinja.icon(name) or "<circle" in jinja.icon(name)
    with pytest.raises(ValueError, match="there is no icon 'unicorn'"):
        jinja.icon("unicorn")


def test_keys_of_verbs_leave_the_keys_of_the_page_alone() -> None:
    assert not set(shown.VERB_KEYS.values()) & set("jkgxu/?")
    for state in flow.State:
        open_here = [v for v, s in flow.STEPS.items() if state in s.sources and v in shown.VERB_KEYS]
        keys = [shown.VERB_KEYS[v] for v in open_here]
        assert len(keys) == len(set(keys)), (state, sorted(open_here))


AT = datetime(2026, 2, 26, 9, 30, tzinfo=UTC)


def test_no_two_steps_that_are_open_together_share_a_key() -> None:
    keys = {**shown.VERB_KEYS, **matter_keys}
    # Looking at a danger and confirming the class are both open at the desk.
    assert keys["look"] != keys["classify"]


def test_a_cell_of_a_table_stays_one() -> None:
    """A code in a cell keeps its cell: laid out as a row of its own it was a pixel off and short of the line."""
    for name in styles.SHEETS:
        text = styles.sheet(name)
        assert not re.search(r"(?<!td)\.code\{display:inline-flex", text) or "td.code{display:table-cell" in text, name


def test_how_often_is_said_as_people_say_it() -> None:
    assert [dates.times(n, "en") for n in (1, 2, 3)] == ["once", "twice", "3 times"]
    assert dates.times(1, "zh") == "1 次"


def test_dates_are_said_in_the_towns_time_in_both_languages() -> None:
    assert dates.when(AT, "zh") == f"2026年2月26日{LPAR}周四{RPAR}17:30"
    assert dates.when(AT, "en") == "Thu 26 Feb 2026, 17:30"
    assert dates.day(date(2026, 2, 26), "zh-hans", week=False) == "2026年2月26日"
    # Without the year only the present one is left out, at whatever moment of it: its last in the town's time is here.
    last, next_ = datetime(2026, 12, 31, 15, 59, tzinfo=UTC), datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    for now, year in ((last, False), (next_, True)):
        assert dates.short(AT, now=now) == ("2026-02-26 17:30" if year else "02-26 17:30")
        assert dates.when(AT, "zh", year=False, week=False, now=now) == ("2026年" if year else "") + "2月26日 17:30"
        assert dates.when(AT, "en", year=False, now=now) == f"Thu 26 Feb{' 2026' if year else ''}, 17:30"
        assert dates.day(AT, "en", year=False, week=False, now=now) == ("26 Feb 2026" if year else "26 Feb")
    with translation.override("en"):
        assert dates.month(date(2026, 2, 1)) == "February 2026"
    with pytest.raises(ValueError, match="zone"):
        dates.when(datetime(2026, 2, 26, 9, 30))


@pytest.mark.parametrize(
    ("minutes", "zh", "en"),
    [
        (0, "刚刚", "just now"),
        (59, "59 分钟前", "59 minutes ago"),
        (60, "1 小时前", "1 hour ago"),
        (1440 * 3, "3 天前", "3 days ago"),
        (-120, "2 小时后", "in 2 hours"),
    ],
)
def test_ago_in_the_largest_unit(minutes: int, zh: str, en: str) -> None:
    now = AT + timedelta(minutes=minutes)
    assert (dates.ago(AT, now, "zh"), dates.ago(AT, now, "en")) == (zh, en)


def test_a_due_date_is_plain_then_soon_then_late_and_never_late_while_stopped() -> None:
    def tone(hours: float, **how: bool) -> str:
        return dates.due_view(AT, AT - timedelta(hours=hours), lang="zh", **how).tone

    assert [tone(72), tone(8), tone(0), tone(-0.1)] == ["plain", "soon", "soon", "late"]
    assert (tone(-50, paused=True), tone(-50, closed=True)) == ("wait", "closed")
    late = dates.due_view(AT, AT + timedelta(days=2, hours=4), lang="en")
    assert (late.text, late.full, late.iso) == ("2 days late", "Thu 26 Feb 2026, 17:30", "2026-02-26T17:30+08:00")


def test_shares_carry_their_interval_and_count() -> None:
    assert dates.percent_interval(0.8743, 0.8412, 0.9021, 412, "zh") == f"87.4%{LPAR}84.1%–90.2%{COMMA}n = 412{RPAR}"
    assert dates.percent_interval(None, None, None, 4, "en") == "– (n = 4)"
    assert dates.groups("7kq4-m2xz9rbt") == ["7KQ4", "M2XZ", "9RBT"]


def test_charts_escape_words_keep_their_data_and_draw_both_widths() -> None:
    chart = charts.bars("T <b>", [charts.Bar("<i>&", 3), charts.Bar("b", 0)])
    assert "<i>" not in chart.wide
    assert "&lt;i&gt;&amp;" in chart.wide
    assert 'viewBox="0 0 720' in chart.wide
    assert 'viewBox="0 0 360' in chart.narrow
    assert chart.rows == [["<i>&", "3"], ["b", "0"]]


def test_charts_survive_emptiness_gaps_and_single_points() -> None:
    charts.bars("t", [])
    charts.dots("t", [charts.Bar("a", None)])
    charts.stacked("t", [("a", (0, 0))], ["x", "y"])
    charts.small_multiples("t", ["1"], [charts.Line("a", [None])])
    one = charts.lines("t", ["1", "2", "3"], [charts.Line("a", [1, None, 3], [0, None, 2], [2, None, 4])])
    assert one.rows[1] == ["2", "–"]
    assert "nan" not in (one.wide + one.narrow).lower()
    with pytest.raises(ValueError, match="at most 4"):
        charts.lines("t", ["1"], [charts.Line(str(i), [1]) for i in range(5)])


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 7), (0, 1788), (0.398, 0.97), (5, 5), (0, 0.004)])
def test_ticks_cover_the_range_in_few_round_steps(low: float, high: float) -> None:
    marks = charts.ticks(low, high)
    assert marks[0] <= low
    assert marks[-1] >= high
    assert 2 <= len(marks) <= 7
