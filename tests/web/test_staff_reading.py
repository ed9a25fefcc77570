"""Suggestions, likeness, advice, models, hot issues and marks as people at their desks see them."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pypdf import PdfWriter

from tests.desk.people import Town, settle
from tests.desk.test_reading_hot import OTHER
from tests.web.test_staff import NOISE, handling, hidden_of, noise, signed_in
from wuxiao.desk.assist import hot, models, redaction, similar, suggest
from wuxiao.desk.base import jobs
from wuxiao.desk.case.act import act
from wuxiao.records.models import (
    Attachment,
    HotIssue,
    Job,
    Matter,
    ReadingModel,
    ReplyAdvice,
    Suggestion,
    Words,
)

pytestmark = [pytest.mark.django_db, pytest.mark.either]
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
    assert any(line.startswith("类别" if lang != "en" else "Class") for line in said["lines"])
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
    sheet = BytesIO()
    paper = PdfWriter()
    paper.add_blank_page(200, 200)
    paper.write(sheet)
    photo = SimpleUploadedFile("记录.pdf", sheet.getvalue(), "application/pdf")
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


# ------------------------------------------------------------------------------------- figures, models, hot, marks


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_how_often_suggestions_were_right_is_shown_and_the_accepted_error_set_by_whoever_may(
    town: Town, lang: str
) -> None:
    given = {"category": "env.noise.construction", "handling_class": "complaint"}
    for n in range(5):
        # One of a kind is counted with the other rare ones, never by its name.
        page = signed_in(town, "operator", lang).get("/staff/reading").content.decode()
        assert ("施工噪声" if lang != "en" else "onstruction") not in page
        assert (("另有 1 类" if lang != "en" else "One more") in page) == (n > 0)
        act(noise(words=f"{NOISE}{n}").pk, "classify", given, by=town.operator, at=timezone.now())
    page = signed_in(town, "operator", lang).get("/staff/reading").content.decode()
    assert ("施工噪声" if lang != "en" else "onstruction") in page
    assert 'name="error"' not in page
    assert signed_in(town, "operator", lang).post("/staff/reading", {"error": "3"}).status_code == 400
    client = signed_in(town, "shift_lead", lang)
    assert client.post("/staff/reading", {"error": "abc"}).status_code == 400
    assert client.post("/staff/reading", {"error": "3%"}).status_code == 302
    assert models.accepted_error() == pytest.approx(0.03)
    assert 'value="3"' in client.get("/staff/reading").content.decode()


def test_a_training_that_cannot_be_says_why_on_the_page_of_models(town: Town) -> None:
    client = signed_in(town, "supervisor")
    assert client.post("/staff/reading/models", {"task": "category", "do": "train"}).status_code == 302
    assert "正在训练" in client.get("/staff/reading/models").content.decode()
    jobs.run_due(now=timezone.now)
    assert "至少要200件" in client.get("/staff/reading/models").content.decode()
    signed_in(town, "operator").post("/staff/reading/models", {"task": "category"}, follow=True)
    assert Job.objects.filter(kind="train").count() == 1


def test_a_model_is_looked_at_and_adopted_or_refused_on_its_page(town: Town) -> None:
    now = timezone.now()
    for better in (True, False):
        name = f"made-{better}"
        (models.folder() / name).mkdir(parents=True)
        (models.folder() / name / "model.json").write_text("{}")
        ReadingModel.objects.create(
            task="category", state="waiting", folder=name, made_at=now, learned_from=now, learned_to=now, judged_to=now,
            texts=300, better=better, card={"held_out": {"macro_f1": 0.9, "per_label": {}}},
            judged={"n": 60, "new_right": 50, "old_right": 40, "against": "words", "why": {"zh": "比一比", "en": "so"}},
        )  # fmt: skip
    good, poor = ReadingModel.objects.order_by("id")
    client = signed_in(town, "chief")
    page = client.get(f"/staff/reading/models/{good.pk}").content.decode()
    assert 'value="adopt"' in page
    assert "83.3%" in page
    assert 'value="adopt"' not in client.get(f"/staff/reading/models/{poor.pk}").content.decode()
    assert 'value="adopt"' not in signed_in(town, "operator").get(f"/staff/reading/models/{good.pk}").content.decode()
    said = client.post(f"/staff/reading/models/{poor.pk}", {"do": "adopt"}, follow=True).content.decode()
    assert "没有明显更好" in said
    client.post(f"/staff/reading/models/{good.pk}", {"do": "adopt"})
    client.post(f"/staff/reading/models/{poor.pk}", {"do": "refuse"})
    assert list(ReadingModel.objects.order_by("id").values_list("state", flat=True)) == ["in_use", "refused"]
    # Its files are no model: the category words serve, nobody's call is stopped.
    assert signed_in(town, "operator").post("/staff/intake/suggest", {"words": NOISE}).json()["known"]


def test_models_of_merges_and_of_names_stand_on_the_page_with_their_own_figures(town: Town) -> None:
    now = timezone.now()
    made = ReadingModel.objects.create(
        task="duplicate", state="waiting", folder="made", made_at=now, learned_from=now, learned_to=now, judged_to=now,
        texts=300, better=True, card={"text": "", "held_out": {"precision": 0.81, "recall": 0.97, "f1": 0.88}},
        judged={"n": 60, "new_right": 55, "old_right": 40, "against": "rule", "why": {"zh": "比一比", "en": "so"}},
    )  # fmt: skip
    client = signed_in(town, "supervisor")
    page = client.get("/staff/reading/models").content.decode()
    for words in ("是否重复", "姓名和地址", "通行规则", 'value="personal"'):
        assert words in page
    page = client.get(f"/staff/reading/models/{made.pk}").content.decode()
    assert "97.0%" in page
    assert "81.0%" in page
    client.post("/staff/reading/models", {"task": "personal", "do": "train"})
    jobs.run_due(now=timezone.now)
    assert "有人标过的原话还不够" in client.get("/staff/reading/models").content.decode()


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_the_chief_confirms_renames_splits_and_dismisses_and_the_unit_reads_its_notice(town: Town, lang: str) -> None:
    made = [
        handling(town, noise(words=f"{w}幸福小区东门搅拌站噪音灰尘扰民", phone=f"1390000000{n}"))
        for n, w in enumerate("甲乙丙丁戊")
    ]
    for n, words in enumerate(OTHER):
        noise(words=words, phone=f"1391111000{n}")
    hot.look(at=timezone.now())
    issue = HotIssue.objects.get()
    unit = signed_in(town, f"handler_{made[0].holder}", lang)
    chief = signed_in(town, "chief", lang)
    assert issue.name in chief.get("/staff/hot").content.decode()
    url = f"/staff/hot/{issue.pk}"
    chief.post(url, {"do": "confirm"})
    cache.clear()
    page = unit.get("/staff/hot").content.decode()
    alert = re.search(r'name="alert" value="(\d+)"', page)
    assert alert
    unit.post("/staff/hot", {"alert": alert.group(1)})
    assert 'name="alert"' not in unit.get("/staff/hot").content.decode()
    unit.post(url, {"do": "dismiss"})
    issue.refresh_from_db()
    assert issue.state == "confirmed"
    assert chief.post(url, {"do": "rename", "name": ""}).status_code == 400
    assert chief.post(url, {"do": "rename", "name": "东门搅拌站"}).status_code == 302
    assert chief.post(url, {"do": "split", "name": "另一件", "number": [made[0].number]}).status_code == 302
    assert HotIssue.objects.count() == 2
    chief.post(url, {"do": "dismiss"})
    assert f'href="{url}"' not in chief.get("/staff/hot").content.decode()
    assert f'href="{url}"' in chief.get("/staff/hot?state=dismissed").content.decode()


def test_checks_of_answers_are_counted_for_supervision_by_unit_only(town: Town) -> None:
    matter = handling(town, noise())
    handler = town.people[f"handler_{matter.holder}"]
    act(matter.pk, "answer", {"reply": POOR, "evidence": "site_visit", "ticked": ["0"]}, by=handler, at=timezone.now())
    page = signed_in(town, "supervisor").get("/staff/reading/replies").content.decode()
    assert "写明什么时候" in page
    assert "100.0%" in page
    assert f"handler_{matter.holder}" not in page


def test_the_desk_sees_what_the_public_would_read_and_changes_it(town: Town) -> None:
    matter = noise(words="我叫张建国，路边的椅子坏了，找过小辣椒。")
    client = signed_in(town, "operator")
    url = f"/staff/m/{matter.number}/public"
    assert url in client.get(f"/staff/m/{matter.number}").content.decode()
    page = client.get(url).content.decode()
    assert "〔姓名〕" in page
    assert client.post(url, {"do": "hide", "text": "没有", "kind": "name"}).status_code == 400
    assert client.post(url, {"do": "hide", "text": "小辣椒", "kind": "name"}).status_code == 302
    assert redaction.of_matter(matter).public.count("〔姓名〕") == 2
    stretch = re.search(r'name="stretch" value="([^"]+)"', client.get(url).content.decode())
    assert stretch
    assert client.post(url, {"do": "lift", "stretch": stretch.group(1)}).status_code == 302
    assert "张建国" in redaction.of_matter(matter).public
    assert client.post(url, {"do": "lift", "stretch": "x-y"}).status_code == 400
