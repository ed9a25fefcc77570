"""Suggestions, likeness, advice, models, hot issues and marks as people at their desks see them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.desk.people import Town, of_unit, settle
from tests.web.test_staff import NOISE, handling, hidden_of, noise, signed_in
from wuxiao.desk import models, similar, suggest
from wuxiao.desk.act import act
from wuxiao.records.models import Attachment, Matter, ReplyAdvice, Suggestion, Words

pytestmark = pytest.mark.django_db
AGAIN = "东门工地半夜十二点还在打桩，吵得孩子睡不着，请你们管一管幸福小区这边。"


@pytest.fixture
def town(settings: object, tmp_path: object) -> Town:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    cache.clear()
    for module in (models, similar, suggest):
        module.forget()
    return settle()


def once_of(page: str) -> str:
    found = re.search(r'name="once" value="([^"]+)"', page)
    assert found
    return found.group(1)


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_while_the_words_come_in_everything_that_was_read_is_shown(town: Town, lang: str) -> None:
    client = signed_in(town, "operator", lang)
    said = client.post("/staff/intake/suggest", {"words": NOISE + "电话13900000009"}).json()
    assert said["known"]
    assert said["guesses"][0]["why"]
    assert said["handling_class"]
    assert ["13900000009", "phone"] in said["said"]
    assert {d["what"] for d in said["details"]} >= {"phone"}
    assert any(line.startswith("可能的单位" if lang != "en" else "Likely unit") for line in said["lines"])
    assert not client.post("/staff/intake/suggest", {"words": "嗯嗯啊啊哦哦"}).json()["known"]


def test_a_second_call_about_the_same_thing_is_registered_and_joined_in_one_act(town: Town) -> None:
    first = noise()
    client = signed_in(town, "operator")
    shown = client.post("/staff/intake/alike", {"words": AGAIN, "category": ""}).content.decode()
    assert first.number in shown
    given = {"words": AGAIN, "phone": "13900000002", "merge_into": first.number}
    given["once"] = once_of(client.get("/staff/intake").content.decode())
    assert client.post("/staff/intake", given).status_code == 302
    second = Matter.objects.exclude(pk=first.pk).get()
    assert second.merged_into_id == first.pk


def test_a_joining_that_is_refused_still_leaves_the_call_registered_and_says_so(town: Town) -> None:
    client = signed_in(town, "operator")
    given = {"words": AGAIN, "merge_into": "WX000", "once": once_of(client.get("/staff/intake").content.decode())}
    page = client.post("/staff/intake", given, follow=True).content.decode()
    assert "没有并入" in page
    assert Matter.objects.get().merged_into_id is None


def test_a_matter_shows_what_is_like_it_and_merges_with_one_button(town: Town) -> None:
    first = noise()
    second = noise(phone="13900000003")
    client = signed_in(town, "operator")
    page = client.get(f"/staff/m/{second.number}").content.decode()
    part = page[page.index('id="alike"') :]
    assert first.number in part
    form = re.search(rf'action="/staff/m/{second.number}/merge">.*?</form>', part, re.S)
    assert form
    given = dict(re.findall(r'name="(version|turn|once|matter)" value="([^"]*)"', form.group(0)))
    assert given["matter"] == first.number
    assert client.post(f"/staff/m/{second.number}/merge", given).status_code == 302
    assert Matter.objects.get(pk=second.pk).merged_into_id == first.pk


def test_the_words_that_spoke_are_marked_until_somebody_classified(town: Town) -> None:
    matter = noise()
    client = signed_in(town, "operator")
    page = client.get(f"/staff/m/{matter.number}/classify").content.decode()
    assert '<mark class="spoke">' in page
    assert "建议：" in page
    given = {"category": "env.noise.construction", "handling_class": "complaint", **hidden_of(page, "classify")}
    assert client.post(f"/staff/m/{matter.number}/classify", given).status_code == 302
    assert Suggestion.objects.filter(matter=matter, task="category", place__gte=1).exists()


POOR = "您好，您反映的情况我们高度重视，将按有关规定进一步加强管理，感谢您对我们工作的理解和支持。"


def answer_form(client: Client, matter: Matter) -> dict[str, str]:
    return hidden_of(client.get(f"/staff/m/{matter.number}").content.decode(), "answer")


def test_an_answer_that_says_little_comes_back_once_with_advice_and_goes_out_if_wished(town: Town) -> None:
    matter = handling(town, noise())
    client = signed_in(town, f"handler_{matter.holder}")
    url = f"/staff/m/{matter.number}/answer"
    photo = SimpleUploadedFile("记录.pdf", b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n", "application/pdf")
    given = {**answer_form(client, matter), "reply": POOR, "evidence": "site_visit", "ticked": ["0"]}
    first = client.post(url, {**given, "files": photo})
    page = first.content.decode()
    assert first.status_code == 200, page[:2000]
    assert "还没有发出" in page
    assert "照样发出" in page
    assert not ReplyAdvice.objects.exists()
    form = re.search(r'action="[^"]*/answer".*?</form>', page, re.S)
    assert form
    hidden = dict(re.findall(r'name="(advised|kept)" value="([^"]*)"', form.group(0)))
    assert set(hidden) == {"advised", "kept"}
    changed = client.post(url, {**given, **hidden, "reply": POOR + "谢谢。"})
    assert changed.status_code == 200
    assert client.post(url, {**given, **hidden}).status_code == 302
    assert Matter.objects.get(pk=matter.pk).state == "answered"
    assert ReplyAdvice.objects.get(matter=matter).advice
    assert Attachment.objects.filter(matter=matter).count() == 1


def test_what_the_operator_confirmed_stands_on_the_matters_page(town: Town) -> None:
    client = signed_in(town, "operator")
    given = {"words": NOISE, "time": "昨晚九点", "plate": "粤B12345"}
    given["once"] = once_of(client.get("/staff/intake").content.decode())
    client.post("/staff/intake", given)
    matter = Matter.objects.get()
    page = client.get(f"/staff/m/{matter.number}").content.decode()
    assert "粤B12345" in page
    assert Words.objects.filter(matter=matter, field="details").exists()


__all__ = ["act", "of_unit", "timedelta", "timezone"]
