"""What words say of persons is shown to their writer; a number of a case of ours is nobody's account."""

from __future__ import annotations

from datetime import date

import pytest

from wuxiao.desk.assist import spoken_of
from wuxiao.rules.codes import new_number


@pytest.mark.parametrize("prefix", ["WX", "JC", "LX"])
def test_a_number_of_ours_is_no_account_of_anybody(prefix: str) -> None:
    number = new_number(prefix, date(2026, 12, 2))
    assert spoken_of.look([f"1. {number} 施工噪声：谁来管夜里打桩", f"见{number}。"]) == []


def test_what_is_of_a_person_is_found_beside_it() -> None:
    found = spoken_of.look(["WX20261202-DHSEC 的诉求人电话13900139000，微信号wang_20261202"])
    assert [one.text for one in found] == ["13900139000", "wang_20261202"]
    assert spoken_of.look(["诉求人电话13900139000"], known="13900139000") == []
