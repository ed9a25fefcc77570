"""What the rules say at the last value that counts and the first that does not, and in words, letter by letter."""

from __future__ import annotations

import io
from datetime import time, timedelta
from importlib import resources

import pytest

from wuxiao.rules import book as rulebook
from wuxiao.rules import flow, hide, measures
from wuxiao.rules.book import BookError
from wuxiao.rules.book.sentences import at_words, sentences
from wuxiao.rules.book_model import Moment
from wuxiao.rules.calendar import CalendarError, OfficeHours
from wuxiao.rules.flow import State, Who
from wuxiao.rules.holidays import NoticeError, parse_text
from wuxiao.rules.hours import MIDNIGHT, checked_spans
from wuxiao.rules.promise import cli as promise_cli
from wuxiao.rules.promise import words as promise_words
from wuxiao.rules.route import route
from wuxiao.rules.words import Text

TEXT = resources.files("wuxiao.rules.book").joinpath("book.toml").read_text(encoding="utf-8")
YEAR_2026 = resources.files("wuxiao.rules.holidays").joinpath("2026.toml").read_text(encoding="utf-8")


def with_(old: str, new: str) -> str:
    assert TEXT.count(old) == 1, old
    return TEXT.replace(old, new)


def lines_of(text: str) -> list[int | None]:
    with pytest.raises(BookError) as no:
        rulebook.loads(text, "town.toml")
    return [problem.line for problem in no.value.problems]


def test_a_book_that_breaks_off_is_wrong_at_its_last_line() -> None:
    assert lines_of('a = 1\nb = """ never closed\n') == [3]
    assert lines_of("a = 1\nb =\n") == [2]


def test_the_log_of_reads_is_kept_three_years_and_nothing_else_must_be() -> None:
    assert rulebook.loads(with_("days = 1827, then", "days = 1095, then"), "b").retention["reads"].days == 1095
    at = next(n for n, line in enumerate(TEXT.splitlines(), 1) if line.startswith("reads = "))
    assert lines_of(with_("days = 1827, then", "days = 1094, then")) == [at]
    assert min(kept.days for kind, kept in rulebook.default().retention.items() if kind != "reads") < 1095


def test_defaults_of_the_book_are_the_careful_ones() -> None:
    book = rulebook.default()
    assert {code for code, known in book.classes.items() if known.shield} == {"report"}
    assert not any(category.petition for category in book.categories.values() if "petition = true" not in TEXT)
    assert book.extension.allowed("request")
    assert not book.extension.allowed("enquiry")
    none = rulebook.loads(with_("[extension]\ntimes = 1\n", "[extension]\ntimes = 0\n"), "b")
    assert not none.extension.allowed("request")
    assert rulebook.loads(TEXT, "other name") == book
    assert none != book
    assert book != "book"


def test_moments_and_thresholds_are_said_in_words() -> None:
    assert at_words(Moment(0.8, None)) == Text("时限过去 80% 时", "when 80% of the time is gone")
    assert at_words(Moment(1.0, None)) == Text("到期时", "when it is due")
    said = "\n".join(text.zh for text in sentences(rulebook.default()))
    for line in (
        "一般岗位一天内查看联系方式超过 60 件、查看事项超过 200 件",
        "热线受理员一天内查看联系方式超过 150 件、查看事项超过 400 件",
        "导出超过 10 次，提醒审计员",
    ):
        assert line in said


def test_a_text_fills_both_languages_and_says_the_one_asked_for() -> None:
    text = Text("第{n}次", "time {n}").fill(n=3)
    assert text == Text("第3次", "time 3")
    assert [text.say(lang) for lang in ("zh", "zh-Hans", "en", "EN-gb", "", "fr")] == [
        "第3次", "第3次", "time 3", "time 3", "第3次", "第3次",
    ]  # fmt: skip


def test_hours_are_apart_in_order_and_not_empty() -> None:
    nine, noon, two = time(9), time(12), time(14)
    assert checked_spans(((nine, noon), (noon, two)), "x") == ((nine, noon), (noon, two))
    assert checked_spans(((nine, MIDNIGHT),), "x")
    for wrong in (
        (),
        ((noon, nine),),
        ((nine, nine),),
        ((nine, two), (noon, time(15))),
        ((two, MIDNIGHT), (nine, noon)),
    ):
        with pytest.raises(CalendarError):
            checked_spans(wrong, "x")
        for hours in ({"spans": wrong}, {"weekdays": ((5, wrong),)}):
            with pytest.raises(CalendarError):
                OfficeHours(**hours)  # type: ignore[arg-type]
    for days in (((7, ((nine, noon),)),), ((-1, ((nine, noon),)),), ((5, ((nine, noon),)), (5, ((nine, noon),)))):
        with pytest.raises(CalendarError):
            OfficeHours(weekdays=days)


