"""Whoever writes about somebody with power is asked about secrecy with a yes in front; nobody else is."""

from __future__ import annotations

import pytest

from tests.reading.accused_texts import ACCUSING, LATER_AGAINST, LATER_ORDINARY, LATER_TRIAL, ORDINARY, TRIAL
from tests.reading.asked_texts import AGAINST, FOR, TRIAL_FOR
from wuxiao.reading.accused import accused_later, also_called, spoken_of
from wuxiao.reading.danger import look

UNITS = {
    "qingping": ("清平派出所", "Qingping Police Station"),
    "police": ("县公安局", "公安局"),
    "bureau": ("望川县公安局",),
    "shangyan": also_called("上堰村民委员会"),
}


def test_the_nine_of_the_trial_and_held_out_ones_begin_with_yes() -> None:
    judged = [*TRIAL, *ACCUSING[1::2]]
    assert len(ACCUSING) >= 60
    found = [text for text in judged if spoken_of(text).somebody]
    assert len(found) >= 0.98 * len(judged), set(judged) - set(found)
    assert all(spoken_of(text).somebody for text in ACCUSING[::2]), "those it was made on"


def test_ordinary_reports_that_name_nobody_begin_with_no() -> None:
    assert [text for text in ORDINARY if spoken_of(text).somebody] == []


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ("派出所的民警让我给两条烟才给我开证明，还骂我。", "some_station"),
        ("派出所的民警收我錢，請不要讓他知道是我", "some_station"),
        ("A policeman asked me for money to return my passport.", "some_station"),
        ("村支书把低保给了自己亲戚", "some_village"),
        ("镇里分管拆迁的副镇长和开发商天天一起喝酒。", "some_township"),
        ("窗口的人让我跑了五趟", "some_window"),
        ("城管收了我的三轮车不给收据", "some_chengguan"),
        ("ＰＯＬＩＣＥ took my bike and laughed", "some_station"),
        ("县医院骨科的医生让我到他老婆药店买钢板。", ""),
    ],
)
def test_the_body_that_is_meant_stands_there(words: str, body: str) -> None:
    assert spoken_of(words) == spoken_of(words, {})
    assert (spoken_of(words).somebody, spoken_of(words).body) == (True, body)


@pytest.mark.parametrize(
    "words", ["我想问派出所几点上班", "派出所门口的路灯坏了", "办居住证要去哪个派出所", "Where is the police station?"]
)
def test_whoever_asks_the_way_is_asked_too_but_no_body_is_put_in_their_mouth(words: str) -> None:
    assert (spoken_of(words).somebody, spoken_of(words).body) == (True, "")
    against = spoken_of(words + "，那里的人还骂我" if "W" not in words else words + " They were rude to me.")
    assert against.body == "some_station"


def test_units_by_name_in_the_order_they_are_named_and_the_longer_name_is_meant() -> None:
    found = spoken_of("上堰村村委会不管，清平派出所也不管", UNITS)
    assert (found.units, found.body) == (("shangyan", "qingping"), "")
    assert spoken_of("望川县公安局的人骂我", UNITS).units == ("bureau",)
    assert spoken_of("公安局的人骂我", UNITS).units == ("police",)
    assert spoken_of("qingping police station took my money", UNITS).units == ("qingping",)


@pytest.mark.parametrize(
    "words",
    [
        "他们收了老板的红包",
        "你们派来的人威胁我，叫我撤诉",
        "来的同志是老板的亲戚",
        "他们把我的电话告诉了老板",
        "所长打电话骂我",
        "上門的人要我給煙",
        "They told my landlord that it was me",
        "your people took money from the bar",
        "别让派出所知道是我",
    ],
)
def test_what_is_said_later_against_those_at_work_on_it_is_heard_without_a_name(words: str) -> None:
    assert accused_later(words) is not None


@pytest.mark.parametrize(
    "words",
    [
        "城管来看过一次，垃圾还在",
        "他们说明天来修，没有来",
        "照片补上了",
        "办事的人来过，灯还是不亮",
        "They came once and the lamp is still dark",
        "已经解决了，谢谢",
        "我家在三单元，晚上六点以后有人",
    ],
)
def test_what_only_tells_how_the_work_stands_accuses_nobody(words: str) -> None:
    assert accused_later(words) is None


