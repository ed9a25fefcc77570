"""Places as people type them: the right suggestion first, among the streets of the measured set."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from bench import places_typed
from tests.desk.people import settle
from wuxiao.desk.town import addresses
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
