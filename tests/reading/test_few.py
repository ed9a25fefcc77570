"""Counts of a few people or homes in what is to be public: found however they are written, and seldom where none is."""

from __future__ import annotations

import pytest

from wuxiao.reading.few import few

FEW = (
    "有3个人反映", "三个人反映", "涉及4个老人", "家里有两个孩子", "3个租户来过", "四口人住在那里", "一对夫妻来访",
    "3多户签了字", "两三户有意见", "叁户居民", "仅1个人投诉", "三家住户", "2个家庭", "俩人一起来的", "四个居民",
    "３户居民", "4 户居民", "几户人家", "3-5户受影响", "仨人", "两口子", "一家四口", "来访的有两人", "四位老人",
    "3名学生", "两个农民工", "一户", "两户三人", "三四个业主", "3 people complained", "two households",
    "Three families", "a family of four", "2 or 3 families wrote", "one resident", "three elderly residents",
    "A family wrote", "a few households", "both tenants", "4 of them: 2 children",
)  # fmt: skip
ONE_HOME = (
    "编号尾号E1ZY4", "后四位7F3K9", "老张家带头反映的", "住2单元501的那一家", "3栋2单元501室", "501室漏水",
    "小李反映的",
)  # fmt: skip
#: Nothing here counts so few, or counts people at all.
NONE = (
    "涉及5户居民，来了五人。", "第一人民医院门口", "由三家单位一起办", "由一名副县长包着", "第二名", "十二户",
    "一百多户签了字", "3口井", "两个小区", "人民法院", "三个月以内", "2个单元的电梯", "一人一策", "一户一档",
    "每户一张表", "两名工作人员到场", "三位专家评审", "四个部门", "3个工作日", "第3次会议", "9月3日前", "三类问题",
    "两条路", "四家企业", "户口", "个人信息", "人大代表建议", "Five households", "12 residents", "two units",
    "three working days", "one street", "120 families", "the residents' committee", "public hearing of 4 Sep 2026",
    "2 schools", "a resident committee",
)  # fmt: skip


@pytest.mark.parametrize("text", [*FEW, *ONE_HOME])
def test_a_few_people_or_homes_are_found_however_they_are_written(text: str) -> None:
    assert few(text, 5), text


@pytest.mark.parametrize("text", NONE)
def test_what_counts_nobody_or_many_is_left_alone(text: str) -> None:
    assert few(text, 5) == []


def test_the_floor_is_the_book_s_and_the_words_are_those_that_were_typed() -> None:
    assert few("涉及９户", 9) == []
    assert few("涉及９户", 10) == ["９户"]
    assert few("5 to 9 households", 6) == ["5 to 9 households"]
    assert few("", 5) == []
    assert few("户" * 20_000 + "三" * 20_000, 5) == [], "and quickly"


# -- ordinary digests --------------------------------------------------------------------------------------------------

_THINGS = (
    "夜间施工噪声", "背街小巷路灯不亮", "老旧小区电梯停运", "农贸市场周边占道经营", "公交站点调整", "雨后道路积水",
    "餐饮油烟扰民", "拖欠农民工工资", "小区物业服务收费", "学校门口交通拥堵", "污水管网堵塞", "集体土地征收补偿",
    "自来水水压低", "违法建设拆除", "养老服务设施配套", "电动自行车充电", "乡村公路损坏", "垃圾清运不及时",
    "办理不动产登记慢", "网吧安全出口上锁",
)  # fmt: skip
_SAID = (
    "{}的事，由县生态环境局主办，2026年9月25日前办完。",
    "{}问题，会议定由住建局牵头，城管局、公安局配合，三个工作日内拿出方案。",
    "针对{}，县里安排两个部门联合检查四次，每次都公布结果。",
    "{}：第一批12处已经整改，第二批30处10月底前完成。",
    "{}涉及一百二十多户居民，会议决定分三期解决，资金由县财政安排。",
    "为解决{}，一名副县长负责协调，各乡镇一位分管领导每周调度一次。",
    "{}已经办结，县信访局和三家成员单位到现场看过。",
    "关于{}，请市民拨打12345或者到县人民政府一楼大厅反映。",
    "{}按一户一策、一事一议办理，9月、10月各公布一次进度。",
    "{}由县第二人民医院、县人民法院等五家单位配合，4条措施月底前落实。",
    "{}的整改方案征求了20位居民代表的意见，采纳了3条建议。",
    "{}列入明年民生实事，计划投入2.5亿元，两年内完成。",
)  # fmt: skip


def test_how_often_an_ordinary_digest_is_refused_for_nothing() -> None:
    """240 lines made of 12 sentences and 20 things, none of which counts a few residents: all pass."""
    lines = [said.format(thing) for said in _SAID for thing in _THINGS]
    assert len(lines) == 240
    wrong = {line: found for line in lines if (found := few(line, 5))}
    assert wrong == {}
