"""The rule book: the default loads, nonsense is refused where it stands, sentences and rehearsals tell the truth."""

from __future__ import annotations

import time
import tomllib
from dataclasses import FrozenInstanceError
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lots import lots
from wuxiao.rules import book as rulebook
from wuxiao.rules.book import BookError, PastMatter, Problem, lives
from wuxiao.rules.book.lives import Section
from wuxiao.rules.book.sentences import sentences
from wuxiao.rules.book.source import positions
from wuxiao.rules.book_model import CLASSES, KINDS, Moment
from wuxiao.rules.promise import Term
from wuxiao.rules.words import Text

TEXT = resources.files("wuxiao.rules.book").joinpath("book.toml").read_text(encoding="utf-8")
ZONE = ZoneInfo("Asia/Shanghai")


def changed(old: str, new: str, *, text: str = TEXT) -> str:
    """Return the default book with one place changed; the place must stand there exactly once."""
    assert text.count(old) == 1, (old, text.count(old))
    return text.replace(old, new)


def refused(text: str) -> BookError:
    with pytest.raises(BookError) as caught:
        rulebook.loads(text, "town.toml")
    return caught.value


# ---------------------------------------------------------------- the default


def test_default_book_has_a_county_of_realistic_size() -> None:
    book = rulebook.default()
    assert set(book.kinds) == set(KINDS)
    assert set(book.classes) == set(CLASSES)
    assert 180 <= len(book.leaves()) <= 300
    assert {c.kind for c in book.leaves()} == set(KINDS)
    assert {c.handling_class for c in book.leaves()} == set(CLASSES)
    assert max(c.level for c in book.categories.values()) == 3
    assert all(c.level == 3 for c in book.leaves())
    assert len(book.units) >= 45
    assert all(code.startswith("99") for code in book.divisions)
    assert book.town.fictional
    assert {n.number for n in book.town.emergency_numbers} == {"110", "119", "120", "122"}


def test_every_leaf_but_the_unsorted_one_has_words_to_guess_by() -> None:
    bare = [c.code for c in rulebook.default().leaves() if not 3 <= len(c.keywords) <= 8]
    assert bare == ["other.unclear.unsorted"]


def test_no_phone_of_the_default_book_can_be_dialled() -> None:
    book = rulebook.default()
    phones = [u.phone for u in book.units.values()]
    assert all(phone.startswith("0990-5550") for phone in [*phones, book.town.phone])
    assert len(set(phones)) == len(phones)


def test_profiles_name_a_source_and_none_is_called_national() -> None:
    book = rulebook.default()
    assert set(book.profiles) == {"five_working_days", "beijing_draft_2021", "custom"}
    for profile in book.profiles.values():
        assert profile.source.zh
        assert profile.source.en
        for word in ("国家", "全国", "national", "National"):
            assert word not in profile.name.zh + profile.name.en
    assert book.profile.code == "five_working_days"


def test_terms_follow_profile_class_and_closest_override() -> None:
    book = rulebook.default()
    assert book.term("complaint") == Term.parse("5 working_days")
    assert book.term("complaint", step="accept") == Term.parse("1 working_days")
    assert book.term("urgent", "hazard.gas.leak") == Term.parse("2 hours")
    beijing = "beijing_draft_2021"
    assert book.term("complaint", "utility.water.quality", profile=beijing) == Term.parse("24 hours")
    assert book.term("enquiry", "utility.water.bill", profile=beijing) == Term.parse("7 calendar_days")
    assert book.term("complaint", "utility.telecom.cable", profile=beijing) == Term.parse("7 calendar_days")
    assert book.term("request", "utility.water.cut", step="accept", profile=beijing) == Term.parse("2 hours")
    with pytest.raises(KeyError):
        book.term("wish")


def test_a_closer_override_beats_a_wider_one() -> None:
    text = changed(
        "[promise.profiles.custom]\n",
        '[[promise.profiles.beijing_draft_2021.override]]\ncategories = ["utility"]\nclasses = ["request"]\n'
        'accept = "1 hours"\nanswer = "3 calendar_days"\nwhy = { zh = "试", en = "trial" }\n\n'
        "[promise.profiles.custom]\n",
    )
    book = rulebook.loads(text)
    profile = "beijing_draft_2021"
    assert book.term("request", "utility.water.cut", profile=profile) == Term.parse("24 hours")
    assert book.term("request", "utility.water.cut", profile=profile, step="accept") == Term.parse("1 hours")
    assert book.term("request", "utility.telecom.cable", profile=profile) == Term.parse("3 calendar_days")


