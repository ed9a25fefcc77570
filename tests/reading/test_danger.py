"""Danger in two tiers: what is certain stops the page, what may be is a line for staff, and everyday words pass."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reading.ground import NASTY, SETS
from wuxiao.reading import danger_set
from wuxiao.reading.danger import (
    AGAINST,
    ALONE,
    BESIDE,
    CERTAIN,
    DOUBTED,
    HEARD,
    KIND_CODES,
    LETTER,
    LONGER,
    NONE,
    OVER,
    PERHAPS,
    STRETCH,
    Danger,
    look,
    plain_of,
)
from wuxiao.reading.danger_model import OFTEN, grams, shipped
from wuxiao.reading.danger_set import Sets


@pytest.fixture(scope="module")
def sets() -> Sets:
    return danger_set.sets(SETS)


def test_the_sets_are_large_varied_and_in_parts(sets: Sets) -> None:
    ordinary = [s for s in sets.own if s.tier == NONE]
    assert len(ordinary) >= 800
    assert len({s.text for s in sets.own}) == len(sets.own)
    assert sum(s.text.isascii() for s in ordinary) >= 100
    assert sum(len(s.text) > 120 for s in ordinary) >= 25
    assert {s.part for s in ordinary} == set("abc")
    first = {s.kind for s in sets.own if s.tier == CERTAIN}
    assert first >= {"fire", "gas", "suicide", "violence", "drowning", "trapped", "missing", "minors"}
    assert len(sets.templates) >= 1500


def test_the_part_of_a_text_never_moves() -> None:
    assert danger_set.part_of("三楼阳台着火了，快来人") == "b"
    assert [danger_set.part_of(text) for text in ("你好", "想问个事", "12345")] == ["a", "b", "a"]


@pytest.fixture(scope="module")
def read(sets: Sets) -> list[tuple[str, str, bool]]:
    """Every fourth text of those mended on, and of the templates: its tier, what is read, whether it is a template.

    All of them are read by `wuxiao reading danger --evaluate`.
    """
    mended = [s for s in sets.own if s.part != "c"][::4]
    templates = sets.templates[::8]
    return [(s.tier, look(s.text).tier, n >= len(mended)) for n, s in enumerate([*mended, *templates])]


def _share(read: list[tuple[str, str, bool]], tier: str, *seen: str, template: bool = False) -> float:
    of = [found for true, found, spelt in read if true == tier and spelt == template]
    assert len(of) >= 40, "too few to speak of a share"
    return sum(found in seen for found in of) / len(of)


def test_everyday_texts_pass_the_door(read: list[tuple[str, str, bool]]) -> None:
    assert _share(read, NONE, CERTAIN) <= 0.01
    # Half of these ordinary texts were written to hold a word of danger in another sense.
    assert _share(read, NONE, PERHAPS) <= 0.18
    assert _share(read, NONE, CERTAIN, template=True) <= 0.01


def test_danger_of_the_first_tier_stops_the_page(read: list[tuple[str, str, bool]]) -> None:
    assert _share(read, CERTAIN, CERTAIN) >= 0.98
    assert _share(read, PERHAPS, CERTAIN, PERHAPS) >= 0.9
    assert _share(read, CERTAIN, CERTAIN, template=True) >= 0.9
    assert _share(read, CERTAIN, CERTAIN, PERHAPS, template=True) >= 0.99


def test_the_shipped_model_learned_from_the_mended_parts_as_they_stand_and_nothing_else(sets: Sets) -> None:
    model = shipped()
    assert model is not None
    lessons = danger_set.lessons(SETS)
    spread: dict[str, int] = {}
    for sample in danger_set.in_pieces(lessons):
        for gram in set(grams(plain_of(sample.text))):
            spread[gram] = spread.get(gram, 0) + 1
    assert set(model.names) == {gram for gram, count in spread.items() if count >= OFTEN}, (
        "run: wuxiao reading danger --learn bench/reading --out src/wuxiao/reading/danger_model.npz"
    )
    kept_back = {s.text for s in sets.own if s.part == "c"}
    assert len(kept_back) >= 200
    assert kept_back.isdisjoint(s.text for s in lessons)


def test_a_near_copy_of_a_judged_text_is_found_and_one_that_only_shares_a_word_is_not() -> None:
    judged = ["三楼阳台着火了，快来人", "My dog ran away in the park"]
    texts = [
        "三楼阳台着火，快来人啊",
        "三楼阳台的花盆掉下来了，砸了一辆车",
        "My dog ran away in that park!",
        "",
        "着火",
    ]
    assert danger_set.near_copies(texts, judged) == {texts[0], texts[2]}
    assert danger_set.near_copies(judged, judged) == set(judged)


def _both(text: str) -> float:
    model = shipped()
    assert model is not None
    return model.hear(text).both


def test_the_ear_alone_is_certain_only_when_very_sure_and_shows_no_scrap_and_no_per_cent() -> None:
    text = "有人把我带到宾馆不让我走，手机也收走了"
    assert _both(text) >= ALONE
    assert look(text, by_ear=False).tier == NONE
    found = look(text)
    assert (found.tier, found.kinds, found.spans, found.numbers) == (CERTAIN, ("violence",), (), ("110",))
    assert "%" not in found.why.zh + found.why.en
    # It was: the same ear says no more than a line to staff.
    model = shipped()
    assert model is not None
    was = "去年有人把我带到宾馆不让我走，手机也收走了"
    assert model.hear(was).chance >= HEARD
    assert _both(was) < OVER
    assert look(was).tier == PERHAPS
    # With no word to show it must be surer than beside one.
    less = "今天又在冒"
    assert BESIDE <= _both(less) < ALONE
    assert look(less).tier == PERHAPS


def test_a_sure_word_that_the_ear_does_not_believe_is_a_line_to_staff() -> None:
    text = "药店卖安眠药不用处方，能举报吗"
    assert _both(text) < DOUBTED
    assert look(text, by_ear=False).certain
    found = look(text)
    assert (found.tier, found.numbers) == (PERHAPS, ())
    # Where something in the text speaks against it the ear must be surer.
    doubtful = "厨房煤气泄漏，修好了，担心再漏"
    assert look(doubtful, by_ear=False).certain
    assert DOUBTED <= _both(doubtful) < AGAINST
    assert look(doubtful).tier == PERHAPS


def test_a_sure_ear_and_a_word_of_danger_are_certain_together_unless_it_is_past_or_drilled() -> None:
    text = "房顶一直在掉"
    assert look(text, by_ear=False).tier == NONE
    assert _both(text) >= BESIDE
    found = look(text)
    assert found.certain
    assert [span.text for span in found.spans] == ["掉"]
    assert not look("上个月" + text).certain
    assert not look(text + "，是在演习").certain
    # With no word of danger in a short text it says no more than perhaps;
    # an ear that hears something leaves the words alone.
    assert HEARD <= _both("今天还在漏") < ALONE
    assert look("今天还在漏").tier == PERHAPS
    assert look("路灯漏电,有人触电倒地了").certain
    # An ear that hardly doubts outweighs a word of the past (什么时候 it began is not whether it goes on).
    text = "孩子被他爸抢走了，手机不通，他以前说要带孩子跳江"
    assert not look(text, by_ear=False).certain
    assert _both(text) >= OVER
    assert look(text).certain


def test_what_stands_in_another_sense_is_no_danger_unless_the_rest_sounds_of_it() -> None:
    text = "This bureaucracy makes me want to jump out of the window"
    assert _both(text) >= OVER
    assert not look(text).certain
    assert look(text + ", and my neighbour jumped, he does not move").certain


def test_a_text_that_comes_to_it_after_a_hundred_characters_is_heard_there() -> None:
    before = (
        "我们小区的物业一直不作为，垃圾三天才清一次，楼道灯坏了半年，业委会主任也不露面，停车费倒是年年涨，"
        "公示栏空着，绿化带被人种了菜，门禁坏了也没有人来修，大家都很有意见，找过街道两回。"
    )
    calm, danger = "希望能派人来看一看，给个书面的答复。", "今天中午我妈从坏掉的门出去，她老年痴呆，到现在没找到。"
    assert STRETCH < len(before + calm) <= len(before + danger) <= LETTER
    model = shipped()
    assert model is not None
    assert model.hear(plain_of(before + danger)).both < LONGER
    assert look(before + danger).certain
    assert not look(before + calm).certain


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("我家招火了快来", "fire"),
        ("煤汽泄漏了", "gas"),
        ("有人要跳喽，在楼顶", "suicide"),
        ("他要杀仁啦，快来", "violence"),
    ],
)
def test_slips_that_sound_alike_are_read_as_what_is_meant(slip: str, meant: str) -> None:
    found = look(slip)
    assert found.certain
    assert meant in found.kinds
    assert all(slip[span.start : span.end] == span.text for span in found.spans)


@pytest.mark.parametrize("text", ["招火锅店员两名", "成就命运的课程", "家里没气了，燃气公司电话", "招火车司机"])
def test_words_that_look_like_slips_stay_what_they_are(text: str) -> None:
    assert not look(text).certain


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("楼下有人拿刀追着人砍", "violence", "110"),
        ("三楼着火了，浓烟很大", "fire", "119"),
        ("闻到很浓的煤气味，头晕", "gas", "119"),
        ("我妈有老年痴呆，早上出门走丢了", "missing", "110"),
        ("他站在天台边上要跳楼", "suicide", "110"),
        ("老公喝醉了正在打我", "violence", "110"),
        ("幼儿园老师用针扎孩子", "minors", "110"),
        ("電梯困人，裏面有孕婦", "trapped", "119"),
        ("孩子掉河里了", "drowning", "119"),
        ("There is a fire in the kitchen", "fire", "119"),
        ("我哋屋企成屋煤氣味", "gas", "119"),
        ("Somebody is drowning in the river", "drowning", "120"),
    ],
)
def test_what_is_certain_has_its_kind_and_its_number(text: str, kind: str, number: str) -> None:
    found = look(text)
    assert found.certain
    assert kind in found.kinds
    assert number in found.numbers
    assert all(span.text in found.why.zh for span in found.spans[:1] if len(span.text) <= 15)


EVERYDAY = [
    "楼上把烟头往下扔，我家晾的被子烧了一个洞",
    "裤子被烟头烫了个洞",
    "小孩把鞭炮扔进垃圾桶，响得吓人",
    "宠物店的狗被关在笼子里",
    "小孩差点掉进没盖的井里",
    "老人差一点踩空，路边的坑没人填",
    # What a trial found (a word in another sense, or no word at all), and its neighbours.
    "我的电动车昨天被偷了",
    "电瓶被偷了",
    "窗口的人让我跑了五趟",
    "我的自行车在楼下被偷",
    "上周三我的电动车在菜市场门口被偷了",
    "楼上漏水，把我家天花板泡了",
    "我家孩子上学的事想问一下",
    "邻居的狗天天叫",
    "路上有个大坑",
    "我想问派出所几点上班",
    "办居住证要去哪个派出所",
    "派出所门口的路灯坏了",
    "举报城东派出所所长在饭店吃请",
    "夜市油烟很大",
    "烧烤摊烟很大，呛人",
    "河道边盖了两层砖房，墙都打穿了",
    "孩子发烧到医院排不上号",
    "快递员把包裹扔地上",
    "物业说要断水断电逼我们交费",
    "燃气灶打不着火",
    "架子鼓打得我睡不着",
    "吵架打得我睡不着",
    "麻将馆打牌到半夜",
    "五六年前买的房子现在漏水",
    "每天晚上11点工地还在打桩",
    "身份证320101199003078888",
    "地块编号119-110-120在哪里公示",
    "消防演练明天上午十点",
    "火灾保险理赔要什么材料",
    "怕着火，请清理消防通道",
    "去年仓库着过火，想补一份证明",
    "没有着火，是误报",
    "今天热死了，空调坏了",
    "老板跳楼价甩卖，喇叭太吵",
    "我报警了，民警让我找社区",
    "My parcel is missing",
    "The fire drill is too loud",
    "my bicycle was stolen near the police station",
    # A stranger's texts: titles of books and films, a standstill that is no trap, years ago.
    "网上买的书《杀死一只知更鸟》丢了",
    "被困在评职称的门槛上了",
    "爆米花机吓孩子一跳",
    "手机丢在车上了，车牌没记住",
    "宣告失踪要到哪个法院",
    "We were trapped in traffic for an hour",
    "I'm dying of heat in this waiting hall",
    "We had a fire in the kitchen two years ago and the insurer still hasn't paid",
    # Things, figures of speech, rhetoric, titles of talks.
    "有人网上卖自杀药，想举报网址",
    "鞋掉河里了，岸边台阶太滑，请修",
    "我都快被楼上逼得跳楼了，装修三个月",
    "等你们修好，孩子都掉下去八回了",
    "电梯里有人抽烟",
    "遇到着火怎么办，想给老人讲讲",
    "This bureaucracy makes me want to jump out of the window",
    "My phone is stuck in the ticket machine",
    "My mother lost her pension card",
    "I am drowning in paperwork",
]


@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_words_never_stop_the_page(text: str) -> None:
    found = look(text)
    assert not found.certain
    assert found.numbers == ()


@pytest.mark.parametrize(
    "place", ["派出所", "公安局", "警察局", "police station", "119", "110", "报警", "出警", "消防队"]
)
@pytest.mark.parametrize("rest", ["门口的车位", "的电话是多少", "几点上班", "旁边的路灯不亮", "", "在哪里"])
def test_naming_the_police_or_a_number_is_no_cry_for_help(place: str, rest: str) -> None:
    assert not look(place + rest).certain
    assert not look(f"请问{place}{rest}").certain


@pytest.mark.parametrize(
    ("calm", "real"),
    [
        ("怕楼道里的电瓶着火", "楼道里的电瓶着火了"),
        ("去年隔壁着过火", "隔壁着火了"),
        ("没有人受伤，火已经扑灭了", "火扑不灭，有人受伤"),
        ("明天消防演习，会有浓烟", "不是演习，真的着火了，快来人"),
        ("上个月我爸走失，民警送回来了", "我爸走失了，到现在没找到"),
        ("想问一下煤气中毒的赔偿标准", "一家人煤气中毒了，叫不醒"),
        ("昨天楼下打架，警察来过了", "楼下打起来了，拿着刀"),
        ("电梯里没有困人，就是停了", "电梯里困了人"),
        ("If there is a fire nobody can get out", "There is a fire and nobody can get out"),
        ("Last year there was a fire in our house", "There is a fire in our house"),
        ("身份证丢了怎么办", "孩子走丢了怎么办，就在车站"),
        ("我真想打人，这窗口", "他打人，打得满脸血"),
        ("《楼下着火了》这本书不好看", "楼下着火了，书都烧了"),
        ("We are trapped in traffic", "We are trapped in the lift"),
        ("I'm dying of boredom in this queue", "My father is dying, he cannot breathe"),
    ],
)
def test_one_word_more_tells_story_fear_and_drill_from_danger(calm: str, real: str) -> None:
    assert not look(calm).certain
    assert look(real).certain


@pytest.mark.parametrize(
    "text",
    [
        "他用烟头在孩子胳膊上烫了个洞",
        "被子烧了个洞，现在床着火了",
        "孩子被关在铁笼子里",
        "把孩子扔进垃圾桶了",
        "孩子差点掉进井里，现在卡在井口下不来",
    ],
)
def test_beside_what_was_only_burnt_or_nearly_happened_danger_stays_danger(text: str) -> None:
    assert look(text).certain


@pytest.mark.parametrize("text", ["昨天被邻居打了一拳", "有人在夜市卖匕首", "厨房好像有一点点煤气味，开窗就没了"])
def test_what_may_be_danger_is_one_line_for_staff(text: str) -> None:
    found = look(text)
    assert found.tier == PERHAPS
    assert found.numbers == ()
    assert found.why.zh
    assert found.why.en
    assert "%" not in found.why.zh + found.why.en


LONG = (
    "您好，我住在城南的老小区，反映一下我们这里的物业问题，电梯坏了一个月没人修，楼道灯也不亮，垃圾三天才清一次，车位费还涨了五十块，找物业三次都说在走流程，"
    "业委会主任也不接电话，我们几个老人爬楼爬得腿疼，社区也来看过说会协调，后来就没有下文了，希望上级部门能重视，去年楼下还着过火，赔偿到现在没有，请给我们一个答复。"
)


def test_a_long_letter_that_comes_to_it_last_stops_the_page() -> None:
    assert len(LONG) >= LETTER - 10
    calm = LONG + "另外小区的消防演习什么时候搞，也请告诉我们一声，谢谢你们的工作。"
    assert len(calm) > LETTER
    assert not look(calm).certain
    for last, kind in (("隔壁屋里烧着了，门敲不开", "fire"), ("我不想活了，药就在手里", "suicide")):
        for text in (LONG + "不过现在先不说这个，今天我写信是因为别的事。" + last, last + " " * LETTER):
            found = look(text)
            assert found.certain, last
            assert kind in found.kinds
            assert all(text[span.start : span.end] == span.text for span in found.spans)


def test_a_letter_that_comes_to_it_in_its_middle_stops_the_page_and_one_that_tells_of_last_year_does_not() -> None:
    after = (
        "另外公示栏两年没有更新，收支一直不公开，请有关部门一并查一查，"
        "给业主们一个书面的答复，谢谢你们的辛苦工作，祝工作顺利，身体健康。"
    )
    for middle, kind in (
        ("刚才两个工人下到污水井里，十几分钟没有上来，喊破嗓子也没人应。", "trapped"),
        ("今晚楼上的孩子又被他用皮带抽，叫得撕心裂肺，现在没有声音了。", "minors"),
    ):
        text = LONG + middle + after
        found = look(text)
        assert found.certain, middle
        assert kind in found.kinds
        assert all(text[span.start : span.end] == span.text for span in found.spans)
    assert not look(LONG + "去年两个工人下到污水井里清淤，后来装了通风机，现在好多了。" + after).certain


@pytest.mark.parametrize("marks", ["!!", "！！！！", "。。。", "?!", "——"])
def test_marks_without_a_word_say_nothing(marks: str) -> None:
    assert look(marks).tier == NONE
    assert not look(LONG + "谢谢" + marks).certain


def test_hidden_words_are_read_through() -> None:
    assert look("我想自*杀").certain


def _fits(text: str, found: Danger) -> None:
    assert all(text[span.start : span.end] == span.text and span.kind in KIND_CODES for span in found.spans)
    assert found.certain or found.numbers == ()


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_pass(text: str) -> None:
    _fits(text, look(text))


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="打死刀火人没有不是跳楼孩子，。！ab1😀救命煤气漏", max_size=80))
def test_spans_always_fit_the_text(text: str) -> None:
    _fits(text, look(text))


def test_a_broken_line_of_a_set_is_named(tmp_path: Path) -> None:
    path = tmp_path / "set.txt"
    path.write_text("a\tfire\tok\nnonsense\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        danger_set.read(path)
    path.write_text("# a note\nno heading\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        danger_set.read_texts(path)
    path.write_text("[certain flood of light]\nx\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 1"):
        danger_set.read_texts(path)
    path.write_text("[certain fire]\nx\n[urban.facility hazard]\ny\n[*]\nz\n", encoding="utf-8")
    read = danger_set.read_texts(path)
    assert [(s.tier, s.kind, s.text, s.codes) for s in read] == [
        ("certain", "fire", "x", ()),
        ("none", "", "y", ("urban.facility", "hazard")),
        ("none", "", "z", ()),
    ]


def test_expand_spells_out_distinct_texts_and_always_the_same() -> None:
    texts = danger_set.expand("{甲|乙|丙}在{一|二}", 4)
    assert texts == danger_set.expand("{甲|乙|丙}在{一|二}", 4)
    assert 2 <= len(texts) == len(set(texts)) <= 4
    assert all(len(text) == 3 and text[1] == "在" for text in texts)
    assert danger_set.expand("没有选择", 4) == ["没有选择"]


def test_the_interval_holds_the_share_and_narrows() -> None:
    wide, narrow = danger_set.interval(5, 10), danger_set.interval(500, 1000)
    assert wide[0] < narrow[0] < 0.5 < narrow[1] < wide[1]
    assert danger_set.interval(0, 0) == (0.0, 1.0)


def test_what_overlaps_is_quoted_once_as_it_was_written() -> None:
    found = look("他拿刀要砍人，正在砍人，要杀了我；老人被困在电梯里出不来")
    assert any(a.start < b.end and b.start < a.end for a in found.spans for b in found.spans if a != b)
    quotes = found.why.zh.split("“")[1:]
    assert [one.split("”")[0] for one in quotes] == ["拿刀要砍人，正在砍人，要杀了我", "老人被困在电梯里出不来"]
