"""What the shipped tagger takes for a place: where it begins and ends, what speaks against it, what it learns from."""

from __future__ import annotations

import pytest

from tools import redaction_texts
from wuxiao.reading.redact import find
from wuxiao.reading.tagger import known, piece_features, sequence, shipped


@pytest.mark.parametrize(
    ("line", "alone"),
    [
        ("青岛、[宁波3个城市]进行", "宁波"),
        ("占领了[杭州四分之三]", "杭州"),
        ("距离[幸福小区仅300米]的", "幸福小区"),
        ("在[幸福小区3号楼]停水", "幸福小区3号楼"),
        ("在[北京东四十条]见", "北京东四十条"),
        ("住在[幸福路12号附近3号楼]", "幸福路12号附近3号楼"),
        ("从[东京迁移]到别处", "东京"),
        ("往[天津赶]去", "天津"),
        ("[距北京]最近", "北京"),
        ("住在[从化]", "从化"),
        ("[和平路]堵车", "和平路"),
        ("在[清河镇]修路", "清河镇"),
        ("[山本健一在开发区科技路开厂]了", "开发区科技路"),
        ("到[三里湾小区物业]理论", "三里湾小区"),
    ],
)
def test_a_place_is_marked_without_what_leads_up_to_it_or_follows(line: str, alone: str) -> None:
    start, end = line.index("["), line.index("]") - 1
    text = line.replace("[", "").replace("]", "")
    found = shipped.place_alone(text, start, end)
    assert found == (text.index(alone), text.index(alone) + len(alone))


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("在[北京]，", "known"),
        ("在[北京]，主场迎来一场平手", "of sports"),
        ("在[美国]生活", "great"),
        ("在[泰国]生活", "known"),
        ("去[颐和园]看看", "sight"),
        ("去[阿森纳]看看", "another's"),
        ("[北京]很好的新人文化传媒有限公司", "known"),
        ("[北京]新人文化传媒有限公司", "of a body"),
        ("[香港]著名演员", "of a body"),
        ("[北京]国际电影节", "known"),
        ("[幸福小区]居民向公司反映", "plain with a unit"),
        ("[安庆市]居民向公司反映", "of a body"),
        ("[北京]，其海军", "known"),
        ("[北京]电影院", "known"),
        ("[学校]门口", "everybody's"),
        ("在[二楼]晾衣服", "everybody's"),
        ("在[幸福路2号]，", "door"),
        ("在[高额利润]中", "plain"),
        ("到[购物街]逛逛", "plain with a unit"),
        ("在[西旺镇]上", "unit"),
        ("[杭州事业]单位", "begins known"),
    ],
)
def test_the_form_of_a_place_says_which_kind_it_would_be(line: str, kind: str) -> None:
    start, end = line.index("["), line.index("]") - 1
    assert shipped.kind_of_place(line.replace("[", "").replace("]", ""), start, end) == kind


def test_a_door_in_a_street_asks_less_of_the_model_than_any_other_place() -> None:
    sure = shipped.SURE_OF_PLACE
    assert sure["door"] == 0.0 == min(sure.values())
    assert max(sure["unit"], sure["plain with a unit"]) < min(
        sure[kind] for kind in ("plain", "rest", "great", "sight")
    )
    assert sure["everybody's"] == max(sure.values()) < 1


def test_what_is_done_at_a_place_is_no_part_of_its_address() -> None:
    assert [mark.text for mark in find("我爱人石磊去年在宏达路37号受伤") if mark.kind == "address"] == ["宏达路37号"]


def test_a_match_is_near_only_within_reach_of_its_words() -> None:
    text = "球队来了" + "，" * 60 + "在北京"
    assert piece_features.near_sports(text, 2)
    assert not piece_features.near_sports(text, text.index("北京"))
    rows = piece_features.shipped_features(sequence.pieces(text))
    assert any(one.startswith("g=") for one in rows[5])
    assert not any(one.startswith("g=") for one in rows[-1])


def test_what_the_cutter_wrongly_calls_a_place_is_never_made_an_address() -> None:
    none = set(redaction_texts.no_places())
    # What could leak exists: the cutter does call these places.
    assert {"午休", "美丽", "一路平安"} <= none & set(redaction_texts.words()["ns"])
    maker = redaction_texts.Maker(5)
    drawn = {maker.city() for _ in range(4000)}
    assert not drawn & none
    assert drawn & set(redaction_texts.divisions())
    assert none & {maker.noun() for _ in range(2000)}


def test_islands_of_holidays_are_sights_and_quarters_are_places() -> None:
    kinds = known.known()
    assert (kinds["巴厘岛"], kinds["cbd"], kinds["澳洲"]) == ("sight", "place", "country")
