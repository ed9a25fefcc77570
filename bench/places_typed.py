"""What people type of a place, asked of the picker among N addresses: `python -m bench.places_typed [--addresses N]`.

A temporary town with the shipped rule book gets a dozen streets that are typed and as many others as N addresses need;
every line of `bench/reading/typed_places.tsv` is searched. Printed as JSON: how often the right suggestion came first
and among the first three, by part of the set, and how long a search took.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SET = Path(__file__).resolve().parent / "reading" / "typed_places.tsv"
#: Division, its township, street, its English name, doors, an estate (name, its door, buildings), doors with 附.
STREETS: tuple[tuple[str, str, str, str, int, tuple[str, int, int] | None, int], ...] = (
    ("990101001002", "清平街道", "文庙街", "Wenmiao Street", 60, None, 0),
    ("990101001003", "清平街道", "东门路", "Dongmen Road", 80, ("幸福小区", 18, 12), 0),
    ("990101001001", "清平街道", "人民路", "Renmin Road", 90, None, 0),
    ("990101001004", "清平街道", "建设路", "Jianshe Road", 40, None, 4),
    ("990101002001", "桂湖街道", "桂湖大道", "Guihu Avenue", 120, ("桂湖花园", 88, 16), 0),
    ("990101002001", "桂湖街道", "解放北路", "North Jiefang Road", 50, None, 0),
    ("990101002002", "桂湖街道", "解放南路", "South Jiefang Road", 50, None, 0),
    ("990101002002", "桂湖街道", "湖滨路", "Hubin Road", 130, None, 0),
    ("990101002003", "桂湖街道", "站前街", "Zhanqian Street", 50, None, 0),
    ("990101100001", "柳溪镇", "桃花巷", "Taohua Lane", 30, None, 0),
    ("990101101001", "双河镇", "人民路", "Renmin Road", 40, None, 0),
    ("990101101001", "双河镇", "河街", "He Street", 40, None, 0),
    ("990101102001", "云台镇", "云台路", "Yuntai Road", 30, ("云台新村", 6, 8), 0),
    ("990101103001", "青石镇", "青石大街", "Qingshi Street", 60, None, 0),
)
_HEADS = "锦荣福康宁泰祥瑞兴隆昌盛华茂春晖明德仁义礼智信和睦安乐永长金银玉翠碧紫丹朱红蓝青绿白云霞雪霜露雷虹"
_TAILS = "园林山水川江河湖海泉溪谷岭峰岩石松柏竹梅兰菊荷桂桃李杏梨枫桐杨柳榆槐樟楠茶麦稻禾丰登平坦阔远"
PER_STREET = 400


def _rows(addresses: int) -> Iterator[Any]:
    from wuxiao.desk.town.places import AddressRow

    code = 0
    for division, town, street, en, doors, estate, more in STREETS:
        for n in range(1, doors + 1):
            for suffix in ("", *(f"附{k}号" for k in range(1, more + 1))):
                code += 1
                yield AddressRow(
                    f"T{code}", division, street, f"{n}号{suffix}", f"{town}{street}{n}号{suffix}", en, f"{n} {en}"
                )
        if estate is not None:
            name, door, buildings = estate
            for b in range(1, buildings + 1):
                code += 1
                full = f"{town}{street}{door}号{name}{b}幢"
                yield AddressRow(
                    f"T{code}", division, street, f"{door}号", full, en, f"{door} {en}", name, "", f"{b}幢"
                )
    rnd = random.Random(11)
    names = [a + b for a in _HEADS for b in _TAILS]
    rnd.shuffle(names)
    divisions = sorted({(division, town) for division, town, *_ in STREETS})
    for number in range(max(0, addresses - code) // PER_STREET):
        name = names[number % len(names)] + ("路", "街", "巷", "大道")[number // len(names) % 4]
        division, town = divisions[number % len(divisions)]
        estate_name = names[(number * 7 + 3) % len(names)] + "苑"
        for n in range(1, PER_STREET + 1):
            code += 1
            inside = n % 4 == 0
            full = f"{town}{name}{n}号" + (f"{estate_name}{n}幢" if inside else "")
            yield AddressRow(
                f"F{code}", division, name, f"{n}号", full, "", "", estate_name if inside else "", "",
                f"{n}幢" if inside else "",
            )  # fmt: skip


def fill(addresses: int, at: datetime) -> int:
    """Put the streets and as many further addresses in as asked; returns how many there are."""
    from wuxiao.desk.base.actor import SYSTEM
    from wuxiao.desk.town import addresses as picker
    from wuxiao.desk.town import places
    from wuxiao.records.models import Address

    batch = []
    for row in _rows(addresses):
        batch.append(row)
        if len(batch) == 20_000:
            places.load_addresses(batch, by=SYSTEM, at=at)
            batch.clear()
    places.load_addresses(batch, by=SYSTEM, at=at)
    picker.forget()
    return Address.objects.count()


def asked() -> list[tuple[str, str, str]]:
    """Return the set: part, what is typed, the words of the right suggestion."""
    rows = [line.split("\t") for line in SET.read_text(encoding="utf-8").splitlines() if line[:1] not in {"", "#"}]
    return [(part, typed, wanted) for part, typed, wanted in rows]


def measure(book: Any) -> dict[str, Any]:
    """Search every line and count; what went wrong is listed for part d alone."""
    from wuxiao.desk.town import addresses as picker

    picker.search("文庙街", book)
    took, parts, wrong = [], {}, []
    for part, typed, wanted in asked():
        begin = time.perf_counter()
        found = picker.search(typed, book)
        took.append(time.perf_counter() - begin)
        said = [one.label.zh for one in found]
        box = parts.setdefault(part, {"n": 0, "first": 0, "among three": 0})
        box["n"] += 1
        right = [one.endswith(wanted) for one in said]
        box["first"] += any(right[:1])
        box["among three"] += any(right[:3])
        if part == "d" and not any(right[:1]):
            wrong.append({"typed": typed, "wanted": wanted, "said": said[:4]})
    took.sort()
    times = {name: round(1000 * took[int(share * (len(took) - 1))], 1) for name, share in (("p50", 0.5), ("p95", 0.95), ("longest", 1.0))}  # fmt: skip  # noqa: E501
    return {"parts": parts, "ms": times, "not first, part d": wrong}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure in a temporary town and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--addresses", type=int, default=1_000_000)
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="wuxiao-places-") as folder:
        os.environ["WUXIAO_DATA_DIR"] = folder
        os.environ.pop("DATABASE_URL", None)
        os.environ["DJANGO_SETTINGS_MODULE"] = "wuxiao.site.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from wuxiao.desk.base.actor import SYSTEM
        from wuxiao.desk.town import books
        from wuxiao.rules import book as rulebook

        at = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
        text = (Path(rulebook.__file__).parent / "book.toml").read_text(encoding="utf-8")
        books.adopt(text, name="places", effective_from=datetime(2015, 1, 1, tzinfo=UTC), by=SYSTEM, at=at)
        count = fill(args.addresses, at)
        figures = {"addresses": count, **measure(rulebook.loads(text, "book.toml"))}
    print(json.dumps(figures, ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
