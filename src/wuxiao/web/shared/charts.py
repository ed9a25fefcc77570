"""Charts drawn on the server as SVG: direct labels, intervals, no meaning in colour alone, the data beside them.

Each function returns a `Chart`: a wide drawing for desks and paper, a narrow one for phones (same text size in both,
so nothing shrinks to dust), and the rows of the table shown under it. The macro `figure` prints all three. No style
attribute is used, so a strict content security policy holds; colours come from classes in the style sheet.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from markupsafe import Markup, escape

from wuxiao.web.shared.dates import active_lang, number, percent, percent_interval

WIDE, NARROW = 720, 360
Unit = Literal["count", "percent"]
_ids = count(1)


@dataclass(frozen=True, slots=True)
class Chart:
    """A finished chart: its title, two drawings, and the table of what they show."""

    title: str
    wide: Markup
    narrow: Markup
    columns: list[tuple[str, str]]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar or dot: a label, a value, and where known its 95 % interval and its number of cases."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    note: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line over the shared axis; `None` leaves a gap; `low` and `high` draw its band."""

    label: str
    values: Sequence[float | None]
    low: Sequence[float | None] | None = None
    high: Sequence[float | None] | None = None


@dataclass
class _Pen:
    width: int
    height: float
    title: str
    desc: str
    parts: list[str] = field(default_factory=list)

    def add(self, template: str, **values: object) -> None:
        self.parts.append(
            template.format(**{k: _num(v) if isinstance(v, float) else escape(v) for k, v in values.items()})
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, cls: str) -> None:
        self.add(
            '<line class="{c}" x1="{a}" y1="{b}" x2="{d}" y2="{e}"/>',
            c=cls,
            a=float(x1),
            b=float(y1),
            d=float(x2),
            e=float(y2),
        )

    def rect(self, x: float, y: float, w: float, h: float, cls: str) -> None:
        self.add(
            '<rect class="{c}" x="{x}" y="{y}" width="{w}" height="{h}"/>',
            c=cls,
            x=float(x),
            y=float(y),
            w=float(max(w, 0)),
            h=float(h),
        )

    def text(self, x: float, y: float, words: str, cls: str = "", anchor: str = "start") -> None:
        self.add(
            '<text{c} x="{x}" y="{y}" text-anchor="{a}">{t}</text>',
            c=Markup(f' class="{cls}"') if cls else "",
            x=float(x),
            y=float(y),
            a=anchor,
            t=words,
        )

    def path(self, d: str, cls: str) -> None:
        self.add('<path class="{c}" d="{d}"/>', c=cls, d=d)

    def done(self, kind: str) -> Markup:
        uid = f"ch{next(_ids)}"
        head = Markup(
            '<svg class="chart {k}" viewBox="0 0 {w} {h}" role="img" aria-labelledby="{u}t {u}d">'
            '<title id="{u}t">{t}</title><desc id="{u}d">{d}</desc>'
        ).format(k=kind, w=self.width, h=_num(self.height), u=uid, t=self.title, d=self.desc)
        return head + Markup("".join(self.parts)) + Markup("</svg>")


def _num(value: object) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def text_width(words: str, size: float = 14) -> float:
    """Return the estimated width of a label in pixels: a Chinese character counts one em, others about half."""
    return sum(size if ord(ch) > 0x2E7F else size * (0.36 if ch in " .,:;|il1()" else 0.58) for ch in words)


def _wrap(words: str, limit: float, size: float = 14) -> list[str]:
    if text_width(words, size) <= limit:
        return [words]
    tokens: list[str] = words.split(" ") if ord(max(words)) < 0x2E80 else list(words)
    glue = " " if ord(max(words)) < 0x2E80 else ""
    lines, now = list[str](), ""
    for token in tokens:
        trial = f"{now}{glue}{token}" if now else token
        if now and text_width(trial, size) > limit:
            lines.append(now)
            now = token
        else:
            now = trial
    return [*lines, now]


def ticks(low: float, high: float, target: int = 4) -> list[float]:
    """Return round numbers that cover `low` to `high` in about `target` steps."""
    if high <= low:
        high = low + 1
    raw = (high - low) / target
    size = 10 ** math.floor(math.log10(raw))
    step = next(size * m for m in (1, 2, 2.5, 5, 10) if size * m >= raw - 1e-12)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def _say(value: float | None, unit: Unit) -> str:
    if value is None:
        return "–"
    return percent(value) if unit == "percent" else number(value)