def test_the_numbers_the_desk_reads() -> None:
    book = rulebook.default()
    assert [level.level for level in book.sign_levels] == [1, 2, 3, 4]
    assert [level.hours for level in book.sign_levels] == [0.25, 0.5, 1.0, 2.0]
    assert [level.escalation.to_level for level in book.sign_levels] == [2, 3, 4, None]
    assert book.sign_levels[-1].escalation.to_unit == "police_bureau"
    assert book.handover.refusals_before_joint == 3
    assert [rung.verb for rung in book.ladder] == ["remind", "remind", "urge", "supervise"]
    assert book.ladder[2].at == Moment(1.0, None)
    assert book.ladder[3].at.after == Term.parse("1 working_days")
    assert [(rung.again, rung.most) for rung in book.ladder[:3]] == [(None, 0)] * 3
    assert (book.ladder[3].again, book.ladder[3].most) == (Term.parse("5 working_days"), 50)
    assert book.extension.term("complaint") == Term.parse("10 working_days")
    assert not book.extension.allowed("urgent")
    assert book.silence == Term.parse("7 calendar_days")
    assert book.object_window == Term.parse("30 calendar_days")
    assert book.callback.chance("report") == 1.0
    assert [q.code for q in book.callback.questions] == ["contacted", "solved", "satisfied"]
    assert len(book.callback.questions[2].answers) == 5
    p = book.petition
    days = [t.amount for t in (p.register, p.handle, p.extension, p.review, p.re_review, p.ask_review)]
    assert days == [15, 60, 30, 30, 30, 30]
    assert book.categories["gov.service.petition"].petition
    assert book.retention["reads"].days >= 1095


def test_categories_inherit_and_may_differ_from_their_parent() -> None:
    book = rulebook.default()
    assert book.categories["env.noise.construction"].handling_class == "complaint"
    assert book.categories["env.water.discharge"].handling_class == "report"
    assert book.categories["traffic.signal.light"].police
    assert book.categories["traffic.road.city"].non_police
    assert book.categories["village.affairs.open"].committee_ok
    assert not book.categories["village.affairs.assets"].committee_ok
    assert book.categories["env.noise.shop"].chain == ("env.noise.shop", "env.noise", "env", "*")


def test_a_book_is_frozen_and_equal_by_its_text() -> None:
    book = rulebook.default()
    again = rulebook.loads(TEXT, "another name")
    assert book == again
    assert len({book, again}) == 1
    assert book != rulebook.loads(changed("minimum_n = 30", "minimum_n = 31"))
    with pytest.raises(FrozenInstanceError):
        book.suppress_below = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        book.units["new"] = book.units["gov"]  # type: ignore[index]


def test_a_file_loads_with_mark_and_windows_line_ends(tmp_path: Path) -> None:
    file = tmp_path / "town.toml"
    file.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert rulebook.load(file) == rulebook.default()


def test_loading_takes_less_than_half_a_second() -> None:
    begun = time.process_time()
    rulebook.loads(TEXT)
    assert time.process_time() - begun < 0.5


def test_seasons_and_weekdays_of_office_hours() -> None:
    text = changed(
        'due = "close"\n',
        'due = "day_end"\nweekdays = { friday = ["09:00-12:00"] }\n\n[[office_hours.season]]\nfirst = "06-01"\n'
        'last = "09-30"\nspans = ["08:30-12:00", "15:00-18:00"]\n',
    )
    hours = rulebook.loads(text).office_hours
    assert [f"{a:%H:%M}-{b:%H:%M}" for a, b in hours.on(datetime(2026, 7, 1).date())] == ["08:30-12:00", "15:00-18:00"]
    assert [f"{a:%H:%M}-{b:%H:%M}" for a, b in hours.on(datetime(2026, 1, 9).date())] == ["09:00-12:00"]


# ---------------------------------------------------------------- nonsense

RIVERS = 'id = "rivers"\ncategories = ["env.water.river"]\nlead = ["water_bureau"]'
NOISE = '"env.noise.traffic" = { zh = "交通噪声"'

