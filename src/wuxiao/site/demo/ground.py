"""The ground of the fictional county: streets, estates, village groups and their doors, on an invented little plane.

No street, estate or village here exists; the coordinates lie on a schematic grid and point at nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from wuxiao.desk.places import AddressRow

ORIGIN = (30.4200, 109.2600)
#: About a hundred metres in degrees, north and east.
STEP = (0.00090, 0.00104)

#: Where each community or village lies on the grid, in hundreds of metres east and north of the county hall.
CENTRES: dict[str, tuple[float, float]] = {
    "990101001001": (0, 4), "990101001002": (-7, 0), "990101001003": (7, 1), "990101001004": (1, -7),
    "990101002001": (15, 3), "990101002002": (17, -5), "990101002003": (24, 5), "990101002004": (12, 11),
    "990101100001": (-58, 22), "990101100200": (-66, 30), "990101100201": (-50, 34), "990101100202": (-72, 14),
    "990101101001": (62, -30), "990101101200": (74, -36), "990101101201": (58, -44),
    "990101102001": (-34, 82), "990101102200": (-44, 94), "990101102201": (-20, 90),
    "990101103001": (48, 70), "990101103200": (60, 80), "990101103201": (38, 60),
    "990101200200": (-90, -54), "990101200201": (-104, -66), "990101200202": (-98, -40),
}  # fmt: skip

#: Streets of the communities: Chinese name and English name.
STREETS: dict[str, str] = {
    "990101001001": "槐荫路 Huaiyin Road|观澜街 Guanlan Street|打铁巷 Datie Lane|梧桐路 Wutong Road|水井巷 Shuijing Lane",
    "990101001002": "文庙街 Wenmiao Street|棂星巷 Lingxing Lane|书院路 Shuyuan Road|墨池巷 Mochi Lane|望川大道 Wangchuan Avenue",
    "990101001003": "东门大街 Dongmen Street|城墙路 Chengqiang Road|豆腐巷 Doufu Lane|迎晖路 Yinghui Road|盐市街 Yanshi Street",
    "990101001004": "桥南路 Qiaonan Road|渡口街 Dukou Street|柳堤路 Liudi Road|麻石巷 Mashi Lane|南屏路 Nanping Road",
    "990101002001": "桂园路 Guiyuan Road|金粟街 Jinsu Street|月华路 Yuehua Road|丹桂巷 Dangui Lane|广寒路 Guanghan Road",
    "990101002002": "湖滨路 Hubin Road|听雨路 Tingyu Road|鹭洲街 Luzhou Street|晚渔巷 Wanyu Lane|环湖西路 West Lakeside Road",
    "990101002003": "新站路 Xinzhan Road|通衢大道 Tongqu Avenue|物流一路 First Logistics Road|创业街 Chuangye Street|站前街 Zhanqian Street",
    "990101002004": "松林路 Songlin Road|松涛街 Songtao Street|学苑路 Xueyuan Road|翠屏路 Cuiping Road|采薇巷 Caiwei Lane",
    "990101100001": "柳溪正街 Liuxi Main Street|溪口路 Xikou Road|榨坊巷 Zhafang Lane|茶市街 Chashi Street",
    "990101101001": "双河正街 Shuanghe Main Street|合江路 Hejiang Road|码头街 Matou Street|船坞巷 Chuanwu Lane",
    "990101102001": "云台正街 Yuntai Main Street|望云路 Wangyun Road|药市街 Yaoshi Street|石阶巷 Shijie Lane",
    "990101103001": "青石正街 Qingshi Main Street|采石路 Caishi Road|碑林巷 Beilin Lane|渡槽路 Ducao Road",
}
#: Estates of the communities: Chinese name, English name, how many buildings.
ESTATES: dict[str, str] = {
    "990101001001": "槐荫苑 Huaiyin Court 12|纺织厂宿舍 Textile Mill Quarters 8|观澜名居 Guanlan Homes 9",
    "990101001002": "文苑小区 Wenyuan Estate 10|泮池花园 Panchi Garden 8|书香里 Shuxiang Close 6",
    "990101001003": "迎晖家园 Yinghui Homes 11|老盐仓院 Old Salt Yard 5|东城国际 East City International 7",
    "990101001004": "南屏新村 Nanping New Village 14|柳堤春晓 Liudi Spring 8|渡口花园 Dukou Garden 6",
    "990101002001": "桂园小区 Guiyuan Estate 16|金粟华庭 Jinsu Court 9|月华里 Yuehua Close 7",
    "990101002002": "湖滨小区 Hubin Estate 12|听雨轩 Tingyu House 8|鹭洲半岛 Luzhou Peninsula 15",
    "990101002003": "新站安置小区 Xinzhan Resettlement Estate 18|通衢公馆 Tongqu Residence 6|创业青年公寓 Chuangye Youth Flats 4",
    "990101002004": "松林佳苑 Songlin Court 10|学苑小区 Xueyuan Estate 12|翠屏山庄 Cuiping Hillside 9",
    "990101100001": "柳溪花园 Liuxi Garden 6|溪畔人家 Xipan Homes 5",
    "990101101001": "合江小区 Hejiang Estate 7|码头安置房 Matou Resettlement Homes 6",
    "990101102001": "望云小区 Wangyun Estate 5|药市新居 Yaoshi New Homes 4",
    "990101103001": "青石家园 Qingshi Homes 6|石料厂家属院 Quarry Family Yard 4",
}
#: Villages and how many groups (村民小组) they have.
VILLAGES: dict[str, int] = {
    "990101100200": 6, "990101100201": 5, "990101100202": 5, "990101101200": 6, "990101101201": 5, "990101102200": 6,
    "990101102201": 4, "990101103200": 5, "990101103201": 4, "990101200200": 5, "990101200201": 4, "990101200202": 4,
}  # fmt: skip
_NUMERALS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Spot:
    """One address as a story needs it; `kind` is estate, street or village, `short` how people call the place."""

    row: AddressRow
    kind: str
    short: str
    short_en: str


def _split(text: str) -> tuple[str, str]:
    zh, _, en = text.partition(" ")
    return zh, en


def _at(east: float, north: float) -> tuple[float, float]:
    return round(ORIGIN[0] + north * STEP[0], 6), round(ORIGIN[1] + east * STEP[1], 6)


def spots(names: dict[str, tuple[str, str]], *, small: bool = False) -> list[Spot]:
    """Return every address of the county: some six thousand, or a tenth with `small`, always the same ones.

    `names` gives the Chinese and English names of the divisions by code, the township's included.
    """
    found: list[Spot] = []
    for code, centre in CENTRES.items():
        local = list(_of_village(code, centre, names) if code in VILLAGES else _of_community(code, centre, names))
        if small:
            keep = random.Random(f"spots:{code}")
            kept = set(keep.sample(range(len(local)), max(20, len(local) // 10)))
            local = [spot for n, spot in enumerate(local) if n in kept]
        found += local
    return found


def _head(code: str, names: dict[str, tuple[str, str]]) -> tuple[str, str]:
    town, place = names[code[:9]], names[code]
    return f"望川县{town[0]}{place[0]}", f"{place[1]}, {town[1]}, Wangchuan County"


def _of_community(code: str, centre: tuple[float, float], names: dict[str, tuple[str, str]]) -> Iterator[Spot]:
    zh_head, en_head = _head(code, names)
    streets = [_split(s) for s in STREETS[code].split("|")]
    urban = code < "990101100"
    doors = 46 if urban else 52
    rng = random.Random(f"ground:{code}")
    for n, (zh, en) in enumerate(streets):
        along_east = n % 2 == 0
        offset = (n // 2 + 1) * (1 if n % 4 < 2 else -1) * 1.1
        numbers = sorted(rng.sample(range(1, doors * 2 + 20), doors))
        for door in numbers:
            run, side = (door - doors) * 0.07, 0.12 if door % 2 else -0.12
            east = centre[0] + (run if along_east else offset + side)
            north = centre[1] + (offset + side if along_east else run)
            lat, lon = _at(east, north)
            row = AddressRow(
                code=f"{code}-{n + 1:02d}-{door:04d}",
                division=code,
                street=zh,
                street_en=en,
                door=f"{door}号",
                full=f"{zh_head}{zh}{door}号",
                full_en=f"{door} {en}, {en_head}",
                lat=lat,
                lon=lon,
            )
            yield Spot(row, "street", f"{zh}{door}号", f"{door} {en}")
    for n, text in enumerate(ESTATES[code].split("|")):
        words = text.split(" ")
        estate, estate_en, buildings = words[0], " ".join(words[1:-1]), int(words[-1])
        zh, en = streets[n % len(streets)]
        door = 200 + n * 12
        for building in range(1, buildings + 1):
            for unit in range(1, 4 if urban else 3):
                lat, lon = _at(
                    centre[0] + 2.6 + (building % 4) * 0.55 + unit * 0.08,
                    centre[1] - 2.2 + n * 1.9 - building // 4 * 0.5,
                )
                row = AddressRow(
                    code=f"{code}-E{n + 1}-{building:02d}{unit:02d}",
                    division=code,
                    street=zh,
                    street_en=en,
                    door=f"{door}号",
                    estate=estate,
                    building=f"{building}幢{unit}单元",
                    full=f"{zh_head}{zh}{door}号{estate}{building}幢{unit}单元",
                    full_en=f"Entrance {unit}, Building {building}, {estate_en}, {door} {en}, {en_head}",
                    lat=lat,
                    lon=lon,
                )
                yield Spot(row, "estate", f"{estate}{building}幢", f"Building {building}, {estate_en}")


def _of_village(code: str, centre: tuple[float, float], names: dict[str, tuple[str, str]]) -> Iterator[Spot]:
    zh_head, en_head = _head(code, names)
    village = names[code][0]
    rng = random.Random(f"ground:{code}")
    for group in range(1, VILLAGES[code] + 1):
        east = centre[0] + rng.uniform(-6, 6)
        north = centre[1] + rng.uniform(-5, 5)
        zh, en = f"{_NUMERALS[group]}组", f"Group {group}"
        for door in range(1, rng.randint(34, 46)):
            lat, lon = _at(east + rng.uniform(-1.2, 1.2), north + rng.uniform(-0.9, 0.9))
            row = AddressRow(
                code=f"{code}-G{group}-{door:03d}",
                division=code,
                street=zh,
                street_en=en,
                door=f"{door}号",
                full=f"{zh_head}{zh}{door}号",
                full_en=f"No. {door}, {en}, {en_head}",
                lat=lat,
                lon=lon,
            )
            yield Spot(row, "village", f"{village}{zh}", f"{en}, {names[code][1]}")