def _axis(value: float, unit: Unit) -> str:
    return f"{value * 100:g}%" if unit == "percent" else number(value)


def _words(zh: str, en: str) -> str:
    return en if active_lang() == "en" else zh


def _both(title: str, draw: Callable[[int], _Pen], columns: list[tuple[str, str]], rows: list[list[str]]) -> Chart:
    return Chart(title, draw(WIDE).done("wide"), draw(NARROW).done("narrow"), columns, rows)


def _bar_rows(
    items: Sequence[Bar], unit: Unit, head: str, value_head: str
) -> tuple[list[tuple[str, str]], list[list[str]]]:
    columns = [(head, ""), (value_head, "n")]
    interval = any(b.low is not None for b in items)
    cases = any(b.n is not None for b in items)
    if interval:
        columns.append((_words("95% 区间", "95% interval"), "n"))
    if cases:
        columns.append((_words("件数 n", "Cases n"), "n"))
    rows = []
    for b in items:
        row = [b.label, _say(b.value, unit)]
        if interval:
            row.append(f"{_say(b.low, unit)}–{_say(b.high, unit)}" if b.low is not None and b.high is not None else "–")
        if cases:
            row.append("–" if b.n is None else number(b.n))
        rows.append(row)
    return columns, rows


def _describe(items: Sequence[Bar], unit: Unit) -> str:
    sep = _words("\uff1b", "; ")
    return sep.join(
        f"{b.label} {percent_interval(b.value, b.low, b.high, b.n) if unit == 'percent' else _say(b.value, unit)}"
        for b in items
    )


def bars(title: str, items: Sequence[Bar], *, unit: Unit = "count", head: str = "", value_head: str = "") -> Chart:
    """Return horizontal bars from zero, each with its label and value written beside it."""
    top = max((b.value or 0 for b in items), default=0) or 1

    def draw(width: int) -> _Pen:
        narrow = width == NARROW
        label_w = 0.0 if narrow else min(max((text_width(b.label) for b in items), default=0) + 14, width * 0.36)
        value_w = (
            max((text_width(_say(b.value, unit) + (f"  {b.note}" if b.note else "")) for b in items), default=0) + 12
        )
        room = width - label_w - value_w
        row_h = 44 if narrow else 30
        pen = _Pen(width, row_h * len(items) + 6.0, title, _describe(items, unit))
        for i, b in enumerate(items):
            y = i * row_h
            bar_y, bar_h = (y + 21.0, 15.0) if narrow else (y + 6.0, 18.0)
            base = bar_y + bar_h - 3.5
            if narrow:
                pen.text(0, y + 15.0, b.label, "b" if b.strong else "")
            else:
                pen.text(label_w - 10, base, _wrap(b.label, label_w - 10)[0], "b" if b.strong else "", "end")
            length = room * (b.value or 0) / top
            pen.rect(label_w, bar_y, length, bar_h, "c0" if b.strong or not any(x.strong for x in items) else "c2")
            pen.text(label_w + length + 6, base, _say(b.value, unit), "b")
            if b.note:
                pen.text(label_w + length + 12 + text_width(_say(b.value, unit)), base, b.note, "sub")
        if not narrow:
            pen.line(label_w, 0, label_w, row_h * len(items) + 2.0, "axis")
        return pen

    columns, rows = _bar_rows(items, unit, head or _words("项目", "Item"), value_head or _words("数", "Value"))
    return _both(title, draw, columns, rows)


