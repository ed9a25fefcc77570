"""Places as people type them: the right suggestion first, among the streets of the measured set."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from bench import places_typed
from tests.desk.people import settle
from wuxiao.desk.town import addresses
from wuxiao.records.models import Address, Street
from wuxiao.rules import book as rulebook

pytestmark = pytest.mark.django_db


def test_what_people_type_of_a_place_finds_it() -> None:
    settle()
    places_typed.fill(0, timezone.now())
    book = rulebook.load(Path(rulebook.__file__).parent / "book.toml")
    figures = places_typed.measure(book)
    assert figures["not first, part d"] == []
    for part, box in figures["parts"].items():
        assert box["n"] == 50
        assert box["first"] >= 48, (part, box)
    for typed in ("上堰村3组", "河口村村口"):
        assert addresses.search(typed, book)[0].value.startswith("d:"), typed
    assert addresses.search("建设路12号3楼", book)[0].label.zh == "清平街道建设路12号"
    addresses.forget()


def test_of_two_streets_of_one_name_the_one_in_the_town_that_was_said_comes_first() -> None:
    """Whichever the database met first: people leave the kind of a division away."""
    book = rulebook.load(Path(rulebook.__file__).parent / "book.toml")
    for order in ("清平街道", "双河镇"), ("双河镇", "清平街道"):
        Address.objects.all().delete()
        Street.objects.all().delete()
        for name in order:
            code = next(d.code for d in book.divisions.values() if d.name.zh == name)
            street = Street.objects.create(name="人民路", division=code)
            for number in ("5", "50"):
                Address.objects.create(
                    code=f"{code}-{number}", street=street, division=code, door=number, full=f"{name}人民路{number}号"
                )
        addresses.forget()
        for name in order:
            short = name.removesuffix("街道").removesuffix("镇")
            for typed in (f"{name}人民路5号", f"{short}人民路5号", f"人民路5号，{short}的"):
                assert addresses.search(typed, book)[0].label.zh == f"{name}人民路5号", (order, typed)
    addresses.forget()
