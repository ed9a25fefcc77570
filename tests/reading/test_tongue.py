"""In which languages danger is looked for, and which words nobody here reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from wuxiao.reading.danger import heed, look
from wuxiao.reading.tongue import _ROMANISED, unread

_SETS = Path(__file__).parents[2] / "bench" / "reading"

FOREIGN = [
    "ساعدوني، زوجي يضربني… يقتلني",
    "حريق، لا نستطيع الخروج",
    "شكرا جزيلا",
    "Au secours, il va me tuer",
    "AU SECOURS",
    "Je vais mettre fin à mes jours ce soir",
    "merci beaucoup, très bien",
    "ayuda, me va a matar",
    "¡Ayuda! Mi marido me pega",
    "Help me, mi marido me va a matar esta noche con un cuchillo",
    "도와주세요 남편이 저를 죽이려고 해요",
    "助けて、夫に殺される",
    "助けて",
    "Cứu tôi với, chồng tôi đang đánh tôi",
    "cuu toi voi, chong toi danh toi",
    "Помогите, муж меня убивает",
    "Hilfe",
    "Aiuto, mio marito mi picchia",
    "Tolong, suami saya mau bunuh saya",
    "Sabahtan beri kimse yok, imdat",
    "ช่วยด้วย ไฟไหม้",
    "बचाओ आग लगी है",
    "ཐུགས་རྗེ་ཆེ།",
    "wo yao zi sha",
    "jiu ming, you ren da wo",
    # The one sentence that matters stands beside what can be read.
    "服务很好。ساعدوني زوجي يضربني",
    "你好，我排队很久了，工作人员态度很好 merci mais mon mari me frappe",
    "救命 남편이 때려요",
    "The staff was very nice and the room is clean. Mon mari va me tuer ce soir. Thank you for the water",
]
READ = [
    "",
    "123 !!!",
    "👍👍",
    "很好",
    "楼下那家café太吵",
    "Wi-Fi坏了，ATM机也吞卡",
    "KTV每天晚上吵到2点，WiFi也不行",
    "楼下“서울식당”晚上吵",
    "美の家门口堵了",
    "клиника旁边的路灯坏了",
    "服务点的iPhone充电器坏了，见 https://example.com/la/de/que",
    "OK",
    "thanks",
    "Great",
    "Very good service",
    "Toilet dirty no paper",
    "Lift broken",
    "very bad!!!!",
    "Zhang Wei",
    "ｈｅｌｐ ｍｅ",
    "The lift in building 3 is broken since monday",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_what_is_in_another_language_is_not_taken_for_safe(text: str) -> None:
    assert unread(text)
    found = heed(text)
    assert found.calls
    assert found.certain or (found.unread and found.numbers == ("110", "119", "120"))


@pytest.mark.parametrize("text", READ)
def test_chinese_with_a_foreign_word_and_english_are_read(text: str) -> None:
    assert not unread(text)
    assert heed(text) == look(text)


def test_certain_danger_stays_certain_beside_words_of_another_language() -> None:
    found = heed("有人拿刀砍人，救命！ au secours, il va me tuer")
    assert found.certain
    assert not found.unread


def test_nothing_is_said_of_a_language_by_ear_alone() -> None:
    assert look("Спасибо, всё хорошо").kinds != (), "the ear hears something in letters it never learned"
    assert heed("Спасибо, всё хорошо").kinds == ("unread",)


def test_ordinary_lines_of_the_sets_are_read() -> None:
    lines = [
        line.rsplit("\t", 1)[-1]
        for file in sorted(_SETS.glob("ordinary*.txt"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert len(lines) > 3000
    # Two words of two languages in a row are told apart by nobody; what is wrongly held is read by a person sooner.
    assert sum(map(unread, lines)) * 1000 <= len(lines)


@pytest.mark.parametrize(
    "text", ["ا" * 100_000, "é " * 50_000, "\u0300" * 1000, "aا" * 30_000, "文" * 30_000, "\x00\ud7ff"]
)
def test_anything_typed_is_looked_at_in_bounded_work(text: str) -> None:
    assert unread(text) in {True, False}


@pytest.mark.parametrize(
    "text",
    [
        "sa3dooni zawji yadrobni",
        "sa3douni rajli yedrabni",
        "3awnouni 7ari9 f dar",
        "el7a2ouni gozi biyedrabni",
        "yaqtoulni",
        "jiuming a",
        "kuai lai ren, zhao huo le",
        "laogong yao sha wo",
        "laogong da wo, jiu jiu wo",
        "楼上 jiu ming",
    ],
)
def test_cries_written_in_the_letters_of_another_script_are_heard_as_unread(text: str) -> None:
    assert heed(text).calls


@pytest.mark.parametrize(
    "text",
    [
        "Zawiya road 3, the lamp is broken",
        "the bus to Jiuming village does not stop",
        "3aw 7-11 shop sign fell",
        "wifi: zhaohuo88 has no signal here",
        "the gate at zhao-huo-le.example is shut",
        "Hello, the toilet at Daguan is dirty",
        "给 sa3 号楼换灯",
    ],
)
def test_names_and_codes_are_no_cry(text: str) -> None:
    assert not unread(text)


def test_no_ordinary_line_of_the_sets_is_taken_for_a_romanised_cry() -> None:
    lines = [
        line.rsplit("\t", 1)[-1]
        for file in sorted(_SETS.glob("ordinary*.txt"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert len(lines) > 17_000
    assert [line for line in lines if _ROMANISED.search(line)] == []