def dots(
    title: str,
    items: Sequence[Bar],
    *,
    unit: Unit = "percent",
    low: float | None = None,
    high: float | None = None,
    reference: tuple[float, str] | None = None,
    head: str = "",
    value_head: str = "",
) -> Chart:
    """Return dots with their 95 % intervals on one axis, for shares whose uncertainty must be seen."""
    known = [v for b in items for v in (b.value, b.low, b.high) if v is not None] + (
        [reference[0]] if reference else []
    )
    lo, hi = (low if low is not None else min(known, default=0)), (high if high is not None else max(known, default=1))
    marks = ticks(lo, hi)
    if unit == "percent":
        marks = [m for m in marks if -1e-9 <= m <= 1 + 1e-9] or [0.0, 1.0]

    def draw(width: int) -> _Pen:
        narrow = width == NARROW
        label_w = 0.0 if narrow else min(max((text_width(b.label) for b in items), default=0) + 18, width * 0.34)
        tail_w = 62.0 if narrow else 148.0
        left, right = label_w + 8, width - tail_w
        row_h, head_h = (46, 24.0) if narrow else (32, 24.0)
        height = head_h + row_h * len(items) + 26
        pen = _Pen(width, height, title, _describe(items, unit))

        def x(v: float) -> float:
            return left + (right - left) * (v - marks[0]) / ((marks[-1] - marks[0]) or 1)

        bottom = head_h + row_h * len(items)
        for m in marks:
            pen.line(x(m), head_h - 2, x(m), bottom, "grid")
            pen.text(x(m), bottom + 19, _axis(m, unit), "sub", "middle")
        if reference:
            pen.line(x(reference[0]), head_h - 4, x(reference[0]), bottom, "ref")
            near_right = x(reference[0]) > width * 0.6
            pen.text(
                x(reference[0]) + (-4 if near_right else 4),
                14,
                f"{reference[1]} {_say(reference[0], unit)}",
                "sub",
                "end" if near_right else "start",
            )
        for i, b in enumerate(items):
            y = head_h + i * row_h + (32.0 if narrow else 18.0)
            if narrow:
                pen.text(0, y - 14, b.label, "b" if b.strong else "")
            else:
                pen.text(label_w - 8, y + 5, _wrap(b.label, label_w - 8)[0], "b" if b.strong else "", "end")
            if b.value is None:
                pen.text(left, y + 5, b.note or _words("件数太少\uff0c不显示", "too few cases, not shown"), "sub")
                continue
            if b.low is not None and b.high is not None:
                pen.line(x(b.low), y, x(b.high), y, "iv")
                pen.line(x(b.low), y - 5, x(b.low), y + 5, "iv")
                pen.line(x(b.high), y - 5, x(b.high), y + 5, "iv")
            pen.add('<circle class="c0" cx="{x}" cy="{y}" r="5.5"/>', x=float(x(b.value)), y=float(y))
            pen.text(right + 14, y + 5, _say(b.value, unit), "b")
            if not narrow and b.n is not None:
                pen.text(right + 76, y + 5, f"n = {number(b.n)}", "sub")
            elif narrow and b.n is not None:
                pen.text(width, y - 14, f"n = {number(b.n)}", "sub", "end")
        return pen

    columns, rows = _bar_rows(items, unit, head or _words("项目", "Item"), value_head or _words("比例", "Share"))
    return _both(title, draw, columns, rows)