def test_a_difference_is_clear_only_if_zero_is_out() -> None:
    for low, high, clear in ((0.0, 0.4, False), (1e-9, 0.4, True), (-0.4, 0.0, False), (-0.4, -1e-9, True)):
        assert measures.Difference(0.2, low, high).clear is clear
    assert measures.wilson(0, 10)[0] == 0.0
    assert measures.wilson(10, 10)[1] == 1.0
    low, high = measures.wilson(5, 10)
    # Agresti and Coull's worked formula by hand: centre one half, half width z*sqrt(n/4 + z^2/4)/(n + z^2).
    assert (round(low, 4), round(high, 4)) == (0.2366, 0.7634)


def test_a_notice_is_refused_where_it_is_wrong() -> None:
    assert parse_text(YEAR_2026, "x").year == 2026

    def problems(text: str) -> list[tuple[int | None, str]]:
        with pytest.raises(NoticeError) as no:
            parse_text(text, "x")
        return list(no.value.problems)

    assert problems("year = 2026\nsource = 5\n" + YEAR_2026[YEAR_2026.index("[[holiday]]") :])[0][0] == 2
    longest = 'year = 2026\nsource = "x"\n[[holiday]]\nzh = "元旦"\nen = "New Year"\noff = "2026-01-01..2026-{}"\n'
    assert not [what for _, what in problems(longest.format("01-31")) if "is longer" in what]
    assert [line for line, what in problems(longest.format("02-01")) if "is longer" in what] == [6]
    unknown = problems("colour = 1\n" + YEAR_2026)
    assert unknown[0][0] == 1
    sunday = 'work = ["2026-03-06"]'
    friday = problems(YEAR_2026 + f'\n[[holiday]]\nzh = "试"\nen = "try"\noff = "2026-03-09"\n{sunday}\n')
    assert any("already a workday" in what for _, what in friday)
    assert parse_text(
        YEAR_2026 + '\n[[holiday]]\nzh = "试"\nen = "t"\noff = "2026-03-09"\nwork = ["2026-03-07"]\n', "x"
    )
    two = problems(
        YEAR_2026 + '\n[[holiday]]\nzh = "试"\nen = "t"\noff = "2025-11-30"\nwork = ["2026-03-07", "2026-03-08"]\n'
    )
    assert any("neither in 2026 nor in the December before it" in what for _, what in two)


def test_who_is_meant_by_a_kind_at_a_place() -> None:
    book = rulebook.default()
    village = next(d for d in book.divisions if len(d) == 12)
    township = village[:9]
    local = [u for u in book.units.values() if u.type == "sub_district"]
    found = set(hide.named(book, "sub_district", village))
    assert found == {u.code for u in local if u.division == township}
    assert set(hide.named(book, "sub_district")) == {u.code for u in local}
    villages = {u.code for u in book.units.values() if u.type == "community" and u.division.startswith(township)}
    assert len(villages) > 1
    assert set(hide.named(book, "community", village)) == villages
    one = next(u for u in local if u.division == township)
    beneath = {u.code for u in book.units.values() if u.division.startswith(township) and u.type == "community"}
    assert beneath
    assert beneath <= hide.from_unit(book, one.code)
    assert not hide.barred(book, frozenset(), one.code)
    assert hide.barred(book, frozenset({one.code}), one.code)


def test_the_command_tells_errors_where_errors_are_told() -> None:
    out, err = io.StringIO(), io.StringIO()
    assert promise_cli.run(["--at", "x"], {}, out=out, err=err) == 2
    assert (out.getvalue(), bool(err.getvalue())) == ("", True)


