"""The systems in which positions come, in words; what is said when another was meant than was stated."""

from __future__ import annotations

from collections.abc import Mapping

from wuxiao.rules.words import Text
from wuxiao.typed.crs import Crs
from wuxiao.typed.shifted import SOME, Guess

#: As forms offer them: everybody knows where a position was copied from, few know what it is called.
SYSTEMS: Mapping[Crs, Text] = {
    Crs.WGS84: Text("WGS-84 / CGCS2000（GPS、天地图）", "WGS-84 / CGCS2000 (GPS, Tianditu)"),
    Crs.GCJ02: Text("GCJ-02（高德、腾讯）", "GCJ-02 (AMap, Tencent)"),
    Crs.BD09: Text("BD-09（百度）", "BD-09 (Baidu)"),
}
#: As files that leave the house state it.
OURS = "WGS-84"
#: What an import is refused with whose positions are of an unknown system.
ASK = Text(
    "坐标是哪个坐标系的？请选一个，或在坐标后面写 wgs84、gcj02、bd09",
    "in which system are the positions? Choose one, or write wgs84, gcj02 or bd09 behind them",
)


def told(found: Guess) -> Text:
    """Say what was probably meant by a position, or by those of a file, and how to write it."""
    many = found.of >= SOME
    off_zh = f"约{found.metres:.0f}米" if found.metres < 10_000 else f"约{found.metres / 1000:.0f}公里"
    off_en = f"about {found.metres:.0f} m" if found.metres < 10_000 else f"about {found.metres / 1000:.0f} km"
    where_zh = f"有{found.of}处能和本地地址对上，都偏向同一边{off_zh}" if many else f"离登记的地址{off_zh}"
    where_en = (
        f"{found.of} of them have an address the town knows and lie {off_en} from it, all the same way"
        if many
        else f"it lies {off_en} from its address"
    )
    zh, en = f"看起来是{SYSTEMS[found.crs].zh}", f"this looks like {SYSTEMS[found.crs].en}"
    mend_zh, mend_en = f"坐标系请写 crs={found.crs}", f"say crs={found.crs}"
    if found.swapped:
        zh, en = "看起来经纬度写反了", "the two numbers look swapped"
        mend_zh = f"请把纬度写在前面，坐标系写 crs={found.crs}"
        mend_en = f"put the latitude first and say crs={found.crs}"
    return Text(f"{zh}：{where_zh}；{mend_zh}", f"{en}: {where_en}; {mend_en}")
