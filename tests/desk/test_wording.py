"""What declared pages say in further languages: entered by one, read by another, of the Chinese that stands."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

import pytest

from tests.desk.people import MONDAY, Town, of_unit, settle
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import RESIDENT, Actor
from wuxiao.desk.base.errors import Invalid, Refused
from wuxiao.desk.publish import wording
from wuxiao.desk.register import foreign
from wuxiao.desk.town import books
from wuxiao.records.models import Entry, Staff, Wording
from wuxiao.rules import declared
from wuxiao.rules.languages import FOREIGN
from wuxiao.rules.words import Text

pytestmark = pytest.mark.django_db

DANGER = declared.PAGES["danger"].says
CALL = DANGER["danger_now"]
FRENCH = "S’il y a un danger, appelez d’abord"
ARABIC = re.compile("[\u0600-\u06ff]")
HANGUL = re.compile("[\uac00-\ud7af]")
CYRILLIC = re.compile("[\u0400-\u04ff]")


@pytest.fixture
def town() -> Town:
    return settle()


@pytest.fixture
def writer(town: Town) -> Actor:
    foreign.say_languages(["fr"], by=town.operator, at=MONDAY)
    return town.operator


@pytest.fixture
def reader(town: Town) -> Actor:
    foreign.say_languages(["fr", "ar"], by=town.shift_lead, at=MONDAY)
    return town.shift_lead


def one(text: Text = CALL, lang: str = "fr") -> wording.One:
    return wording.of((text,), lang)[0]


def shown(text: Text = CALL, lang: str = "fr") -> str | None:
    return wording.shown(lang).get(foreign.digest(text.zh))


def read(by: Actor, text: Text = CALL, lang: str = "fr") -> int:
    return wording.read([one(text, lang).mark], (text,), lang, by=by, at=MONDAY)


def broken() -> list[str]:
    return [each.column for each in verify(at=MONDAY).breaks]


# ------------------------------------------------------------------------------------------------------ a second person


def test_a_sentence_is_shown_once_another_person_read_it(writer: Actor, reader: Actor) -> None:
    wording.enter(CALL.zh, "fr", FRENCH, by=writer, at=MONDAY)
    assert (one().text, one().by, one().reader, shown()) == (FRENCH, writer.name, "", None)
    with pytest.raises(Refused) as own:
        read(writer)
    assert own.value.code == "own"
    assert shown() is None
    assert read(reader) == 1
    assert (one().reader, shown()) == (reader.name, FRENCH)
    # A second time is nothing new, and the same words entered again neither.
    assert read(reader) == 0
    wording.enter(CALL.zh, "fr", FRENCH, by=writer, at=MONDAY)
    assert shown() == FRENCH
    assert Wording.objects.count() == 1
    assert [entry.verb for entry in Entry.objects.filter(verb__endswith="_wording").order_by("turn")] == [
        "enter_wording", "read_wording",
    ]  # fmt: skip
    assert broken() == []


def test_a_text_entered_anew_is_read_anew_and_nobody_reads_what_changed_meanwhile(writer: Actor, reader: Actor) -> None:
    wording.enter(CALL.zh, "fr", FRENCH, by=writer, at=MONDAY)
    before = one().mark
    read(reader)
    wording.enter(CALL.zh, "fr", FRENCH + " !", by=writer, at=MONDAY)
    assert shown() is None
    with pytest.raises(Refused) as changed:
        wording.read([before], (CALL,), "fr", by=reader, at=MONDAY)
    assert changed.value.code == "changed"
    assert shown() is None
    read(reader)
    assert shown() == FRENCH + " !"
    assert broken() == []


def test_all_that_was_read_at_once_counts_or_nothing(writer: Actor, reader: Actor) -> None:
    # The reader entered one of the two herself: the other must not slip through with it.
    wording.enter(CALL.zh, "fr", FRENCH, by=reader, at=MONDAY)
    wording.enter(DANGER["back"].zh, "fr", "Retour", by=writer, at=MONDAY)
    both = (CALL, DANGER["back"])
    with pytest.raises(Refused):
        wording.read([each.mark for each in wording.of(both, "fr")], both, "fr", by=reader, at=MONDAY)
    assert wording.shown("fr") == {}


def test_who_does_not_read_the_language_neither_reads_nor_enters(town: Town, writer: Actor) -> None:
    wording.enter(CALL.zh, "fr", FRENCH, by=writer, at=MONDAY)
    for stranger in (town.police, RESIDENT):
        with pytest.raises(Refused) as unread:
            read(stranger)
        assert unread.value.code == "language"
    with pytest.raises(Refused):
        wording.enter(CALL.zh, "fr", "Appelez", by=town.police, at=MONDAY)
    with pytest.raises(Refused):
        wording.enter(CALL.zh, "ar", "اتصل أولاً", by=writer, at=MONDAY)
    # What she took back she may no longer stand for.
    foreign.say_languages(["fr"], by=town.police, at=MONDAY)
    foreign.say_languages([], by=town.police, at=MONDAY)
    with pytest.raises(Refused):
        read(town.police)
    assert one().text == FRENCH
    assert not one().shown


# ------------------------------------------------------------------------------------------- the Chinese changes


def test_a_changed_sentence_has_no_text_until_it_is_read_anew(
    writer: Actor, reader: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    wording.enter(CALL.zh, "fr", FRENCH, by=writer, at=MONDAY)
    read(reader)
    changed = Text(CALL.zh + "，不要等", CALL.en + "; do not wait")
    page = declared.PAGES["danger"]
    says = {**page.says, "danger_now": changed}
    monkeypatch.setitem(declared.PAGES, "danger", dataclasses.replace(page, says=says))  # type: ignore[arg-type]
    assert shown() == FRENCH
    assert shown(changed) is None
    assert one(changed).text == ""
    wording.enter(changed.zh, "fr", FRENCH, by=writer, at=MONDAY)
    assert shown(changed) is None
    read(reader, changed)
    assert shown(changed) == FRENCH
    # The old sentence is on no page any more: nobody enters anything for it.
    with pytest.raises(Refused) as gone:
        wording.enter(CALL.zh, "fr", "Appelez", by=writer, at=MONDAY)
    assert gone.value.code == "changed"


# ------------------------------------------------------------------------------------------------------------- drafts


def test_a_draft_of_the_program_is_never_shown_as_read(reader: Actor) -> None:
    every = declared.sentences(books.current(MONDAY).book)
    for lang in FOREIGN:
        found = wording.of(every.values(), lang)
        assert all(each.text and each.draft and not each.shown for each in found)
        assert wording.shown(lang) == {}
    assert read(reader) == 1
    assert shown() == wording.drafts("fr")[CALL.zh]
    assert (one().draft, one().by, one().reader) == (True, "", reader.name)
    assert broken() == []


def test_what_was_read_of_a_draft_stays_whatever_a_later_program_brings(
    reader: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(reader)
    was = shown()
    assert was
    monkeypatch.setattr(wording, "drafts", lambda lang: {CALL.zh: "tout autre chose"})
    assert (one().text, shown()) == (was, was)


def test_who_mends_a_draft_has_entered_it(reader: Actor, town: Town) -> None:
    wording.enter(CALL.zh, "fr", FRENCH, by=reader, at=MONDAY)
    with pytest.raises(Refused):
        read(reader)
    foreign.say_languages(["fr"], by=town.supervisor, at=MONDAY)
    assert read(town.supervisor) == 1


def test_every_draft_is_of_a_declared_sentence_in_the_letters_of_its_language(town: Town) -> None:
    every = declared.sentences(books.current(MONDAY).book)
    assert len(every) > 80
    letters: Mapping[str, re.Pattern[str]] = {"ar": ARABIC, "ko": HANGUL, "ru": CYRILLIC}
    for lang in FOREIGN:
        drafts = wording.drafts(lang)
        assert set(drafts) == set(every), lang
        for zh, text in drafts.items():
            assert wording._wrong(every[zh], lang, text) is None, (lang, zh)
            assert lang == "zh-Hant" or not re.search("[\u4e00-\u9fff]", text), (lang, zh)
            if lang in letters:
                assert letters[lang].search(text), (lang, zh)
        assert lang == "zh-Hant" or len(set(drafts.values())) > 0.9 * len(drafts)


# ---------------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("danger_now", " \n ", "请写"),
        ("danger_now", "x" * 1001, "太长"),
        ("danger_now", CALL.en, "原文"),
        ("danger_now", CALL.zh, "原文"),
        ("danger_now", "Appelez le {number}", "大括号"),
        ("called", "J’ai appelé, continuer", "{number}"),
        ("called", "J’ai appelé le {numero}, continuer", "{number}"),
        ("called", "J’ai appelé le {number!r}, continuer", "{number}"),
        ("called", "J’ai appelé le {number} {", "{number}"),
    ],
)
def test_a_text_that_would_break_the_page_is_refused_in_words(writer: Actor, name: str, text: str, words: str) -> None:
    with pytest.raises(Invalid) as wrong:
        wording.enter(DANGER[name].zh, "fr", text, by=writer, at=MONDAY)
    assert words in wrong.value.fields["text"].zh
    assert not Wording.objects.exists()


def test_a_number_to_call_is_never_lost_on_the_way(writer: Actor) -> None:
    sentence = declared.PAGES["receipt"].says["danger_first"]
    assert "110" in sentence.zh
    with pytest.raises(Invalid) as wrong:
        wording.enter(sentence.zh, "fr", "Le personnel prévient la police.", by=writer, at=MONDAY)
    assert "110" in wrong.value.fields["text"].zh
    with pytest.raises(Invalid):
        wording.enter(sentence.zh, "fr", "Le personnel prévient le 1100.", by=writer, at=MONDAY)


def test_a_row_changed_by_hand_is_found(writer: Actor, reader: Actor) -> None:
    wording.enter(CALL.zh, "fr", FRENCH, by=writer, at=MONDAY)
    read(reader)
    assert broken() == []
    Wording.objects.update(text="N’appelez pas")
    assert broken() == ["wordings"]
    Wording.objects.all().delete()
    assert broken() == ["wordings"]


def test_a_colleague_is_found_by_the_language_as_long_as_she_works_here(town: Town, reader: Actor) -> None:
    foreign.say_languages(["ar"], by=of_unit(town, "housing"), at=MONDAY)
    assert [each.pk for each in foreign.readers("fr")] == [reader.staff_id]
    assert len(foreign.readers("ar")) == 2
    foreign.say_languages(["fr"], by=reader, at=MONDAY)
    assert len(foreign.readers("ar")) == 1
    Staff.objects.filter(pk=reader.staff_id).update(is_active=False)
    assert foreign.readers("fr") == []
