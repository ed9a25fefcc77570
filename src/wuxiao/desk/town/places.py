"""The town's standard addresses: loaded in bulk from the address office's list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid
from wuxiao.desk.diary import diary
from wuxiao.desk.town.books import current
from wuxiao.records.models import Address, Street
from wuxiao.rules.words import Text

BATCH = 500
_KEPT = ("division", "street", "door", "estate", "estate_en", "building", "full", "full_en", "lat", "lon")


@dataclass(frozen=True, slots=True)
class AddressRow:
    """One standard address as the address office gives it; `code` is theirs and never changes.

    `full` is what people read; coordinates are CGCS2000 / WGS 84 degrees, both or neither.
    """

    code: str
    division: str
    street: str
    door: str
    full: str
    street_en: str = ""
    full_en: str = ""
    estate: str = ""
    estate_en: str = ""
    building: str = ""
    lat: float | None = None
    lon: float | None = None


def load_addresses(rows: Sequence[AddressRow], *, by: Actor, at: datetime, certain: bool = False) -> int:
    """Put addresses in, or bring those with a known code up to date, in one transaction; returns how many rows.

    Positions are of WGS-84: whoever has them from elsewhere brings a file in (`desk.files.address_file`), which states
    its system. `certain` is written down: somebody said that they are right where the town thought otherwise.
    Loading the same rows again changes nothing. Raises `Invalid` for a division the rule book does not know, an
    address without words, or one coordinate without the other; then nothing was loaded.
    """
    _check(rows, at)
    with transaction.atomic():
        streets = _streets(rows)
        Address.objects.bulk_create(
            [
                Address(
                    code=row.code,
                    division=row.division,
                    street=streets[row.division, row.street],
                    door=row.door,
                    estate=row.estate,
                    estate_en=row.estate_en,
                    building=row.building,
                    full=row.full,
                    full_en=row.full_en,
                    lat=row.lat,
                    lon=row.lon,
                )
                for row in {row.code: row for row in rows}.values()
            ],
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=_KEPT,
        )
        facts = {"count": len(rows), "what": "addresses", **({"certain": True} if certain else {})}
        diary.write_town("import_rows", by=by, at=at, facts=facts)
    return len(rows)


def _check(rows: Sequence[AddressRow], at: datetime) -> None:
    divisions = current(at).book.divisions
    for number, row in enumerate(rows, start=1):
        if row.division not in divisions:
            raise Invalid(
                {
                    "division": Text(
                        f"第{number}行:规则手册里没有区划{row.division}",
                        f"row {number}: the rule book has no division {row.division}",
                    )
                }
            )
        if not (row.code and row.street and row.full):
            raise Invalid(
                {
                    "full": Text(
                        f"第{number}行:地址编码、街路名和全称都要填写",
                        f"row {number}: code, street and full address are all needed",
                    )
                }
            )
        if (row.lat is None) != (row.lon is None):
            raise Invalid(
                {
                    "lat": Text(
                        f"第{number}行:经度和纬度要么都填,要么都不填",
                        f"row {number}: give both coordinates or none",
                    )
                }
            )


def _streets(rows: Sequence[AddressRow]) -> dict[tuple[str, str], Street]:
    wanted = {(row.division, row.street): row.street_en for row in rows}
    Street.objects.bulk_create(
        [Street(division=division, name=name, name_en=en) for (division, name), en in wanted.items()],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["division", "name"],
        update_fields=["name_en"],
    )
    divisions = {division for division, _ in wanted}
    return {(s.division, s.name): s for s in Street.objects.filter(division__in=divisions)}
