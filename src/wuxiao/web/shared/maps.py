"""Schematic maps drawn on the server as SVG: blocks and streets of the town's own addresses, rows as marks.

A mark has the number of its row in the list beside it, a shape for how it stands (never a colour alone), and is a
link; marks that would lie over one another are one mark with their count, which leads closer. Two drawings, for desks
and phones, as with charts. On public pages marks stand on a coarse lattice, without scale: a drawing of street
blocks, no map (地图管理条例 art. 15, 22, 33).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, cos, hypot, radians
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.http import HttpResponse
from django.templatetags.static import static
from django.utils.translation import gettext as _
from markupsafe import Markup

from wuxiao.desk.town.provider import Provider
from wuxiao.desk.town.schematic import STEP, Ground
from wuxiao.rules.words import Text
from wuxiao.typed.crs import of_wgs84
from wuxiao.web.shared.charts import text_width
from wuxiao.web.shared.dates import active_lang
from wuxiao.web.shared.middleware import CSP

#: The rings of each division, latitude and longitude.
Bounds = Mapping[str, Sequence[Sequence[tuple[float, float]]]]
#: South, west, north, east in degrees.
Area = tuple[float, float, float, float]
WIDE, NARROW = 720, 360
_VENDOR = Path(__file__).resolve().parents[1] / "static" / "vendor"
#: Marks whose middles are nearer than this, in pixels, are one.
_APART = 27.0
#: Pixels of the lattice of public pages, and the least they show, in metres each way.
_LATTICE, COARSEST = 30.0, 900.0
#: The least that staff see, in metres each way.
FINEST = 120.0
_LABELS, _STREETS, _LONG = 26, 260, 22.0
_METRES = 111_195.0
#: Where a name may stand, best first: beside the middle of its place in pixels, along its street in shares.
_BESIDE = ((0, 0), (0, -32), (0, 36), (0, -52), (0, 56), (60, 0), (-60, 0))
_ALONG = (0.5, 0.3, 0.7, 0.15, 0.85)
#: So many divisions have room for their names; signs of the code of a township.
_FEW, _TOWNSHIP = 9, 9
#: The shape of each tone; what has none of these is round.
SHAPES: Mapping[str, str] = {"soon": "diamond", "late": "triangle", "closed": "square"}
_DRAWN = {
    "round": '<circle r="13"/>',
    "diamond": '<path d="M0-16L16 0L0 16L-16 0z"/>',
    "triangle": '<path d="M0-17L16 11L-16 11z"/>',
    "square": '<path d="M-12-12H12V12H-12z"/>',
    "many": '<path d="M-17-13H17V13H-17z"/><path class="fold" d="M-14-16H20V10"/>',
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A row on the map: its number in the list, where it is (WGS-84), what it is called, how it stands, its page."""

    number: int
    at: tuple[float, float] | None
    label: str
    tone: str
    state: str
    url: str


#: Gives the address of the same list narrowed to some of its marks and the stretch where they are; empty for none.
Closer = Callable[[Sequence[Mark], Area], str]


@dataclass(slots=True)
class Map:
    """A finished map: both drawings, the shapes that stand in it, and the rows that do not, by their numbers."""

    title: str
    wide: Markup
    narrow: Markup
    legend: list[tuple[Markup, str]]
    nowhere: list[int]
    outside: list[int]
    shown: int
    public: bool = False


def pin(number: int, tone: str) -> Markup:
    """Return a mark as it stands in the list beside its map."""
    return Markup(
        '<svg class="pin t-{}" viewBox="-18 -18 36 36" width="32" height="32" aria-hidden="true" focusable="false">'
        '{}<text y="4" text-anchor="middle">{}</text></svg>'
    ).format(tone, Markup(_DRAWN[SHAPES.get(tone, "round")]), number)


def area_of(text: str) -> Area | None:
    """Return the stretch that an address names (`south,west,north,east`); `None` for anything else."""
    try:
        south, west, north, east = (round(float(part), 4) for part in text.split(","))
    except ValueError:
        return None
    good = -90 <= south < north <= 90 and -180 <= west < east <= 180
    return (south, west, north, east) if good else None


