"""A town as a picture: plain SVG, no library."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from wuxiao.plan.ground.streets import LAST_MAIN, Street
from wuxiao.plan.ground.town import Town, Use
from wuxiao.plan.store import Floats

_FILL = {
    Use.HOMES: "#efe6d8", Use.OLD_TOWN: "#ecd9c6", Use.MIXED: "#f3d9cf", Use.WORKS: "#dcdce4", Use.SCHOOL: "#f6ecb0",
    Use.PARK: "#cfe6c4", Use.PUBLIC: "#dfd3ea",
}  # fmt: skip
_LINE = {Street.PRIMARY: 26, Street.SECONDARY: 20, Street.TERTIARY: 14, Street.RESIDENTIAL: 8, Street.LANE: 5}


def town_svg(town: Town, *, pixels: int = 900, buildings: bool = True) -> str:
    """Return a drawing of a town: blocks by use, buildings, streets by class, rivers, boundaries of communities."""
    low, high = town.block_corners.min(axis=0) - 60, town.block_corners.max(axis=0) + 60
    wide, tall = high - low

    def path(points: Floats, *, close: bool) -> str:
        x, y = (points[:, 0] - low[0]).round().astype(int), (high[1] - points[:, 1]).round().astype(int)
        steps = "".join(f"{a:+d}{b:+d}" for a, b in zip(np.diff(x).tolist(), np.diff(y).tolist(), strict=True))
        return f"M{x[0]} {y[0]}l{steps}" + ("z" if close else "")

    def layer(paths: Iterable[str], style: str) -> str:
        return f'<path d="{"".join(paths)}" {style}/>'

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {tall:.0f}" width="{pixels}" '
        f'height="{pixels * tall / wide:.0f}" role="img"><title>{town.name} / {town.name_en}</title>',
        f'<rect width="{wide:.0f}" height="{tall:.0f}" fill="#f7f7f2"/>',
    ]
    for use, fill in _FILL.items():
        mine = (path(town.ring(k), close=True) for k in range(town.blocks) if town.block_use[k] == use)
        parts.append(layer(mine, f'fill="{fill}"'))
    rivers = [town.river_points[a:b] for a, b in zip(town.river_at[:-1], town.river_at[1:], strict=True)]
    wet = 'fill="none" stroke="#9cc4e4" stroke-width="52" stroke-linejoin="round"'
    parts.append(layer((path(r, close=False) for r in rivers), wet))
    if buildings:
        shapes = (path(town.footprint(k), close=True) for k in range(len(town.building_xy)))
        parts.append(layer(shapes, 'fill="#b8a48f"'))
    net = town.streets
    for street, width in sorted(_LINE.items(), reverse=True):
        drawn = [path(net.line(k), close=False) for k in range(len(net.links)) if net.street[k] == street]
        parts.append(layer(drawn, f'fill="none" stroke="#ffffff" stroke-width="{width}" stroke-linecap="round"'))
        if street <= LAST_MAIN:
            parts.append(layer(drawn, f'fill="none" stroke="#8a8a80" stroke-width="{width / 7:.1f}"'))
    parts.append(
        layer(_boundaries(town, path), 'fill="none" stroke="#b03a2e" stroke-width="9" stroke-dasharray="34 18"')
    )
    parts.append("</svg>\n")
    return "\n".join(parts)


def _boundaries(town: Town, path: Callable[..., str]) -> list[str]:
    """Return the sides between blocks of two communities."""
    sides: dict[tuple[tuple[float, float], tuple[float, float]], int] = {}
    found = []
    for k in range(town.blocks):
        ring = town.ring(k)
        corners = [(float(x), float(y)) for x, y in ring]
        for n, one in enumerate(corners):
            other = corners[(n + 1) % len(corners)]
            key = (min(one, other), max(one, other))
            if key in sides:
                if town.block_community[sides[key]] != town.block_community[k]:
                    found.append(path(ring[[n, (n + 1) % len(corners)]], close=False))
            else:
                sides[key] = k
    return found
