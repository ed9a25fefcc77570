"""Canaries: matters hidden from a unit whose every word can be told from all others, and a walk that looks for them.

`World` is a staffed town with ordinary and hidden matters, `shake` takes random steps on them through the one door
everybody uses, and `walk` asks every address of the URL resolver, by GET and POST, as somebody who must not see one.
A page that is added to the site is walked without a word here: its arguments are filled by their names and converters.
"""

from __future__ import annotations

import contextlib
import html
import io
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from PIL import Image

from tests.desk.people import Town, of_unit, settle
from tests.feeds.machines import key
from tests.stories.opened import inside
from wuxiao.desk.assist import hot, models, similar
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.base.errors import DeskError
from wuxiao.desk.base.veiled import veil
from wuxiao.desk.case import clock, outbox, standing
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import diary
from wuxiao.desk.doors import keys, staff
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.files import files
from wuxiao.desk.matters import figures, matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.slots import keep
from wuxiao.desk.slots.keep import Hours
from wuxiao.desk.town import books
from wuxiao.records.models import Attachment, Booking, HotIssue, Matter, Message, Slot, Staff
from wuxiao.rules import book as rulebook
from wuxiao.rules import flow
from wuxiao.rules.access import Role, Scope
from wuxiao.rules.flow import STEPS
from wuxiao.subjects.reception import acts as reception

BOOK = rulebook.default()
#: Who is complained of, and who of them looks: names of accounts made below.
CASES: dict[str, tuple[str, ...]] = {
    "urban_mgmt": ("chengguan", "chengguan_lead", "chengguan_chief"),
    "some_station": ("police", "reviewer1", "reviewer4", "station_lead", "traffic"),
    "sd_qingping": ("street", "street_wide", "village"),
    "hotline": ("operator", "shift_lead", "caller"),
}
#: Characters that stand in no rule book and no page.
_RARE = "麤鱻龘靐齉爩麣灪龖厵滟爨癵驫灩纞虋讟钃鸜"

#: What differs from one answer to the next, whatever is asked.
_CHANGING = re.compile(
    rb'(?:value|nonce|data-once)="[A-Za-z0-9_\-]{16,}"|[0-9a-f]{32,}|"(?:request_)?id": ?"[^"]+"|\d\d:\d\d'
    rb"|\bch\d+[td]?\b"
)


def plain(content: bytes) -> bytes:
    """Return an answer without what differs from one to the next, whatever is asked."""
    return _CHANGING.sub(b"", content)


@dataclass
class Canary:
    """One hidden matter and what of it must not be seen; `marks` are texts, `photo` the bytes of its picture."""

    about: str
    matter: Matter
    marks: tuple[str, ...]
    photo: tuple[bytes, bytes]

    def seen_in(self, content: bytes, asked: str) -> list[str]:
        """Return the marks that can be read in an answer, packed or not, and were not in the question itself."""
        marks = {m: {w.encode() for w in (m, json.dumps(m)[1:-1], quote(m), html.escape(m))} for m in self.marks}
        found = set()
        for part in inside(content):
            found |= {m for m, ways in marks.items() if m not in asked and any(way in part for way in ways)}
            if any(one in part for one in self.photo):
                found.add("photo")
        return sorted(found)