NONSENSE: dict[str, tuple[str, str, str, str, str]] = {
    # name: (old, new, the line that is to blame, part of the reason in Chinese, in English)
    "unknown section": ("[figures]\n", "[figure]\n", "[figure]", "不认识的项「figure」", 'did you mean "figures"'),
    "unknown key": (
        "minimum_n = 30",
        "minimum_m = 30",
        "minimum_m",
        "您是否想写「minimum_n」",
        'unknown key "minimum_m"',
    ),
    "missing key": ("suppress_below = 5\n", "", "[figures]", "缺少「suppress_below」", '"suppress_below" is missing'),
    "wrong type": ("minimum_n = 30", 'minimum_n = "30"', "minimum_n", "应当是整数", "should be a whole number"),
    "true is no number": ("minimum_n = 30", "minimum_n = true", "minimum_n", "应当是整数", "should be a whole number"),
    "out of range": (
        "suppress_below = 5",
        "suppress_below = 1",
        "suppress_below",
        "不在 3 到 1000",
        "between 3 and 1000",
    ),
    "English missing": (
        'name = { zh = "望川县", en = "Wangchuan County" }',
        'name = { zh = "望川县" }',
        'name = { zh = "望川县" }',
        "缺少「en」",
        '"en" is missing',
    ),
    "blank name": (
        'name = { zh = "望川县", en = "Wangchuan County" }',
        'name = { zh = " ", en = "W" }',
        'name = { zh = " "',
        "不能为空",
        "must not be blank",
    ),
    "negative term": (
        'joint = "2 working_days"',
        'joint = "-2 working_days"',
        'joint = "',
        "不是时限",
        "is not a term",
    ),
    "zero term": ('joint = "2 working_days"', 'joint = "0 working_days"', 'joint = "', "不是时限", "is not a term"),
    "unit of time unknown": (
        'joint = "2 working_days"',
        'joint = "2 moons"',
        'joint = "',
        "calendar_days",
        "is not a term",
    ),
    "half a working day": (
        'joint = "2 working_days"',
        'joint = "1.5 working_days"',
        'joint = "',
        "不是时限",
        "is not a term",
    ),
    "unknown profile in force": (
        'profile = "five_working_days"',
        'profile = "five_working_day"',
        'profile = "five_working_day"',
        "您是否想写「five_working_days」",
        'did you mean "five_working_days"',
    ),
    "a class without a term": (
        'accept = { enquiry = "4 working_hours", ',
        "accept = { ",
        'accept = { request = "1 working_days"',
        "缺少「enquiry」的时限",
        'term of "enquiry" is missing',
    ),
    "unknown class in a promise": (
        'accept = { enquiry = "4 working_hours", ',
        'accept = { enquiri = "1 hours", enquiry = "4 working_hours", ',
        "accept = { enquiri",
        "不认识「enquiri」",
        'did you mean "enquiry"',
    ),
    "override that changes nothing": (
        'answer = "24 hours"\nwhy = { zh = "水、电、气、热影响',
        'why = { zh = "水、电、气、热影响',
        "[[promise.profiles.custom.override]]",
        "什么也没改",
        "changes nothing",
    ),
    "override of an unknown category": (
        'categories = ["utility.water", "utility.power", "utility.gas", "utility.heat"]\n'
        'classes = ["request", "complaint"]\nanswer = "24 hours"\nwhy = { zh = "水、电、气、热影响',
        'categories = ["utility.wather"]\nclasses = ["request"]\nanswer = "24 hours"\nwhy = { zh = "水、电、气、热影响',
        'categories = ["utility.wather"]',
        "不认识「utility.wather」",
        'did you mean "utility.water"',
    ),
    "office hours backwards": (
        '"14:00-18:00"]',
        '"18:00-14:00"]',
        "spans =",
        "先后有序",
        "ends before it begins",
    ),
    "no sign-off level": (
        TEXT[TEXT.index("[[sign_off.level]]") : TEXT.index("[hand_over]")],
        "",
        "[sign_off]",
        "缺少「level」",
        "is missing",
    ),
    "sign-off in working days": (
        'term = "15 minutes"',
        'term = "1 working_days"',
        'term = "1 w',
        "昼夜不停",
        "day and night",
    ),
    "last level escalates to nobody": (
        'last_escalates_to = "police_bureau"',
        'last_escalates_to = "police_bureo"',
        "last_escalates_to",
        "您是否想写「police_bureau」",
        "is not known",
    ),
    "ladder falls back": ('at = "80%"', 'at = "40%"', 'at = "40%"', "应晚于上一级", "later than the one before"),
    "ladder stands still": (
        'at = "80%"',
        'at = "50%"\n#',
        'at = "50%"\n#',
        "应晚于上一级",
        "later than the one before",
    ),
    "ladder grows milder": (
        'verb = "supervise"',
        'verb = "remind"\n#',
        'verb = "remind"\n#',
        "由轻到重",
        "from mild to strong",
    ),
    "again before it is late": (
        'at = "due"\nto = "lead"',
        'at = "due"\nto = "lead"\nagain = "5 working_days"',
        'again = "5 working_days"\n\n[[ladder]]',
        "只有逾期后的督办",
        "only supervision after the date",
    ),
    "again too often": ("most = 50", "most = 0", "most = 0", "不在 1 到 200 之间", "not between 1 and 200"),
    "moment past the end": ('at = "80%"', 'at = "180%"', 'at = "180%"', "不是时点", "is not a moment"),
    "moment of nonsense": (
        'at = "due+1 working_days"',
        'at = "due+1 moons"',
        'at = "due+1',
        "不是时限",
        "is not a term",
    ),
    "unknown role": (
        'after = "10 minutes"\nto = "centre_lead"',
        'after = "10 minutes"\nto = "boss"',
        'to = "boss"',
        "不认识「boss」",
        '"boss" is not known',
    ),
    "pause total below its cap": (
        'total = "20 working_days"',
        'total = "2 working_days"',
        "total =",
        "短于一次等待",
        "below a single one",
    ),
    "chance above one": (
        "complaint = 1.0, report = 1.0, urgent = 1.0 }",
        "complaint = 1.5, report = 1.0, urgent = 1.0 }",
        "chance = {",
        "1.5 不在 0 到 1",
        "1.5 is not between 0 and 1",
    ),
    "chance below nothing": (
        "chance = { enquiry = 0.1",
        "chance = { enquiry = -0.1",
        "chance = {",
        "不在 0 到 1",
        "not between 0 and 1",
    ),
    "unknown way of calling back": ('"visit"]', '"vist"]', "ways =", "您是否想写「visit」", 'did you mean "visit"'),
    "question asked twice": (
        'code = "contacted"',
        'code = "solved"',
        "[[call_back.question]]",
        "「contacted」应恰好问一次",
        "exactly once",
    ),
    "four levels of satisfaction": (
        ', very_dissatisfied = { zh = "非常不满意", en = "Very dissatisfied" }',
        "",
        "answers = { very_satisfied",
        "应有 5 个选项",
        "5 answers",
    ),
    "petition in working days": (
        'handle = "60 calendar_days"',
        'handle = "60 working_days"',
        "handle =",
        "按日历日",
        "calendar_days",
    ),
    "petition longer than the law": (
        'handle = "60 calendar_days"',
        'handle = "61 calendar_days"',
        "handle =",
        "60 日",
        "60 days",
    ),
    "less time to ask for review than the law gives": (
        'ask_review = "30 calendar_days"',
        'ask_review = "20 calendar_days"',
        "ask_review",
        "短于",
        "shorter than",
    ),
    "reads forgotten too soon": ("days = 1827", "days = 300", "reads = {", "至少三年", "three years"),
    "every answer needs a file": (
        TEXT[TEXT.index("site_visit =") : TEXT.index("decision =")]
        + TEXT[
            TEXT.index("decision =") : TEXT.index(
                "# ---------------------------------------------------------------- 回访"
            )
        ],
        'decision = { zh = "决定", en = "Decision", file = true }\n\n',
        "[evidence]",
        "不得强制",
        "no photo may be forced",
    ),
    "emergency number missing": (
        TEXT[
            TEXT.index("122 = {") : TEXT.index(
                "# ---------------------------------------------------------------- 五小"
            )
        ],
        "",
        "[emergency]",
        "缺少紧急号码 122",
        "emergency number 122 is missing",
    ),
    "sixth kind": (
        "[kinds]\n",
        '[kinds]\nwish = { zh = "愿", en = "Wish" }\n',
        "wish =",
        "不认识的项「wish」",
        "unknown key",
    ),
    "category without parent": (
        NOISE,
        '"env.noize.traffic" = { zh = "交通噪声"',
        '"env.noize.traffic"',
        "上级分类「env.noize」不存在",
        "does not exist",
    ),
    "category code of nonsense": (
        NOISE,
        '"env.noise.Traffic!" = { zh = "交通噪声"',
        "Traffic!",
        "小写字母",
        "lower-case",
    ),
    "unknown class of a category": (
        '"env" = { zh = "生态环境", en = "Environment", kind = "request", class = "complaint" }',
        '"env" = { zh = "生态环境", en = "Environment", kind = "request", class = "complain" }',
        '"env" = {',
        "您是否想写「complaint」",
        'did you mean "complaint"',
    ),
    "top category without kind": (
        'en = "Environment", kind = "request", ',
        'en = "Environment", ',
        '"env" = {',
        "缺少「kind」",
        '"kind" is missing',
    ),
    "two keywords are too few": (
        '["异味", "臭味", "恶臭", "难闻"]',
        '["异味", "臭味"]',
        "env.air.smell",
        "至少要有 3 项",
        "at least 3",
    ),
    "keyword twice": (
        '["异味", "臭味", "恶臭", "难闻"]',
        '["异味", "臭味", "异味"]',
        "env.air.smell",
        "重复",
        "stands twice",
    ),
    "division code of seven digits": (
        "990101200202 =",
        "9901012 =",
        "9901012 =",
        "6、9 或 12 位",
        "6, 9 or 12 digits",
    ),
    "town in an unknown division": (
        'code = "990101"',
        'code = "990102"',
        'code = "990102"',
        "不认识「990102」",
        "not known",
    ),
    "divisions in a circle": (
        '990101200 = { zh = "白鹿乡"',
        '990101200 = { parent = "990101200201", zh = "白鹿乡"',
        "990101200 = {",
        "绕成了圈",
        "in a circle",
    ),
    "units in a circle": (
        'gov = { zh = "望川县人民政府办公室", en = "County Government Office", ',
        'gov = { zh = "望川县人民政府办公室", en = "County Government Office", parent = "hotline", ',
        "gov = {",
        "绕成了圈",
        "in a circle",
    ),
    "unit of unknown type": (
        'en = "Tax Bureau", type = "department"',
        'en = "Tax Bureau", type = "departement"',
        "tax = {",
        "您是否想写「department」",
        'did you mean "department"',
    ),
    "unit in an unknown division": (
        'en = "Tax Bureau", type = "department", division = "990101"',
        'en = "Tax Bureau", type = "department", division = "990199"',
        "tax = {",
        "不认识「990199」",
        "is not known",
    ),
    "unknown power": (
        'powers = ["gov.business.tax"]',
        'powers = ["gov.bussiness.tax"]',
        "tax = {",
        "您是否想写",
        "did you mean",
    ),
    "unit nobody oversees": (
        'supervisor = "gov", powers = ["conduct"]',
        'powers = ["conduct"]',
        "efficiency = {",
        "没有别处可去",
        "nowhere else",
    ),
    "unit overseen from within": (
        'parent = "gov", supervisor = "efficiency", powers = ["order", "case", "police_service"',
        'parent = "gov", supervisor = "police_110", powers = ["order", "case", "police_service"',
        "police_bureau = {",
        "以外的单位",
        "from outside",
    ),
    "two hotline centres": (
        'en = "Tax Bureau", type = "department"',
        'en = "T", type = "centre"',
        "tax = {",
        "恰好有一个",
        "exactly one",
    ),
    "a committee with powers beyond its list": (
        'parent = "sd_qingping", powers = ["dispute.neighbour", "dispute.family", "urban.street.posters", '
        '"housing.old.corridor", "social.elderly.visit", "village.living.rubbish", "village.affairs.proof", '
        '"village.affairs.activity"], phone = "0990-5550036"',
        'parent = "sd_qingping", powers = ["dispute"], phone = "0990-5550036"',
        "rc_huaiyin = {",
        "村(居)民委员会不能承担",
        "R2.13",
    ),
    "route to an unknown unit": (
        RIVERS,
        RIVERS.replace("water_bureau", "water_burea"),
        'lead = ["water_burea"]',
        "water_bureau",
        'did you mean "water_bureau"',
    ),
    "route of an unknown category": (
        RIVERS,
        RIVERS.replace("env.water.river", "env.water.rivers"),
        'categories = ["env.water.rivers"]',
        "不认识「env.water.rivers」",
        'did you mean "env.water.river"',
    ),
    "route in an unknown division": (
        RIVERS,
        RIVERS + '\ndivisions = ["990101300"]',
        'divisions = ["990101300"]',
        "不认识「990101300」",
        "is not known",
    ),
    "rule id twice": (
        RIVERS,
        RIVERS.replace('"rivers"', '"tax"'),
        'id = "tax"\ncategories = ["gov.business.tax"]',
        "重复",
        "used twice",
    ),
    "two rules as specific": (
        RIVERS,
        RIVERS.replace('["env.water.river"]', '["env.water.river", "env"]'),
        '[[route]]\nid = "rivers"',
        "同样具体",
        "neither wins",
    ),
    "a lead without the power": (
        RIVERS,
        RIVERS.replace("water_bureau", "fire"),
        'lead = ["fire"]\nco = ["eco"',
        "没有「env.water.river」的职权",
        "does not have the power",
    ),
    "a later lead without the power": (
        RIVERS,
        RIVERS.replace('["water_bureau"]', '["water_bureau", "fire"]'),
        'lead = ["water_bureau", "fire"]',
        "没有「env.water.river」的职权",
        "does not have the power",
    ),
    "a committee as lead outside its list": (
        RIVERS,
        RIVERS.replace('["water_bureau"]', '["community@division", "water_bureau"]'),
        'lead = ["community@division", "water_bureau"]',
        "不在村(居)民委员会",
        "R2.13",
    ),
    "a committee as helper outside its list": (
        'lead = ["water_bureau"]\nco = ["eco", "sub_district@division"]',
        'lead = ["water_bureau"]\nco = ["community@division"]',
        'co = ["community@division"]',
        "不在村(居)民委员会",
        "R2.13",
    ),
    "a place with many of its type": (
        RIVERS,
        RIVERS.replace('["water_bureau"]', '["department@division"]'),
        'lead = ["department@division"]',
        "不明确",
        "is not clear",
    ),
    "a rule that can never apply": (
        RIVERS,
        'id = "dead"\ncategories = ["culture.place"]\ndivisions = ["990101"]\n'
        'lead = ["community@division"]\n\n[[route]]\n' + RIVERS,
        '[[route]]\nid = "dead"',
        "永远用不上",
        "can never apply",
    ),
    "uploads of an unknown type": ('"application/pdf"]', '"application/exe"]', "types = [", "不认识", "is not known"),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_refused_at_its_line_with_reasons_in_both_languages(name: str) -> None:
    old, new, blame, zh, en = NONSENSE[name]
    text = changed(old, new)
    assert text.count(blame) >= 1
    line = text[: text.index(blame)].count("\n") + 1
    error = refused(text)
    here = [p for p in error.problems if p.line == line]
    assert any(zh in p.reason.zh and en in p.reason.en for p in here), (line, error.say("zh"), error.say("en"))
    assert f"town.toml:{line}: " in error.say("en")


def test_all_mistakes_are_told_at_once_in_order_of_lines() -> None:
    text = changed("minimum_n = 30", "minimum_n = 3")
    text = changed('at = "80%"', 'at = "20%"', text=text)
    text = changed('profile = "five_working_days"', 'profile = "none"', text=text)
    text = changed('powers = ["gov.business.tax"]', 'powers = ["gov.tax"]', text=text)
    error = refused(text)
    assert len(error.problems) == 4
    assert [p.line for p in error.problems] == sorted(p.line for p in error.problems)
    assert error.say("zh").count("\n") == 3


def test_a_missing_section_does_not_hide_a_mistake_in_routing() -> None:
    text = changed(RIVERS, RIVERS.replace("water_bureau", "fire"))
    text = changed("[figures]\nsuppress_below = 5\nminimum_n = 30\n", "", text=text)
    assert {p.where.split("[")[0] for p in refused(text).problems} == {"", "figures", "route"}


def test_the_administrators_page_explains_every_section_of_the_book() -> None:
    page = (Path(__file__).parents[2] / "docs/administrators/rulebook.md").read_text(encoding="utf-8")
    for section, value in tomllib.loads(TEXT).items():
        assert f"[[{section}]]" in page if isinstance(value, list) else f"[{section}]" in page, section


def test_a_mistake_in_form_does_not_hide_one_in_routing() -> None:
    text = changed(RIVERS, RIVERS.replace("water_bureau", "fire"))
    text = changed("minimum_n = 30", "minimum_n = 3", text=text)
    assert {p.where.split("[")[0] for p in refused(text).problems} == {"figures.minimum_n", "route"}


def test_a_category_without_a_route_is_refused() -> None:
    start = TEXT.index('[[route]]\nid = "culture"')
    end = TEXT.index("[[route]]", start + 5)
    text = TEXT[:start] + TEXT[end:]
    text = changed('powers = ["*"], phone = "0990-5550001"', 'powers = ["other"], phone = "0990-5550001"', text=text)
    error = refused(text)
    line = text[: text.index('"culture" = {')].count("\n") + 1
    assert any(
        p.line == line and "no routing rule" in p.reason.en and "没有派单规则" in p.reason.zh for p in error.problems
    )


def test_a_village_without_a_township_is_refused() -> None:
    error = refused(TEXT.replace("990101200", "980101200"))
    assert any("没有" in p.reason.zh or "找不到它的上级区划" in p.reason.zh for p in error.problems)
    line = TEXT[: TEXT.index("990101200 = {")].count("\n") + 1
    assert any(p.line == line and "no division above" in p.reason.en for p in error.problems)


def test_codes_that_stand_twice_are_told_with_both_lines() -> None:
    copy = '"env.air.smell" = { zh = "又一个", en = "Again" }\n'
    text = changed('"env.water" = {', copy + '"env.water" = {')
    first = text[: text.index('"env.air.smell"')].count("\n") + 1
    again = text[: text.rindex('"env.air.smell"')].count("\n") + 1
    error = refused(text)
    assert [p.line for p in error.problems] == [again]
    assert f"第 {first} 行" in error.problems[0].reason.zh
    assert f"line {first}" in error.problems[0].reason.en


def test_text_that_is_not_toml_is_told_with_its_line() -> None:
    error = refused(changed("minimum_n = 30", "minimum_n = = 30"))
    assert error.problems[0].line == TEXT[: TEXT.index("minimum_n = 30")].count("\n") + 1
    assert "TOML" in error.problems[0].reason.zh


def test_a_file_in_another_encoding_is_told_to_be_saved_again(tmp_path: Path) -> None:
    file = tmp_path / "town.toml"
    file.write_bytes(TEXT.encode("gb18030"))
    with pytest.raises(BookError, match="UTF-8"):
        rulebook.load(file)


def test_an_empty_book_names_everything_it_lacks() -> None:
    error = refused("")
    missing = " ".join(p.reason.en for p in error.problems)
    for section in ("town", "kinds", "categories", "units", "route", "promise", "sign_off", "ladder", "petition"):
        assert f'"{section}" is missing' in missing
    assert "at least" not in missing
    assert "counted in" not in missing


@pytest.mark.parametrize("junk", ["5", '"x"', "[1, 2]", "{ a = 1 }", "true", "1979-05-27", "[[[]]]"])
@pytest.mark.parametrize("section", ["town", "kinds", "categories", "divisions", "units", "promise", "call_back"])
def test_any_junk_in_place_of_a_section_is_refused_and_never_breaks(section: str, junk: str) -> None:
    error = refused(f"{section} = {junk}\n")
    assert error.problems


LINES = TEXT.split("\n")


@settings(max_examples=lots(30, 120))
@given(st.data())
def test_a_book_with_a_line_lost_doubled_or_spoiled_is_read_or_refused_but_never_breaks(data: st.DataObject) -> None:
    n = data.draw(st.integers(0, len(LINES) - 1))
    how = data.draw(st.sampled_from(["lost", "doubled", "number", "list", "text", "table"]))
    line = LINES[n]
    name, equals, _ = line.partition(" = ")
    spoiled = {"number": "-1", "list": "[[], 1]", "text": '"?"', "table": "{ zh = 1 }"}
    if how == "doubled":
        lines = [*LINES[:n], line, *LINES[n:]]
    elif how == "lost" or not equals:
        lines = [*LINES[:n], *LINES[n + 1 :]]
    else:
        lines = [*LINES[:n], f"{name} = {spoiled[how]}", *LINES[n + 1 :]]
    text = "\n".join(lines)
    problems: tuple[Problem, ...] = ()
    try:
        assert list(rulebook.words(rulebook.loads(text, "town.toml"), "zh"))
    except BookError as error:
        problems = error.problems
    assert all(0 <= p.line <= len(lines) and p.reason.zh and p.reason.en for p in problems)


def test_positions_know_headers_arrays_inline_tables_and_long_strings() -> None:
    text = '''a = 1
"b.c" = { d = [1, { e = 2 }], f = "}" } # [not] = a header
[t.u]
v = """
w = 1
"""
x.y = [
  'one', # 8
  "two",
]
[[r]]
k = 1
[r.s]
m = 2
[[r]]
k = 3
'''
    lines, twice = positions(text)
    assert twice == []
    expected = {
        ("a",): 1,
        ("b.c", "d", 1, "e"): 2,
        ("b.c", "f"): 2,
        ("t", "u"): 3,
        ("t", "u", "v"): 4,
        ("t", "u", "x", "y", 1): 9,
        ("r", 0): 11,
        ("r", 0, "s", "m"): 14,
        ("r", 1, "k"): 16,
    }
    assert {path: lines.get(path) for path in expected} == expected


# ---------------------------------------------------------------- in words


def test_every_rule_is_a_sentence_in_both_languages() -> None:
    book = rulebook.default()
    zh, en = list(rulebook.words(book, "zh-hans")), list(rulebook.words(book, "en"))
    assert len(zh) == len(en) == len(list(sentences(book)))
    assert all(line.startswith("# ") or line.endswith(("。", "?", ")")) for line in zh)
    for rule in book.routes:
        assert any(line.startswith(f"规则 {rule.id}:") for line in zh)
    for unit in book.units.values():
        assert any(unit.name.zh in line and unit.phone in line for line in zh)
    assert "咨询不得延期。" in zh
    assert "Enquiry may not be extended." in en
    assert not any("{" in line for line in (*zh, *en))


def test_a_changed_number_changes_its_sentence_and_no_other() -> None:
    new = rulebook.loads(changed('after_answer = "7 calendar_days"', 'after_answer = "9 calendar_days"'))
    found = rulebook.changes(rulebook.default(), new)
    assert len(found) == 1
    assert found[0].say("zh") == "- 答复后 7天诉求人没有回应,事项办结。\n+ 答复后 9天诉求人没有回应,事项办结。"
    assert rulebook.changes(new, new) == ()


# ---------------------------------------------------------------- rehearsing


def past(n: int, category: str, handling_class: str, at: datetime, hidden: str = "") -> PastMatter:
    return PastMatter(f"m{n}", category, "990101001001", handling_class, at, frozenset({hidden} - {""}))


def test_rehearsing_the_same_book_changes_nothing() -> None:
    book = rulebook.default()
    at = datetime(2026, 2, 12, 10, tzinfo=ZONE)
    matters = [past(n, c.code, c.handling_class, at + timedelta(hours=n)) for n, c in enumerate(book.leaves())]
    out = rulebook.rehearse(book, book, matters)
    assert out.total == len(matters)
    assert out.routed == out.accepted == out.answered == out.lost == ()
    assert (out.earlier, out.later) == (0, 0)


def test_rehearsal_counts_what_another_profile_and_another_lead_would_do() -> None:
    text = changed('profile = "five_working_days"', 'profile = "beijing_draft_2021"')
    text = changed(RIVERS + '\nco = ["eco", "sub_district@division"]', RIVERS.replace("water_bureau", "eco"), text=text)
    new = rulebook.loads(text)
    at = datetime(2026, 2, 12, 10, tzinfo=ZONE)  # five working days over the Spring Festival; seven days end sooner
    matters = [past(n, "env.water.river", "complaint", at) for n in range(7)]
    matters.append(past(7, "gov.service.petition", "complaint", at))
    out = rulebook.rehearse(rulebook.default(), new, matters)
    assert [s.count for s in out.routed] == [7]
    assert "县水利局主办" in out.routed[0].before.zh
    assert "县生态环境局主办" in out.routed[0].after.zh
    assert out.routed[0].examples == ("m0", "m1", "m2", "m3", "m4")
    assert [s.count for s in out.answered] == [7]
    assert out.answered[0].before.zh == "投诉5个工作日内答复"
    assert out.answered[0].after.zh == "投诉7天内答复"
    assert out.earlier + out.later == 7
    assert "rivers" not in out.unmet
    assert "tax" in out.unmet
    assert any("重放 8 件" in line for line in out.say("zh"))


def test_rehearsal_tells_matters_that_cannot_be_replayed() -> None:
    book = rulebook.default()
    at = datetime(2026, 3, 2, 9, tzinfo=ZONE)
    out = rulebook.rehearse(book, book, [past(1, "gone.away", "request", at), past(2, "env", "request", at, "nobody")])
    assert sum(s.count for s in out.lost) == 2


def test_rehearsal_names_rules_no_leaf_can_use() -> None:
    book = rulebook.default()
    assert rulebook.rehearse(book, book, []).never == ("utility",)


def test_other_office_hours_move_the_due_time() -> None:
    new = rulebook.loads(changed('spans = ["09:00-12:00", "14:00-18:00"]', 'spans = ["08:30-12:00", "14:00-17:00"]'))
    out = rulebook.rehearse(rulebook.default(), new, [past(1, "env", "request", datetime(2026, 3, 2, 9, tzinfo=ZONE))])
    assert out.earlier == 1


def test_an_adopted_book_is_read_on_when_a_life_has_a_new_number() -> None:
    """A number that came later holds as the section says, in a book that does not say it; a book that does is heard."""
    section = Section(
        Text("试办", "trial"),
        terms={"go": Text("{n}内去。", "Gone within {n}."), "back": Text("{n}内回。", "Back within {n}.")},
        numbers={"times": (Text("{n}次。", "{n} times."), 1, 3)},
        later={"back": "2 working_days", "times": 2},
        needs=(("registers", "premises"),),
    )
    text = TEXT.replace("[lives.inspection]", '[lives.trial]\ngo = "1 working_days"\n\n[lives.inspection]')
    with mock.patch.dict(lives._sections, {"trial": section}):
        old = rulebook.loads(text, "town.toml").lives["trial"]
        assert (str(old.terms["back"]), old.numbers["times"]) == ("2 working_days", 2)
        new = rulebook.loads(text.replace("[lives.trial]\n", "[lives.trial]\ntimes = 3\n"), "town.toml").lives["trial"]
        assert new.numbers["times"] == 3
        with pytest.raises(BookError, match="is not between 1 and 3"):
            rulebook.loads(text.replace("[lives.trial]\n", "[lives.trial]\ntimes = 4\n"), "town.toml")
        without = text.replace("[registers.premises", "[registers.premises_not")
        with pytest.raises(BookError, match=r"cannot be done without \[registers.premises\]"):
            rulebook.loads(without, "town.toml")
        with pytest.raises(BookError, match='"go" is missing'):
            rulebook.loads(
                text.replace('[lives.trial]\ngo = "1 working_days"', "[lives.trial]\ntimes = 1"), "town.toml"
            )
    with pytest.raises(ValueError, match="no such number"):
        Section(Text("试办", "trial"), later={"never": 1})