def lines(
    title: str,
    labels: Sequence[str],
    series: Sequence[Line],
    *,
    unit: Unit = "count",
    zero: bool = True,
    head: str = "",
    short_labels: Sequence[str] | None = None,
    eras: Sequence[str] | None = None,
    unfinished: str = "",
) -> Chart:
    """Return up to four lines over one axis, each named at its own end, with its own dash as well as its own colour.

    `eras` (the year of each label) stands under the first label and wherever it changes. With `unfinished` (a word for
    it) the last values are still growing: their points stand apart and hollow, and no line leads to them.
    """
    if len(series) > 4:
        raise ValueError(f"a line chart shows at most 4 lines legibly, got {len(series)}: use small_multiples")
    known = [v for s in series for seq in (s.values, s.low or (), s.high or ()) for v in seq if v is not None]
    marks = ticks(0 if zero else min(known, default=0), max(known, default=1))
    if unit == "percent":
        marks = [m for m in marks if m <= 1 + 1e-9]
    latest = [next((v for v in reversed(s.values) if v is not None), None) for s in series]
    desc = _words("\uff1b", "; ").join(
        _words(f"{s.label}最近 {_say(v, unit)}", f"{s.label}: latest {_say(v, unit)}")
        for s, v in zip(series, latest, strict=True)
    )

    def draw(width: int) -> _Pen:
        narrow = width == NARROW
        foot = 48 if eras else 30
        height = (250.0 if narrow else 300.0) + foot - 30
        left = max(text_width(_axis(m, unit), 13) for m in marks) + 10
        growing = [bool(unfinished) and s.values[-1] is not None for s in series]
        names = [
            (s.label, f"{_say(v, unit)}{f' {unfinished}' if grows else ''}")
            for s, v, grows in zip(series, latest, growing, strict=True)
        ]
        # Labels are bold, and fonts that stand in for ours are wider: better some air than a label cut off.
        tail = max((max(text_width(a, 17), text_width(b)) for a, b in names), default=0) + 16
        right, top, bottom = width - tail, 12.0, height - foot
        pen = _Pen(width, height, title, desc)

        def x(i: int) -> float:
            return left + (right - left) * (i / max(len(labels) - 1, 1))

        def y(v: float) -> float:
            return bottom - (bottom - top) * (v - marks[0]) / ((marks[-1] - marks[0]) or 1)

        for m in marks:
            pen.line(left, y(m), right, y(m), "axis" if m == marks[0] else "grid")
            pen.text(left - 7, y(m) + 5, _axis(m, unit), "sub", "end")
        shown = short_labels or labels
        widest = max((text_width(s, 13) for s in shown), default=10) + 12
        every = max(1, math.ceil(len(shown) * widest / max(right - left, 1)))
        written = range((len(shown) - 1) % every, len(shown), every)
        for n, i in enumerate(written):
            pen.line(x(i), bottom, x(i), bottom + 4, "axis")
            pen.text(x(i), bottom + 20, shown[i], "sub", "middle")
            if eras and (n == 0 or eras[i] != eras[written[n - 1]]):
                pen.text(x(i), bottom + 38, eras[i], "sub", "middle")
        ends: list[tuple[float, int]] = []
        for k, s in enumerate(series):
            if s.low and s.high:
                up = [(x(i), y(v)) for i, v in enumerate(s.high) if v is not None]
                down = [(x(i), y(v)) for i, v in enumerate(s.low) if v is not None]
                pen.path("M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in [*up, *reversed(down)]) + "Z", "band")
            d, pen_down = "", False
            for i, v in enumerate(s.values):
                if v is None or (growing[k] and i == len(s.values) - 1):
                    pen_down = False
                    continue
                d += f"{'L' if pen_down else 'M'}{x(i):.1f} {y(v):.1f}"
                pen_down = True
            if d:
                pen.path(d, f"l{k}")
            last = latest[k]
            if last is not None:
                at = max(i for i, v in enumerate(s.values) if v is not None)
                look = f"c{k} hollow" if growing[k] else f"c{k}"
                pen.add('<circle class="{c}" cx="{x}" cy="{y}" r="4"/>', c=look, x=float(x(at)), y=float(y(last)))
                ends.append((y(last), k))
        ends.sort()
        # Two lines of text each: none over another, and the lowest clear of the labels under the axis.
        floor_y, placed = top + 4, list[float]()
        for end_y, _k in ends:
            placed.append(max(end_y + 1, floor_y))
            floor_y = placed[-1] + 38
        roof_y = bottom - 18
        for n in range(len(placed) - 1, -1, -1):
            placed[n] = min(placed[n], roof_y)
            roof_y = placed[n] - 38
        for label_y, (_y, k) in zip(placed, ends, strict=True):
            pen.text(right + 9, label_y, names[k][0], "b")
            pen.text(right + 9, label_y + 17, names[k][1], "sub")
        return pen

    columns = [(head or _words("时间", "Time"), ""), *((s.label, "n") for s in series)]
    rows = [[label, *(_say(s.values[i], unit) for s in series)] for i, label in enumerate(labels)]
    return _both(title, draw, columns, rows)


def _under(pen: _Pen, points: Sequence[tuple[float, float]], base: float) -> None:
    """Draw a line through points and the band between it and its base."""
    through = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    pen.path(f"M{points[0][0]:.1f} {base:.1f}L{through}L{points[-1][0]:.1f} {base:.1f}Z", "band")
    pen.path(f"M{through}", "l0")


def small_multiples(
    title: str,
    labels: Sequence[str],
    series: Sequence[Line],
    *,
    unit: Unit = "count",
    head: str = "",
    per_row: int = 3,
    unfinished: bool = False,
) -> Chart:
    """Return one small panel per series on one shared scale, each with its name, its first and its latest value.

    With `unfinished` the last values are still growing: their points are hollow, and no line leads to them.
    """
    known = [v for s in series for v in s.values if v is not None]
    top_value = max(known, default=1) or 1
    desc = _words("\uff1b", "; ").join(
        f"{s.label} {_say(next((v for v in reversed(s.values) if v is not None), None), unit)}" for s in series
    )

    def draw(width: int) -> _Pen:
        across = 2 if width == NARROW else per_row
        gap, panel_h = 22, 104
        panel_w = (width - gap * (across - 1)) / across
        down = math.ceil(len(series) / across)
        pen = _Pen(width, float(down * (panel_h + 24)), title, desc)
        for k, s in enumerate(series):
            px, py = (k % across) * (panel_w + gap), (k // across) * (panel_h + 24)
            base, ceil = py + panel_h - 16, py + 28
            pen.text(px, py + 14, s.label, "b")

            def x(i: int, px: float = px) -> float:
                return px + 2 + (panel_w - 8) * i / max(len(labels) - 1, 1)

            def y(v: float, base: float = base, ceil: float = ceil) -> float:
                return base - (base - ceil) * v / top_value

            pen.line(px, base, px + panel_w, base, "axis")
            pts = [(i, v) for i, v in enumerate(s.values) if v is not None]
            growing = bool(unfinished and pts) and pts[-1][0] == len(s.values) - 1
            if drawn := pts[:-1] if growing else pts:
                _under(pen, [(x(i), y(v)) for i, v in drawn], base)
            if pts:
                i, v = pts[-1]
                look = "c0 hollow" if growing else "c0"
                pen.add('<circle class="{c}" cx="{x}" cy="{y}" r="3.5"/>', c=look, x=float(x(i)), y=float(y(v)))
                pen.text(px + panel_w, py + 14, _say(v, unit), "b", "end")
            pen.text(px, base + 16, labels[0], "sub")
            pen.text(px + panel_w, base + 16, labels[-1], "sub", "end")
        return pen

    columns = [(head or _words("时间", "Time"), ""), *((s.label, "n") for s in series)]
    rows = [[label, *(_say(s.values[i], unit) for s in series)] for i, label in enumerate(labels)]
    return _both(title, draw, columns, rows)


def stacked(
    title: str,
    items: Sequence[tuple[str, Sequence[int]]],
    bands: Sequence[str],
    *,
    head: str = "",
    late_last: bool = True,
) -> Chart:
    """Return one bar per item cut into ordered bands (such as ages of open matters), light to dark, counts written in.

    `late_last` prints the last band in the colour of lateness; the band names stand in the key above, in drawing order.
    """
    totals = [sum(v) for _, v in items]
    top = max(totals, default=1) or 1
    classes = [f"a{min(i, 3)}" for i in range(len(bands))]
    if late_last and classes:
        classes[-1] = "a4"
    desc = _words("\uff1b", "; ").join(
        f"{label} " + _words("\uff0c", ", ").join(f"{b} {number(v)}" for b, v in zip(bands, values, strict=True))
        for label, values in items
    )

    def draw(width: int) -> _Pen:
        narrow = width == NARROW
        label_w = 0.0 if narrow else min(max((text_width(label) for label, _ in items), default=0) + 14, width * 0.34)
        tail = max((text_width(number(t)) for t in totals), default=20) + 14
        room = width - label_w - tail
        row_h = 46 if narrow else 34
        key_x, key_y = label_w, 13.0
        places: list[tuple[float, float]] = []
        for b in bands:
            need = text_width(b, 13) + 30
            if key_x + need > width and key_x > label_w:
                key_x, key_y = label_w, key_y + 22
            places.append((key_x, key_y))
            key_x += need
        start = key_y + 14
        pen = _Pen(width, start + row_h * len(items) + 4.0, title, desc)
        for (kx, ky), b, cls in zip(places, bands, classes, strict=True):
            pen.rect(kx, ky - 11, 13, 13, cls)
            pen.text(kx + 18, ky, b, "sub")
        for i, (label, values) in enumerate(items):
            y = start + i * row_h
            bar_y, bar_h = (y + 21.0, 20.0) if narrow else (y + 6.0, 22.0)
            if narrow:
                pen.text(0, y + 16.0, label)
            else:
                pen.text(label_w - 10, bar_y + 16, _wrap(label, label_w - 10)[0], "", "end")
            x = label_w
            for value, cls in zip(values, classes, strict=True):
                w = room * value / top
                pen.rect(x, bar_y, w, bar_h, f"{cls} gap")
                if w > text_width(number(value), 13) + 6:
                    pen.text(
                        x + w / 2,
                        bar_y + bar_h - 6,
                        number(value),
                        "sub on" if cls in ("a2", "a3", "a4") else "sub dark",
                        "middle",
                    )
                x += w
            pen.text(x + 7, bar_y + bar_h - 6, number(totals[i]), "b")
        if not narrow:
            pen.line(label_w, start + 2, label_w, start + row_h * len(items), "axis")
        return pen

    columns = [(head or _words("项目", "Item"), ""), *((b, "n") for b in bands), (_words("合计", "Total"), "n")]
    rows = [[label, *(number(v) for v in values), number(sum(values))] for label, values in items]
    return _both(title, draw, columns, rows)