def area_text(area: Area) -> str:
    """Return a stretch as it stands in an address."""
    return ",".join(f"{one:.4f}" for one in area)


def draw(
    title: str,
    marks: Sequence[Mark],
    ground: Ground,
    divisions: Mapping[str, Text],
    *,
    area: Area | None,
    closer: Closer,
    narrowed: bool,
    public: bool = False,
    bounds: Bounds = MappingProxyType({}),
) -> Map:
    """Draw rows over the town's ground; `closer` leads to fewer of them.

    All of the town is shown, or `area`, or of a list that is narrowed in other ways the stretch where its rows are.
    `bounds` are the boundaries of divisions, which stand in no public drawing.
    """
    placed = [one for one in marks if one.at is not None]
    inside = [one for one in placed if _near(one, ground.box)]
    shown_ids = {one.number for one in inside}
    least = COARSEST if public else FINEST
    view = area or _view(inside, ground, narrowed=narrowed)
    shown = {} if public else bounds
    scene = _Scene(title, inside, ground, divisions, grown(view, least), closer, public, least, shown)
    legend: dict[str, str] = {}
    for one in inside:
        legend.setdefault(one.tone, one.state)
    return Map(
        title=title,
        wide=scene.draw(WIDE, "wide"),
        narrow=scene.draw(NARROW, "narrow"),
        legend=[(_swatch(tone), words) for tone, words in legend.items()],
        nowhere=[one.number for one in marks if one.at is None],
        outside=[one.number for one in placed if one.number not in shown_ids],
        shown=len(inside),
        public=public,
    )


def _middle(squares: Sequence[tuple[int, int]]) -> list[float]:
    """Return where the middle of some squares of the ground lies: longitude, latitude."""
    return [
        sum(column for _row, column in squares) / len(squares) / STEP + 0.5 / STEP,
        sum(row for row, _column in squares) / len(squares) / STEP + 0.5 / STEP,
    ]


def live(
    marks: Sequence[Mark],
    ground: Ground,
    divisions: Mapping[str, Text],
    *,
    area: Area | None,
    narrowed: bool,
    bounds: Bounds = MappingProxyType({}),
    tiles: Mapping[str, Any] | None = None,
    provider: Provider | None = None,
) -> dict[str, Any]:
    """Return what the map one can drag is made of, as GeoJSON and plain values: what the drawing shows to staff.

    `tiles` are the town's own: their address, zooms and layers. Over the tiles of a `provider` everything stands in its
    system.
    """
    lang = active_lang()
    inside = [one for one in marks if one.at is not None and _near(one, ground.box)]
    south, west, north, east = grown(area or _view(inside, ground, narrowed=narrowed), FINEST)
    middles: dict[str, list[tuple[int, int]]] = {}
    for at, division in ground.blocks.items():
        middles.setdefault(division[:_TOWNSHIP] if len(divisions) > _FEW else division, []).append(at)
    names = [
        _feature("Point", _middle(some), divisions[code].say(lang))
        for code, some in sorted(middles.items())
        if code in divisions
    ]
    found = {
        "bounds": [[west, south], [east, north]],
        "blocks": _collection([_square(row, column) for row, column in sorted(ground.blocks)]),
        "streets": _collection(
            [_feature("LineString", [[at[1], at[0]] for at in one.ends], one.name.say(lang)) for one in ground.streets]
        ),
        "names": _collection(names),
        "edges": _collection(
            [
                _feature("LineString", [[lon, lat] for lat, lon in ring], divisions[code].say(lang))
                for code, rings in bounds.items()
                if code in divisions
                for ring in rings
            ]
        ),
        "tiles": dict(tiles) if tiles is not None else None,
        "provider": None,
        "marks": [
            {
                "number": one.number,
                "lat": one.at[0],
                "lon": one.at[1],
                "label": one.label,
                "state": one.state,
                "url": one.url,
            }
            for one in inside
            if one.at is not None
        ],
        "words": {
            "map": _("可以拖动的地图"),
            "many": _("%(n)s 处在一起：放大") % {"n": "{n}"},
            "library": {
                "NavigationControl.ZoomIn": _("放大"),
                "NavigationControl.ZoomOut": _("缩小"),
                "Map.Title": _("可以拖动的地图"),
                "Marker.Title": _("一处"),
            },
        },
    }
    return found if provider is None else found | _over(provider, found)