def test_later_words_against_somebody_with_power_are_asked_about_and_how_the_work_stands_is_not() -> None:
    judged = [*LATER_TRIAL, *LATER_AGAINST[1::2]]
    assert min(len(LATER_AGAINST), len(LATER_ORDINARY)) >= 60
    missed = [text for text in judged if accused_later(text) is None]
    assert len(missed) <= 0.05 * len(judged), missed
    assert sum(accused_later(text) is not None for text in LATER_AGAINST[::2]) >= 32, "those it was made on"
    asked = [text for text in LATER_ORDINARY[1::2] if accused_later(text) is not None]
    assert len(asked) <= 0.07 * len(LATER_ORDINARY[1::2]), asked
    assert [text for text in LATER_ORDINARY[::2] if accused_later(text) is not None] == []


def test_what_stands_beside_an_office_is_no_word_against_it() -> None:
    assert accused_later("交警大队门口那个坑还没补，昨天又有人摔了") is None
    assert accused_later("交警大队的人昨天把我摔了") is not None
    assert accused_later("The lamp in front of the police station hit me when it fell") is None


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ("所长骂我", "some_station"),
        ("所里的人说我再来就把我拘了", "some_station"),
        ("联防队员打我", "some_station"),
        ("书 记 收钱", ""),
        ("村 支 书 把低保给了亲戚", "some_village"),
        ("扶贫专干把我家的补助领走了", "some_village"),
        ("计生办的人要我给烟", ""),
        ("消防来检查的人要红包", ""),
    ],
)
def test_whoever_is_named_by_their_work_is_somebody_too(words: str, body: str) -> None:
    assert (spoken_of(words).somebody, spoken_of(words).body) == (True, body)


@pytest.mark.parametrize("words", ["厕所长满了青苔", "公厕 所长期没人打扫", "有空请来检查一下电线"])
def test_what_only_looks_like_somebody_is_nobody(words: str) -> None:
    assert not spoken_of(words).somebody


def held(words: str, *, danger: bool | None = None) -> bool:
    """What the question begins with, with danger as its own reader finds it unless the test says it."""
    certain = look(words).certain if danger is None else danger
    return spoken_of(words, danger=certain).against


def test_who_is_written_about_and_who_is_asked_for_are_two_things() -> None:
    assert min(len(AGAINST), len(FOR)) >= 60
    assert [text for text in TRIAL_FOR if held(text)] == [], "a call for the police reaches the police"
    accused = [*TRIAL, *ACCUSING[1::2], *AGAINST[1::2]]
    missed = [text for text in accused if not held(text)]
    assert len(missed) <= 0.05 * len(accused), missed
    wrongly = [text for text in FOR[1::2] if held(text)]
    assert len(wrongly) <= 0.05 * len(FOR[1::2]), wrongly
    assert all(held(text) for text in (*AGAINST[::2], *ACCUSING[::2])), "those it was made on"
    assert not any(held(text) for text in FOR[::2]), "those it was made on"


@pytest.mark.parametrize("words", [*TRIAL_FOR, *FOR[1::3]])
def test_danger_never_hides_a_call_from_whom_it_calls(words: str) -> None:
    assert not held(words, danger=True)
    later = accused_later(words, danger=True)
    assert later is None


def test_in_danger_only_who_does_the_harm_is_held_to_it() -> None:
    assert held("村支书拿锄头砸我的门，还要打我", danger=True)
    assert held("派出所的民警正在打我弟弟", danger=True)
    assert not held("有人拿锄头砸我的门，派出所快来", danger=True)
    assert held("派出所民警收了老板的红包。我家煤气漏了，满屋都是味道", danger=True)
    assert accused_later("他拿刀砍我，快叫警察", danger=True) is None
    assert accused_later("你们派来的人拿刀威胁我", danger=True) is not None


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ("土管所的人收了邻居的礼", ""),
        ("110接警的态度很差", "some_station"),
        ("报警了没人来", "some_station"),
        ("市监所的来店里吃饭不给钱", ""),
        ("司法所的调解员偏袒对方", ""),
    ],
)
def test_what_a_trial_found_unheard_is_held_against_somebody(words: str, body: str) -> None:
    spoken = spoken_of(words)
    assert (spoken.somebody, spoken.against, spoken.body) == (True, True, body)


def test_later_words_against_whoever_was_entrusted_with_it_are_heard() -> None:
    assert accused_later("承办的人把我的电话给了对方") is not None


@pytest.mark.parametrize("words", ["Graffiti on the wall of the school", "县医院的停车场路面坏了", "小学有个井盖翘了"])
def test_a_house_named_as_a_place_is_accused_of_nothing(words: str) -> None:
    assert not held(words)


@pytest.mark.parametrize("text", ["车牌粤B12345停在人行道上", "我的电话13912345678", "订单号0012345没有发货"])
def test_figures_inside_a_number_name_no_hotline(text: str) -> None:
    assert not spoken_of(text).somebody
    assert spoken_of("打了12345，话务员骂人").somebody