@dataclass
class World:
    """A town, its canaries, and everybody who must not see one."""

    rng: random.Random
    now: datetime
    town: Town = field(default_factory=settle)
    canaries: list[Canary] = field(default_factory=list)
    plain: list[Matter] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        cache.clear()
        similar.forget()
        self._people()
        self.secrets = {unit: key(unit) for unit in ("urban_mgmt", "police_110", "sd_qingping")}
        for unit in ("urban_mgmt", "police_110"):
            name = unit.replace("_", "-")
            keys.create_hook(name, unit, "http://127.0.0.1:9/notices", by=SYSTEM, at=self.now)
        for n, words in enumerate(ORDINARY):
            self.plain.append(self._receive(Report(words=words, division=_PLACE, phone=f"1391111{n:04d}")))
        for n, about in enumerate(CASES):
            self.canaries.append(self._hatch(n, about))

    def _people(self) -> None:
        made: dict[str, list[Appointment]] = {
            "chengguan": [Appointment(Role.HANDLER, "urban_mgmt")],
            "chengguan_lead": [Appointment(Role.LEAD, "urban_mgmt")],
            "chengguan_chief": [Appointment(Role.CHIEF, "gov", Scope.COUNTY), Appointment(Role.HANDLER, "urban_mgmt")],
            "station_lead": [Appointment(Role.LEAD, "ps_bailu")],
            "traffic": [Appointment(Role.LEAD, "police_traffic"), Appointment(Role.SUPERVISOR, "efficiency")],
            "street": [Appointment(Role.LEAD, "sd_qingping")],
            "street_wide": [Appointment(Role.HANDLER, "sd_qingping", Scope.DIVISION)],
            "village": [Appointment(Role.LEAD, "rc_huaiyin")],
        }
        for name, posts in made.items():
            person, _ = staff.create(name, name, posts, by=SYSTEM, at=self.now, encoded="x")
            from wuxiao.desk.base.actor import of_staff

            self.town.people[name] = of_staff(person, BOOK)
        for unit in ("urban_mgmt", "sd_qingping", "efficiency", "police_supervision", "gov", "data_bureau", "housing"):
            of_unit(self.town, unit, at=self.now)
            of_unit(self.town, unit, Role.LEAD, at=self.now)
        Staff.objects.update(must_change_password=False)

    def _receive(self, report: Report) -> Matter:
        return matters.receive(report, by=RESIDENT, at=self.now)

    def _hatch(self, n: int, about: str) -> Canary:
        rare = _RARE[4 * n : 4 * n + 4]
        name, place, phone = f"{rare[:2]}氏", f"{rare}巷九号", f"1990990{7000 + n}"
        picture = io.BytesIO()
        tint = (17 + n, 91, 203 - n)
        Image.new("RGB", (9, 9), tint).save(picture, "PNG")
        upload = files.check(f"{rare}.png", picture.getvalue(), BOOK.uploads)
        words = f"{rare}摊贩占道的事，他们收钱。联系{name}{phone}"
        matter = self._receive(
            Report(
                words=words,
                division=_PLACE,
                place=place,
                name=name,
                phone=phone,
                email=f"canary{n}@example.invalid",
                about=(about,),
                uploads=(upload,),
            )
        )
        kept = Attachment.objects.get(matter=matter)
        marks = (matter.number, matter.code, rare, phone, f"canary{n}@")
        return Canary(about, matter, marks, (files.path_of(kept.sha256).read_bytes(), bytes(tint) * 81))

    # ---------------------------------------------------------------------------------------------- random steps

    def shake(self, steps: int) -> int:
        """Take random steps as random people; returns how many were taken, the others were refused."""
        taken = 0
        for _ in range(steps):
            self.now += timedelta(minutes=self.rng.randint(1, 400))
            try:
                taken += self._step()
            except DeskError:
                continue
        return taken

    def _step(self) -> int:
        rng = self.rng
        what = rng.random()
        if what < 0.08:
            hot.look(at=self.now)
            return 1
        if what < 0.12:
            clock.tick(at=self.now, limit=50)
            return 1
        every = list(Matter.objects.order_by("pk"))
        one, other = rng.choice(every), rng.choice(every)
        if what < 0.2:
            # Whatever comes to mind, open or not.
            by, verb = rng.choice([*self.town.people.values(), RESIDENT, SYSTEM]), rng.choice(_VERBS)
        else:
            by, verb = self._open(one)
        act(one.pk, verb, self._given(verb, other), by=by, at=self.now)
        return 1

    def _open(self, one: Matter) -> tuple[Actor, str]:
        """Draw a step that is open to somebody; joining and taking apart, of which all leaks came, three times."""
        facts = standing.facts_of(one, BOOK, books.of_version(one.book_id).calendar, self.now)
        if standing.is_joined(one):
            facts = standing.asked_of(one, BOOK, books.of_version(one.book_id).calendar, self.now)
        found: list[tuple[Actor, str]] = []
        for by in (*self.town.people.values(), RESIDENT):
            seen = standing.seen_by(facts, by)
            verbs = [step.verb for step, refusal in flow.within_reach(seen) if refusal is None]
            if by is RESIDENT and standing.is_joined(one):
                verbs += sorted(flow.VOICES)
            for verb in verbs:
                found += [(by, verb)] * (9 if verb in _JOINS else 1)
        return self.rng.choice(sorted(found, key=lambda pair: (pair[1], pair[0].name))) if found else (SYSTEM, "close")

    def _given(self, verb: str, other: Matter) -> dict[str, Any]:
        rng = self.rng
        unit = rng.choice(["urban_mgmt", "sd_qingping", "efficiency", "police_supervision", "housing", "police_110"])
        return {
            "matter": other.number,
            "unit": unit if verb != "shield" else "",
            "body": "",
            "reason": "需要这样办",
            "category": rng.choice(["urban.street.stalls", "conduct.service.delay", "conduct.police.unfair"]),
            "handling_class": "request",
            "parts": "摊贩占道\n路灯不亮",
            "task": "说明情况",
            "term_days": "3",
            "reply": "已经到现场清理，并安排专人每天巡查。",
            "evidence": "work_record",
            "ticked": [],
            "words": "补充一句",
            "rating": "2",
            "solved": "no",
            "way": "push",
            "caller_agrees": "no",
        }

    def settle_down(self) -> None:
        """Let the worker do what it does by itself: figures, likeness, hot issues, messages, models."""
        hot.look(at=self.now)
        figures.refresh(at=self.now, everything=True)
        similar.grow(at=self.now, at_once=True)
        models.decisions("category")
        outbox.send_due(at=self.now)
        self._receive_people()

    def _receive_people(self) -> None:
        """Receptions of every leader, each with every canary and every plain matter in it, and leaders who follow them.

        Rows are put in as they would stand if each had been booked before it was kept from anybody.
        """
        at, rules = timezone.now(), books.current(timezone.now())
        for n, name in enumerate(("chief", "supervisor", "traffic", "chengguan_chief")):
            hours = Hours(at + timedelta(days=2, hours=n), at + timedelta(days=2, hours=n + 1))
            host = Staff.objects.get(pk=self.town.people[name].staff_id)
            (slot,) = keep.create(
                "reception", [hours], host=host, place="103", capacity=99, by=self.town.people[name], at=at
            )
            for one in (*self.canaries, *self.plain):
                matter = Matter.objects.get(pk=one.matter.pk if isinstance(one, Canary) else one.pk)
                with transaction.atomic():
                    Booking(matter=matter, slot=slot, kind="reception", state="attended", at=at, turn=1).save()
                    Slot.objects.filter(pk=slot.pk).update(taken=F("taken") + 1)
                    diary.write(matter, "attend_slot", by=self.town.people[name], at=at, seen=True)
        chief = self.town.people["chief"]
        for one in self.canaries:
            with contextlib.suppress(DeskError):
                reception.take_over(one.matter.number, by=chief, at=at, rules=rules)

    # ------------------------------------------------------------------------------------------------- the walk

    def client_of(self, name: str) -> Client:
        """Return a browser in which somebody has signed in; an empty name is a visitor."""
        client = Client(raise_request_exception=False)
        if name:
            client.force_login(Staff.objects.get(pk=self.town.people[name].staff_id))
        return client

    def walk(self, name: str, canary: Canary, part: slice = slice(None)) -> Iterator[tuple[str, int, list[str]]]:
        """Ask everything as one person, or a visitor; yields address, status and the marks seen in each answer.

        `part` of the questions only, where many people share them.
        """
        client = self.client_of(name)
        for method, url, data in list(self.questions(canary))[part]:
            if "sign-out" in url or url.endswith("/signout"):
                continue
            answer = client.get(url, data) if method == "GET" else client.post(url, data)
            yield f"{method} {url}", answer.status_code, self._looked(canary, answer, f"{url} {data}")

    def at_receptions(self, name: str, canary: Canary) -> Iterator[tuple[str, int, list[str]]]:
        """Ask every page of receptions as one person: the lists, each date, and under which names people came."""
        client = self.client_of(name)
        pages = [("/staff/reception", {}), ("/reception", {}), ("/reception.ics", {})]
        pages.append(("/staff/reception", {"do": "lay_down", "number": canary.matter.number, "reason": "x"}))
        for slot in Slot.objects.order_by("pk"):
            url = f"/staff/reception/{veil('slot', slot.pk)}"
            pages += [(url, {}), (url, {"do": "names"})]
        for url, data in pages:
            answer = client.post(url, data) if data else client.get(url)
            yield f"{url} {data}", answer.status_code, self._looked(canary, answer, f"{url} {data}")

    def machine(self, unit: str, canary: Canary) -> Iterator[tuple[str, int, list[str]]]:
        """Ask everything of the machines' doors with the key of a unit."""
        client = Client(raise_request_exception=False)
        head = {"Authorization": f"Bearer {self.secrets[unit]}"}
        for method, url, data in self.questions(canary):
            if not url.startswith("/api/"):
                continue
            if method == "GET":
                answer = client.get(url, data, headers=head)
            else:
                answer = client.post(url, json.dumps(data), content_type="application/json", headers=head)
            yield f"{method} {url}", answer.status_code, self._looked(canary, answer, f"{url} {data}")

    def _looked(self, canary: Canary, answer: Any, asked: str) -> list[str]:
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        head = "\n".join(f"{k}: {v}" for k, v in answer.items()).encode()
        return sorted({*canary.seen_in(content, asked), *canary.seen_in(head, asked)})

    def questions(self, canary: Canary) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield method, address and fields for every pattern of the resolver, and the questions people put to lists."""
        numbers = list(Matter.objects.order_by("pk").values_list("number", flat=True))
        for url in sorted(
            {made for one in _patterns(get_resolver().url_patterns) for made in self._filled(one, canary)}
        ):
            yield "GET", url, {}
            yield "POST", url, _BODY
        for asked in (*canary.marks, "摊贩占道", "占道", "收钱", canary.matter.number[:12]):
            yield "GET", "/staff/search", {"q": asked}
        for query in ("kind=request", "state=open", "state=closed", "unit=urban_mgmt", "division=990101"):
            yield "GET", f"/staff/search?{query}", {}
            for form in ("csv", "xlsx"):
                yield "POST", "/staff/search/export", {"query": query, "purpose": "核对", "as": form}
        yield "POST", "/staff/bulk/assign", {"number": [*numbers, "x"], "unit": "urban_mgmt"}
        for words in ("摊贩占道的事，他们收钱", canary.marks[2] + "摊贩占道的事，他们收钱"):
            yield "GET", "/staff/intake/alike", {"words": words, "division": _PLACE}
            yield "POST", "/staff/intake/suggest", {"words": words}
        yield "GET", "/staff/intake/caller", {"phone": canary.marks[3]}
        for name in ("external_id", "queue"):
            yield "GET", "/api/v1/matters", {name: "intake" if name == "queue" else "x"}
        for form in ("json", "xml"):
            yield "GET", f"/open311/v2/requests.{form}", {"jurisdiction_id": ""}
            yield "GET", f"/open311/v2/requests.{form}", {"service_request_id": canary.matter.number}

    def _filled(self, pattern: str, canary: Canary) -> list[str]:
        """Return the addresses of one pattern with its arguments filled in."""
        number = canary.matter.number
        attached = Attachment.objects.filter(matter=canary.matter).values_list("pk", flat=True).first() or 1
        issues = list(HotIssue.objects.values_list("pk", flat=True)) or [1]
        choices: dict[str, Sequence[str]] = {
            "number": (number, *(m.number for m in self.plain[:2])),
            "file_id": (str(veil("file", attached)),),
            "issue_id": [str(pk) for pk in issues],
            "slot_id": [str(veil("slot", pk)) for pk in Slot.objects.values_list("pk", flat=True)] or ["1"],
            "name": ("inbox", "mine", "all", "intake", "sign", "offer", "sent", "handle", "answered", "overdue",
                     "urged", "supervised", "orphans", "joint"),
            "verb": ("note", "merge", "shield", "unshield", "nothing"),
            "form": ("json", "xml"),
            "month": ("2026-09",),
            "code": ("0" * 20,),
        }  # fmt: skip
        made = [pattern]
        while any("<" in one for one in made):
            following = []
            for one in made:
                hole = re.search(r"<(?:\w+:)?(\w+)>", one)
                if hole is None:
                    following.append(one)
                    continue
                for value in choices.get(hole.group(1), ("1",)):
                    following.append(one[: hole.start()] + value + one[hole.end() :])
            made = following
        return made

    def told(self, canary: Canary) -> list[str]:
        """Return what was queued or sent to a unit from which the canary is hidden and names it."""
        hidden = Matter.objects.get(pk=canary.matter.pk).hidden
        found = []
        for row in Message.objects.select_related("webhook", "matter"):
            to_unit = row.way == "hook" and row.webhook is not None and row.webhook.unit in hidden
            if (to_unit or (row.address and row.matter is None)) and row.state != "dropped":
                found += canary.seen_in(f"{row.subject} {row.text}".encode(), "")
        return found


_PLACE = "990101001001"
_JOINS = ("merge", "unmerge", "split", "join", "add", "object")
_VERBS = [verb for verb in STEPS if verb not in {"receive", "hand_in"}] + list(_JOINS) * 4
_BODY: dict[str, Any] = {
    "words": "记一笔", "reason": "核对", "purpose": "核实情况", "note": "x", "once": "walk", "unit": "urban_mgmt",
    "q": "占道", "number": "x", "do": "confirm",
}  # fmt: skip
ORDINARY = (
    "东门市场摊贩占道，路都走不了", "东门市场摊贩占道，早上最堵", "东门市场门口摊贩占道经营", "路灯不亮三天了",
    "垃圾三天没人收", "公园里的长椅坏了两张", "社保卡丢了怎么补办", "公交七路车总是晚点半小时",
)  # fmt: skip


def _patterns(patterns: Sequence[URLPattern | URLResolver], before: str = "/") -> Iterator[str]:
    for one in patterns:
        raw = str(one.pattern)
        if raw.startswith("^") or "(?P<" in raw:
            raw = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", raw).replace("^", "").replace("$", "")
            raw = raw.replace(".*", "nothing-here").replace("\\", "")
        if isinstance(one, URLResolver):
            yield from _patterns(one.url_patterns, before + raw)
        else:
            yield before + raw


def may_see(world: World, name: str, canary: Canary) -> bool:
    """Whether an account is of no unit from which the canary is hidden now."""
    by: Actor = world.town.people[name]
    assert by.viewer is not None
    return not (Matter.objects.get(pk=canary.matter.pk).hidden & by.viewer.units)