def _over(provider: Provider, found: Mapping[str, Any]) -> dict[str, Any]:
    """What stands over the pictures of a provider: marks and boundaries, in its system; no ground of our own."""

    def moved(at: Sequence[float]) -> list[float]:
        return [round(one, 7) for one in of_wgs84((at[1], at[0]), provider.crs)[::-1]]

    edges = [
        one | {"geometry": one["geometry"] | {"coordinates": [moved(at) for at in one["geometry"]["coordinates"]]}}
        for one in found["edges"]["features"]
    ]
    marks = []
    for one in found["marks"]:
        lon, lat = moved([one["lon"], one["lat"]])
        marks.append(one | {"lon": lon, "lat": lat})
    low, high = provider.zooms
    return {
        "bounds": [moved(at) for at in found["bounds"]],
        "edges": _collection(edges),
        "marks": marks,
        "tiles": None,
        **{name: _collection([]) for name in ("blocks", "streets", "names")},
        "provider": {"urls": list(provider.urls), "from": low, "to": high, "said": provider_said(provider)},
    }


def provider_said(provider: Provider) -> str:
    """Return what must stand on a map of a provider: its name and the approval number."""
    return f"{provider.attribution} · {provider.approval}"


def allow(response: HttpResponse, provider: Provider | None) -> HttpResponse:
    """Let the page with a provider's map ask the provider, and nobody else."""
    if provider is not None:
        response.headers["Content-Security-Policy"] = CSP.replace(
            "connect-src 'self'", f"connect-src 'self' {' '.join(provider.origins)}"
        )
    return response


def libraries() -> dict[str, str] | None:
    """Return where the library of the map one can drag is served; `None` where set-up could not bring it.

    `tiles`, the reader of a town's own tiles, is empty where only that is lacking.
    """
    found = {"library": "maplibre-gl.mjs", "worker": "maplibre-gl-worker.mjs", "sheet": "maplibre-gl.css"}
    if not all((_VENDOR / name).is_file() for name in found.values()):
        return None
    reader = static("vendor/pmtiles.mjs") if (_VENDOR / "pmtiles.mjs").is_file() else ""
    return {kind: static(f"vendor/{name}") for kind, name in found.items()} | {"tiles": reader}


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}


def _feature(kind: str, coordinates: Any, name: str) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": {"name": name}}


def _square(row: int, column: int) -> dict[str, Any]:
    south, west, north, east = row / STEP, column / STEP, (row + 1) / STEP, (column + 1) / STEP
    return _feature("Polygon", [[[west, south], [east, south], [east, north], [west, north], [west, south]]], "")


def grown(area: Area, least: float) -> Area:
    """Return a stretch with a margin, at least so many metres each way."""
    south, west, north, east = area
    middle = ((south + north) / 2, (west + east) / 2)
    narrow = max(0.05, cos(radians(middle[0])))
    half = max((north - south) * 0.56, least / _METRES / 2)
    wide = max((east - west) * 0.56, least / _METRES / narrow / 2)
    return middle[0] - half, middle[1] - wide, middle[0] + half, middle[1] + wide


def _swatch(tone: str) -> Markup:
    return Markup(
        '<svg class="pin t-{}" viewBox="-18 -18 36 36" width="20" height="20" aria-hidden="true" focusable="false">'
        "{}</svg>"
    ).format(tone, Markup(_DRAWN[SHAPES.get(tone, "round")]))


def _near(one: Mark, box: Area | None) -> bool:
    """Whether a mark lies in the town or not far beyond; one far out would make a dot of all the others."""
    if box is None or one.at is None:
        return one.at is not None
    south, west, north, east = box
    rows, columns = max(north - south, 0.02), max(east - west, 0.02)
    return south - rows <= one.at[0] <= north + rows and west - columns <= one.at[1] <= east + columns


