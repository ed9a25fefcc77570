"""The page that asks about danger first says to whoever wrote about an office that it need not know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.desk.people import settle
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.case.act import act
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.records.models import Matter
from wuxiao.web.shared import styles as styles_module

pytestmark = [pytest.mark.django_db, pytest.mark.either]
PAGES = Path(styles_module.__file__).parent.parent / "templates"


def red_page(client: Client, words: str, lang: str = "zh-hans") -> str:
    settle()
    client.cookies["lang"] = lang
    page = client.post(reverse("resident_new"), {"words": words}, follow=True, headers={"accept-language": lang})
    assert "110" in page.content.decode()
    assert page.redirect_chain, page.status_code
    return page.content.decode()


def test_who_writes_of_the_police_reads_that_they_need_not_know(client: Client) -> None:
    page = red_page(client, "派出所的民警正在砸我家门，要弄死我，快来人")
    assert "这件事可以不让他们知道" in page
    assert "派出所或民警" in page


def test_who_writes_of_nobody_with_power_is_told_nothing_of_it(client: Client) -> None:
    page = red_page(client, "有人拿刀要杀我，正在砸门，快来人")
    assert "110" in page
    assert "不让他们知道" not in page


def test_a_title_in_somebodys_own_words_breaks_by_the_rules_of_its_language() -> None:
    """Page headings are kept together between marks; a long sentence of a resident would break before a comma."""
    sheet = (styles_module.PARTS / "resident.css").read_text(encoding="utf-8").splitlines()
    rule = next(line for line in sheet if "word-break: normal" in line and ".own" in line)
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES.rglob("*.html"))
    own = set(re.findall(r'<(h\d) class="own"', pages))
    assert own == {"h1", "h2"}
    assert all(f"{heading}.own" in rule for heading in own)


def begun(client: Client, words: str = "路灯不亮") -> None:
    settle()
    client.post(reverse("resident_new"), {"words": words})


def test_danger_typed_only_as_the_place_shows_the_page_before_sending(client: Client) -> None:
    begun(client)
    client.post(reverse("resident_new_place_other"), {"division": "", "words": "屋里全是煤气味，老人晕倒了"})
    check = reverse("resident_new_check")
    shown = client.get(check, follow=True)
    assert shown.redirect_chain[-1][0].startswith(reverse("resident_new_danger"))
    assert client.post(reverse("resident_new_danger"), {"called": "119", "then": "check"}).status_code == 302
    page = client.get(check)
    assert page.status_code == 200
    # Said of this danger: another one, typed later, is asked about again.
    client.post(reverse("resident_new_place_other"), {"division": "", "words": "我家着火了人出不来"})
    assert client.get(check).status_code == 302


def looked_over(client: Client) -> dict[str, str]:
    page = client.get(reverse("resident_new_check")).content.decode()
    return dict(re.findall(r'<input type="hidden" name="(key|words|seen)" value="([^"]*)"', page))


@pytest.mark.parametrize(
    ("step", "given"),
    [
        ("resident_new", {"words": "门口的井盖不见了"}),
        ("resident_new_place_other", {"division": "", "words": "河滨路12号"}),
        ("resident_new_contact", {"name": "王女士", "phone": "13900000001"}),
        ("resident_new_contact", {"hide": "1", "body": "some_station"}),
    ],
)
def test_what_a_second_tab_changed_is_looked_over_again(client: Client, step: str, given: dict[str, str]) -> None:
    begun(client)
    client.post(reverse("resident_new_place_other"), {"division": "", "words": "幸福路口"})
    client.post(reverse("resident_new_contact"), {"name": "", "phone": "", "hide": "0"})
    form = looked_over(client)
    assert set(form) == {"key", "words", "seen"}
    client.post(reverse(step), given)
    assert looked_over(client) != form, "the other tab changed something"
    again = client.post(reverse("resident_new_check"), form)
    assert again.status_code == 400
    assert "再看一遍" in again.content.decode()
    assert not Matter.objects.exists()
    assert client.post(reverse("resident_new_check"), looked_over(client)).status_code == 302
    assert Matter.objects.count() == 1


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
@pytest.mark.parametrize(
    "words", ["ساعدوني، زوجي يضربني… يقتلني", "Au secours, il va me tuer", "Cứu tôi với, chồng tôi đang đánh tôi"]
)
def test_words_in_a_language_nobody_here_reads_stop_at_whom_to_call(client: Client, words: str, lang: str) -> None:
    page = red_page(client, words, lang)
    assert page.index('href="tel:110"') < page.index("<form")
    assert 'href="tel:119"' in page
    assert 'href="tel:120"' in page
    assert ("程序只读得懂中文和英文" if lang == "zh-hans" else "reads Chinese and English only") in page
    assert words in page, "nothing of it is lost"


def test_who_is_called_in_another_language_is_asked_nothing_for_it(client: Client) -> None:
    begun(client, "路灯不亮，三天了")
    client.post(reverse("resident_new_place_other"), {"division": "", "words": "Đường Nguyễn Văn Cừ bên kia cầu"})
    shown = client.get(reverse("resident_new_check"), follow=True)
    assert shown.redirect_chain == []
    assert "110" not in shown.content.decode().split("<main", 1)[-1]


def test_words_nobody_reads_keep_the_numbers_until_somebody_answered(client: Client) -> None:
    settle()
    matter = matters.receive(Report(words="Au secours, il va me tuer", channel="web"), by=RESIDENT, at=timezone.now())
    assert matter.danger_perhaps == ["unread"]
    assert not matter.danger_open
    assert 'href="tel:110"' in client.get(reverse("resident_progress", args=[matter.code])).content.decode()
    quiet = matters.receive(Report(words="路灯不亮，三天了", channel="web"), by=RESIDENT, at=timezone.now())
    assert "马上打" not in client.get(reverse("resident_progress", args=[quiet.code])).content.decode()
    act(quiet.pk, "add", {"words": "ساعدوني، زوجي يضربني"}, by=RESIDENT, at=timezone.now())
    quiet.refresh_from_db()
    assert quiet.danger_perhaps == ["unread"]
    assert 'href="tel:110"' in client.get(reverse("resident_progress", args=[quiet.code])).content.decode()