#: Who may take which step, in which states, behind which guards: written out, so that each change here is a decision.
STEPS = """
receive: - | centre machine police resident system | -
look: intake signing offered joint handling waiting declining answered closed | centre handler police | danger_open
read_out: any | centre handler police | unread_open
bypass: any | centre handler phone platform police receiver signer system | danger_after_answer danger_again
stand_down: urgent | platform police | -
classify: intake | centre police | -
divert: intake | police | no_danger_open not_decided_yet not_police_duty
sign: signing | signer | no_danger_open
send_back: signing | signer | -
escalate: signing | system | -
hand_in: intake | platform | -
assign: intake | centre police | no_danger_open classed not_decided_yet desk_may_assign
accept: offered | receiver | -
refuse: offered | receiver | not_decided
decide: intake offered joint handling | centre_lead system | may_decide not_bound no_danger_open
reassign: offered handling | centre | no_danger_open not_decided_yet
appoint: handling | handler lead | -
join: handling | centre handler lead system | -
part: handling waiting | co_unit | -
ask: handling | handler lead | may_pause
reply: waiting | centre police resident | asked_them
resume: waiting | handler lead system | -
add: intake signing offered joint handling waiting declining answered urgent | phone centre machine police resident | not_asked
extend: handling | handler lead | none_waiting may_extend
grant: handling | approver | extension_pending
deny: handling | approver | extension_pending
note: intake signing offered joint handling waiting declining answered urgent | centre co_unit handler lead machine police receiver signer supervisor system | -
inspected: any | system | -
answer: intake handling | centre handler lead platform police | own_hands parts_done no_extension_pending desk_answers_enquiries no_danger_open
decline: intake handling | centre handler lead | own_hands not_bound no_danger_open
uphold: declining | second | no_danger_open
overturn: declining | second | -
call_back: answered closed | caller | call_back_drawn
rate: answered closed | centre resident | rateable not_own_work
object: answered closed | caller centre police resident | in_object_window objectable
redo: answered closed | centre supervisor | objectable
appeal: closed | centre resident | may_appeal
merge: intake offered handling | centre handler lead | not_bound
succeed: closed | system | merged
say_apart: any | resident | apart_in_time joined not_said_apart
stay_joined: closed | centre supervisor | desk_decides merged said_apart
apart_late: closed | system | merged said_apart
unmerge: closed | centre supervisor system | desk_decides merged
split: intake handling | centre | -
shield: any | phone centre centre_lead handler lead police resident supervisor system | -
unshield: any | resident supervisor system | kept hers_to_open
take_back: intake signing offered joint handling declining | system | -
withdraw: intake signing offered joint handling waiting declining | phone centre police resident system | -
close: answered | system | no_danger_open
remind: intake signing offered joint handling declining urgent | system | -
urge: intake signing offered joint handling declining urgent | phone centre resident supervisor system | may_urge
supervise: intake signing offered joint handling declining urgent | supervisor system | -
mark_child: any | reader | no_child
unmark_child: any | centre_lead lead | child_marked
ask_contact: any | reader | child no_contact_pending
let_contact: any | releaser | contact_pending
keep_contact: any | releaser | contact_pending
fault: intake offered joint handling waiting declining answered urgent closed | centre handler supervisor | was_signed
"""  # noqa: E501


def test_the_step_table_is_as_it_was_decided() -> None:
    told = {}
    for line in STEPS.strip().splitlines():
        verb, _, rest = line.partition(": ")
        told[verb] = tuple(frozenset(part.split()) - {"-"} for part in rest.split(" | "))
    assert list(told) == [step.verb for step in flow.ROWS]
    for step in flow.ROWS:
        sources = {"any"} if step.sources == frozenset(State) else {state.value for state in step.sources}
        assert told[step.verb] == (sources, {who.value for who in step.who}, {one.name for one in step.guards}), (
            step.verb
        )
    assert frozenset({"add", "urge", "object", "appeal", "rate", "withdraw"}) == flow.VOICES
    assert frozenset({"withdraw", "object", "rate", "unshield"}) == flow.SPOKEN
    assert frozenset({"centre", "police_command"}) == flow.DESK_TYPES
    assert all(Who.RESIDENT in flow.STEPS[verb].who for verb in flow.VOICES)


def test_co_units_are_those_of_the_rule_and_one_that_is_concerned_stands_aside() -> None:
    book = rulebook.default()
    street = route(book, "urban.sanitation", "990101001001")
    assert (street.lead, street.co_units, street.moved) == ("urban_mgmt", ("sd_qingping",), False)
    mine = route(book, "hazard.work.mine", "990101100001")
    assert (mine.lead, mine.co_units) == ("natural_resources", ("emergency",))
    aside = route(book, "urban.sanitation", "990101001001", hidden=hide.from_unit(book, "urban_mgmt"))
    assert aside.moved
    assert aside.lead != "urban_mgmt"
    assert "它应当回避，改由监督它的" in aside.why.zh
    assert "so it must stand aside" in aside.why.en
    without = route(book, "urban.sanitation", "990101001001", hidden=hide.from_unit(book, "sd_qingping"))
    assert (without.lead, without.co_units) == ("urban_mgmt", ())


def test_lengths_in_english_count_days_only_where_the_clock_runs_day_and_night() -> None:
    for minutes, office, words in (
        (0, True, "less than a minute"),
        (1, True, "1 minute"),
        (120, True, "2 hours"),
        (1560, True, "26 hours"),
        (1560, False, "1 day 2 hours"),
        (2881, False, "2 days 1 minute"),
    ):
        assert promise_words._en_length(timedelta(minutes=minutes), office=office) == words


def test_a_unit_has_work_in_hand_until_the_answer_or_a_question_is_with_the_requester() -> None:
    at_rest = {State.WAITING, State.ANSWERED, State.CLOSED}
    assert frozenset(State) - at_rest == flow.WORKING
    for verb in ("remind", "urge", "supervise"):
        assert flow.STEPS[verb].sources == flow.WORKING


def test_who_is_kept_out_by_the_ground_its_own_office_governs() -> None:
    book = rulebook.default()
    governing = {"sub_district", "community", "government"}
    every = {unit.type for unit in book.units.values()}
    assert governing < every
    for unit in book.units.values():
        ground = {unit.division} if unit.type in governing else set()
        assert hide.divisions_of(book, frozenset({unit.code})) == ground, unit.code
    both = frozenset({"sd_qingping", "urban_mgmt"})
    assert hide.divisions_of(book, both) == {book.units["sd_qingping"].division}