def _view(marks: Sequence[Mark], ground: Ground, *, narrowed: bool) -> Area:
    points = [one.at for one in marks if one.at is not None]
    boxes = [(*one, *one) for one in points]
    if ground.box is not None and not (narrowed and points):
        boxes.append(ground.box)
    if not boxes:
        return 0.0, 0.0, 0.01, 0.01
    return (
        min(one[0] for one in boxes),
        min(one[1] for one in boxes),
        max(one[2] for one in boxes),
        max(one[3] for one in boxes),
    )


@dataclass(slots=True)
class _Group:
    """Marks at one place of the drawing."""

    x: float
    y: float
    marks: list[Mark]


@dataclass(frozen=True, slots=True)
class _Scene:
    title: str
    marks: Sequence[Mark]
    ground: Ground
    divisions: Mapping[str, Text]
    view: Area
    closer: Closer
    public: bool
    least: float
    bounds: Bounds

    def draw(self, width: int, kind: str) -> Markup:
        return _Sheet(self, width).done(kind)


@dataclass(slots=True)
class _Sheet:
    """One drawing: a scale that fits the view, and the boxes of the labels that stand already."""

    scene: _Scene
    width: int
    height: float = 0.0
    scale: float = 0.0
    origin: tuple[float, float] = (0.0, 0.0)
    narrow: float = 1.0
    parts: list[Markup] = field(default_factory=list)
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        south, west, north, east = self.scene.view
        self.narrow = max(0.05, cos(radians((south + north) / 2)))
        tall, wide = north - south, (east - west) * self.narrow
        self.height = round(self.width * min(1.15 if self.width < WIDE else 0.8, max(0.55, tall / wide)))
        self.scale = min(self.width / wide, self.height / tall)
        # What the view lacks to fill the sheet stands at both sides of it.
        self.origin = (
            (north + south) / 2 + self.height / self.scale / 2,
            (west + east) / 2 - self.width / self.scale / self.narrow / 2,
        )

    def xy(self, at: tuple[float, float]) -> tuple[float, float]:
        return (at[1] - self.origin[1]) * self.narrow * self.scale, (self.origin[0] - at[0]) * self.scale

    def visible(self, x: float, y: float, more: float = 0.0) -> bool:
        return -more <= x <= self.width + more and -more <= y <= self.height + more

    def add(self, template: str, **values: Any) -> None:
        self.parts.append(Markup(template).format(**{k: _num(v) for k, v in values.items()}))

    def done(self, kind: str) -> Markup:
        groups = self.gathered()
        self.blocks()
        self.bounds()
        self.streets()
        for one in groups:
            self.taken.append((one.x - 18, one.y - 18, one.x + 20, one.y + 18))
        self.corner()
        self.names()
        for one in groups:
            self.mark(one)
        head = Markup('<svg class="map {k}" viewBox="0 0 {w} {h}" role="group" aria-label="{t}">').format(
            k=kind, w=self.width, h=_num(self.height), t=self.scene.title
        )
        return head + Markup("").join(self.parts) + Markup("</svg>")

    # ------------------------------------------------------------------------------------------------- the ground

    def blocks(self) -> None:
        """The built-up ground as squares, coarse enough to be seen, and where one division meets another."""
        times = max(1, ceil(5 / (self.scale / STEP)))
        if self.scene.public:
            times = max(times, ceil(10 / (self.scale / STEP)))
        counted: dict[tuple[int, int], dict[str, int]] = {}
        for (row, column), division in self.scene.ground.blocks.items():
            counted.setdefault((row // times, column // times), {}).setdefault(division, 0)
            counted[row // times, column // times][division] += 1
        cells = {at: max(sorted(some), key=some.__getitem__) for at, some in counted.items()}
        size = times / STEP
        edges = []
        tall, wide = size * self.scale, size * self.narrow * self.scale
        runs: list[tuple[float, float, float, int, int]] = []
        for (row, column), division in sorted(cells.items()):
            x, y = self.xy(((row + 1) * size, column * size))
            if not self.visible(x, y, max(tall, wide)):
                continue
            if runs and runs[-1][3:] == (row, column - 1):
                runs[-1] = (*runs[-1][:2], runs[-1][2] + wide, row, column)
            else:
                runs.append((x, y, wide, row, column))
            if self.scene.bounds:
                continue
            if cells.get((row, column + 1), division) != division:
                edges.append(f"M{x + wide:.0f} {y:.0f}v{tall:.0f}")
            if cells.get((row - 1, column), division) != division:
                edges.append(f"M{x:.0f} {y + tall:.0f}h{wide:.0f}")
        fills = [f"M{x:.1f} {y:.1f}h{far:.1f}v{tall:.1f}h-{far:.1f}z" for x, y, far, _row, _column in runs]
        if fills:
            self.add('<path class="block" d="{d}"/>', d="".join(fills))
        if edges:
            self.add('<path class="edge" d="{d}"/>', d="".join(edges))

    def bounds(self) -> None:
        """The boundaries of divisions, without the bends that nobody could see."""
        drawn = []
        for rings in self.scene.bounds.values():
            for ring in rings:
                points: list[tuple[float, float]] = []
                for at in ring:
                    x, y = self.xy(at)
                    if not points or hypot(x - points[-1][0], y - points[-1][1]) >= 2:
                        points.append((x, y))
                if any(self.visible(x, y, 400) for x, y in points):
                    drawn.append("M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in points) + "z")
        if drawn:
            self.add('<path class="bound" d="{d}"/>', d="".join(drawn))

    def streets(self) -> None:
        drawn = []
        for one in self.scene.ground.streets:
            (x1, y1), (x2, y2) = (self.xy(end) for end in one.ends)
            if hypot(x2 - x1, y2 - y1) < _LONG or not (self.visible(x1, y1, 80) or self.visible(x2, y2, 80)):
                continue
            drawn.append(f"M{x1:.0f} {y1:.0f}L{x2:.0f} {y2:.0f}")
            if len(drawn) == _STREETS:
                break
        if drawn:
            self.add('<path class="street" d="{d}"/>', d="".join(drawn))

    def names(self) -> None:
        """Names of divisions first, then of streets from the one with the most doors, as far as there is room."""
        lang, left = active_lang(), _LABELS
        middles: dict[str, list[tuple[float, float]]] = {}
        for (row, column), division in self.scene.ground.blocks.items():
            x, y = self.xy(((row + 0.5) / STEP, (column + 0.5) / STEP))
            if self.visible(x, y):
                middles.setdefault(division, []).append((x, y))
        if len(middles) > _FEW:
            # From afar the towns and sub-districts are named, not each of their communities.
            merged: dict[str, list[tuple[float, float]]] = {}
            for division, some in middles.items():
                merged.setdefault(division[:_TOWNSHIP], []).extend(some)
            middles = merged
        for division, some in sorted(middles.items(), key=lambda one: (-len(one[1]), one[0])):
            name = self.scene.divisions.get(division)
            if name is not None and left:
                x, y = (sum(values) / len(some) for values in zip(*some, strict=True))
                words = name.say(lang)
                left -= any(self.label(x + dx, y + dy, words, "place", 13) for dx, dy in _BESIDE)
        named: set[str] = set()
        for one in self.scene.ground.streets:
            (x1, y1), (x2, y2) = (self.xy(end) for end in one.ends)
            words = one.name.say(lang)
            if not left or words in named or hypot(x2 - x1, y2 - y1) < text_width(words, 11):
                continue
            if any(self.label(x1 + (x2 - x1) * t, y1 + (y2 - y1) * t, words, "road", 11) for t in _ALONG):
                named.add(words)
                left -= 1

    def label(self, x: float, y: float, words: str, cls: str, size: float) -> bool:
        half = text_width(words, size) / 2 + 3
        box = (x - half, y - size, x + half, y + size * 0.5)
        inside = box[0] >= 0 and box[2] <= self.width and box[1] >= 0 and box[3] <= self.height
        if not inside or any(
            box[0] < one[2] and box[2] > one[0] and box[1] < one[3] and box[3] > one[1] for one in self.taken
        ):
            return False
        self.taken.append(box)
        self.add('<text class="{c}" x="{x}" y="{y}" text-anchor="middle">{t}</text>', c=cls, x=x, y=y, t=words)
        return True

    def corner(self) -> None:
        """North and, where it is to scale, a length; what is not to scale says so."""
        y = self.height - 12.0
        if self.scene.public:
            words = _("示意图，不按比例")
            self.add('<text class="road" x="10" y="{y}">{t}</text>', y=y, t=words)
            self.taken.append((0, y - 14, 16 + text_width(words, 11), self.height))
            return
        metre = self.scale / _METRES
        length = next(
            (one for one in (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000) if one * metre > 50), 50_000
        )
        words = _("%(n)s 米") % {"n": length} if length < 1000 else _("%(n)s 公里") % {"n": length // 1000}
        self.add(
            '<path class="scale" d="M10 {a}v5h{l}v-5"/><text class="road" x="{x}" y="{y}">{t}</text>',
            a=y - 5, l=length * metre, x=16 + length * metre, y=y + 1, t=f"{words} · " + _("上北下南"),
        )  # fmt: skip
        self.taken.append((0, y - 16, 110 + length * metre, self.height))

    # -------------------------------------------------------------------------------------------------- the marks

    def gathered(self) -> list[_Group]:
        """Marks that would lie over one another as one, in the order of the list."""
        found: list[_Group] = []
        for one in self.scene.marks:
            assert one.at is not None
            x, y = self.xy(one.at)
            if not self.visible(x, y):
                continue
            if self.scene.public:
                x, y = ((v // _LATTICE + 0.5) * _LATTICE for v in (x, y))
            x, y = min(max(x, 20.0), self.width - 20.0), min(max(y, 20.0), self.height - 20.0)
            near = next((g for g in found if abs(g.x - x) < _APART + 4 and abs(g.y - y) < _APART), None)
            if near is None:
                found.append(_Group(x, y, [one]))
            else:
                near.marks.append(one)
        return found

    def mark(self, group: _Group) -> None:
        first = group.marks[0]
        if len(group.marks) == 1:
            self.add(
                '<a href="{u}" class="t-{t}" aria-label="{l}"><g transform="translate({x} {y})"><title>{l}</title>{s}'
                '<text y="4" text-anchor="middle">{n}</text></g></a>',
                u=first.url, t=first.tone, l=f"{first.number} {first.label} · {first.state}", x=group.x, y=group.y,
                s=Markup(_DRAWN[SHAPES.get(first.tone, "round")]), n=first.number,
            )  # fmt: skip
            return
        mark = ", " if active_lang() == "en" else "、"
        named = mark.join(f"{one.number} {one.label}" for one in group.marks[:6])
        label = (_("%(n)s 处：") % {"n": len(group.marks)}) + named + ("…" if len(group.marks) > 6 else "")
        self.add(
            '<a href="{u}" class="many" aria-label="{l}"><g transform="translate({x} {y})"><title>{l}</title>{s}'
            '<text y="4" text-anchor="middle">×{n}</text></g></a>',
            u=self.toward(group), l=label, x=group.x, y=group.y, s=Markup(_DRAWN["many"]), n=len(group.marks),
        )  # fmt: skip

    def toward(self, group: _Group) -> str:
        """Where a mark of several leads: closer, or to the list where closer shows no more."""
        points = [one.at for one in group.marks if one.at is not None]
        rows, columns = [at[0] for at in points], [at[1] for at in points]
        tight = (min(rows), min(columns), max(rows), max(columns))
        box = grown(tight, self.scene.least)
        same = self.across(tight) < self.scene.least / 12
        if not self.scene.public and (same or self.across(box) > 0.8 * self.across(self.scene.view)):
            return f"#r{group.marks[0].number}"
        return self.scene.closer(group.marks, box) or f"#r{group.marks[0].number}"

    def across(self, area: Area) -> float:
        """The longer side of a stretch in metres."""
        return max(area[2] - area[0], (area[3] - area[1]) * self.narrow) * _METRES


def _num(value: Any) -> Any:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value
