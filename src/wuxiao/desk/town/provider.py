"""A qualified provider of map pictures, as the operator says it: whose tiles, under which approval, in which system.

Without one no page asks anybody for a map, and what the public sees is a sketch (地图管理条例 art. 15, 22, 33-38). With
one the approval number 审图号 and the provider's name stand on the map, as the law asks. Its tiles are drawn as they
come: marks are shifted into its system for display, and nothing that is kept changes.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.diary import diary
from wuxiao.desk.town import grounds
from wuxiao.desk.town.pmtiles import BadTiles
from wuxiao.records import kept
from wuxiao.typed.crs import Crs

#: Every key of the file.
KEYS = frozenset({"url", "subdomains", "approval", "attribution", "crs", "from_zoom", "to_zoom", "public"})
_APPROVAL = re.compile(r"[A-Z\u4e00-\u9fff]{1,6}\s?[（(]20[0-9]{2}[)）]\s?[0-9]{1,6}号")
_PART = re.compile(r"[a-z0-9]{1,12}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?")
#: What an address must leave open.
_OPEN = ("{z}", "{x}", "{y}")


@dataclass(frozen=True, slots=True)
class Provider:
    """Whose tiles are drawn: addresses with {z}, {x}, {y} open, and what stands beside them."""

    urls: tuple[str, ...]
    approval: str
    attribution: str
    crs: Crs
    zooms: tuple[int, int]
    public: bool

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins that pages must be allowed to ask, each once."""
        return tuple(dict.fromkeys("https://" + urlsplit(url).netloc for url in self.urls))


def current() -> Provider | None:
    """Return the provider the operator adopted, or `None`."""
    found: Provider | None = grounds.kept_file(grounds.PROVIDER, made)
    return found


def adopt(path: Path, *, by: Actor, at: datetime) -> Provider:
    """Take a TOML file as the provider; raises `BadTiles` and `OSError`, and then nothing changed."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadTiles(f"不是 TOML 文件：{error}", f"this is no TOML file: {error}") from error
    found = made(given)
    grounds.folder().mkdir(parents=True, exist_ok=True)
    kept.write(grounds.folder() / grounds.PROVIDER, json.dumps(given).encode())
    diary.write_town(
        "adopt_map", by=by, at=at, facts={"what": "provider", "digest": found.approval, "count": len(found.urls)}
    )
    return found


def made(given: Mapping[str, Any]) -> Provider:
    """Return the provider that a file says; raises `BadTiles` with what is wrong and how to mend it."""
    if strange := sorted(set(given) - KEYS):
        raise BadTiles(f"没有“{strange[0]}”这一项", f"there is no key “{strange[0]}”")
    url, approval, attribution = (str(given.get(name, "")).strip() for name in ("url", "approval", "attribution"))
    parts = [str(one) for one in given.get("subdomains", [])]
    low, high, public = given.get("from_zoom", 3), given.get("to_zoom", 18), given.get("public")
    if not _APPROVAL.fullmatch(approval):
        raise BadTiles(
            "approval 要写审图号，例如“GS(2024)1234号”：公开的地图必须标明",
            "approval must be the approval number 审图号, such as “GS(2024)1234号”: a map that is shown bears it",
        )
    if not attribution:
        raise BadTiles("attribution 要写提供方的名称", "attribution must name the provider")
    if given.get("crs") not in {"wgs84", "gcj02"}:
        raise BadTiles(
            "crs 要写瓦片的坐标系：wgs84 或 gcj02（百度的瓦片另有一套投影，画不了）",
            "crs must be that of the tiles: wgs84 or gcj02 (Baidu's have a projection of their own)",
        )
    if not isinstance(public, bool):
        raise BadTiles(
            "public 要写 true 或 false：群众的页面用不用", "public must say true or false: whether pages for all use it"
        )
    if not all(type(one) is int for one in (low, high)) or not 0 <= low <= high <= 22:
        raise BadTiles("from_zoom、to_zoom 要是0到22的整数", "from_zoom and to_zoom are whole numbers from 0 to 22")
    return Provider(_urls(url, parts), approval, attribution, Crs(given["crs"]), (low, high), public)


def _urls(url: str, parts: list[str]) -> tuple[str, ...]:
    if ("{s}" in url) != bool(parts) or not all(_PART.fullmatch(part) for part in parts):
        raise BadTiles(
            "url 里有{s}，就要写 subdomains（小写字母、数字）；没有就不写",
            "{s} in url and the list subdomains (small letters, digits) come together",
        )
    urls = tuple(url.replace("{s}", part) for part in parts) or (url,)
    for one in urls:
        try:
            split = urlsplit(one)
            port = split.port
        except ValueError:
            split, port = urlsplit(""), None
        host = split.hostname or ""
        plain = split.netloc == (host if port is None else f"{host}:{port}")
        if split.scheme != "https" or not plain or not _HOST.fullmatch(host) or any(part not in one for part in _OPEN):
            raise BadTiles(
                "url 要以 https:// 开头，写明主机，带{z}、{x}、{y}，例如 https://t{s}.example.cn/{z}/{x}/{y}.png",
                "url begins with https:// and a host and has {z}, {x}, {y}: https://t{s}.example.cn/{z}/{x}/{y}.png",
            )
    return urls
