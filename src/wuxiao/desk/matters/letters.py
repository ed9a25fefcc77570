"""The letter that answers a requester on paper: what was asked, point by point, and what the unit answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from wuxiao.desk.assist import spoken_of
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.base.once import remember, served
from wuxiao.desk.diary import readings
from wuxiao.desk.documents import documents
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Document, Entry, Matter, Words
from wuxiao.rules.access import Role
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.flow import State
from wuxiao.rules.papers import Content, Item
from wuxiao.rules.words import Text

KIND = "letter"
#: Posts of the holder that write letters, and the one that takes one back.
_WRITES = frozenset({Role.HANDLER, Role.LEAD, Role.OPERATOR, Role.CENTRE_LEAD})
_VOIDS = frozenset({Role.LEAD, Role.CENTRE_LEAD})
_ANSWERS = ("answer", "decline", "uphold", "stand_down")
_OVER = frozenset({State.ANSWERED, State.CLOSED})


#: How an answer greets whoever asked, by name often: a letter goes to whoever holds it.
_GREETING = re.compile(r"^(?:(?:尊敬的)?[^，。！!：:\s]{0,10}[：:，,]?\s*)?(?:您好|你好)[！!。，,：:\s]+")


@dataclass(frozen=True, slots=True)
class Preview:
    """The lines of a letter that is not sealed yet, and what in them is a personal detail, as far as rules find it."""

    lines: tuple[str, ...]
    personal: tuple[str, ...]


def _day(at: datetime) -> str:
    day = at.astimezone(SHANGHAI).date()
    return f"{day.year}年{day.month}月{day.day}日"


def why_not(matter: Matter, *, by: Actor, voids: bool = False) -> Text | None:
    """Return why somebody may not write (or take back) a letter on a matter they see, or `None`."""
    roles = {post.role for post in by.viewer.posts if post.unit == matter.holder} if by.viewer is not None else set()
    if roles.isdisjoint(_VOIDS if voids else _WRITES):
        if voids:
            return Text("由承办单位负责人作废", "a lead of the unit in charge takes it back")
        return Text("由承办单位出具", "the unit in charge writes it")
    if not voids and State(matter.state) not in _OVER:
        return Text("还没有答复，答复以后才能出具", "there is no answer yet: first it is answered")
    return None


def _reply(matter: Matter) -> str:
    """Return the words of the last answer; raises `Refused` where there are none (any more)."""
    turn = Entry.objects.filter(matter_id=matter.pk, verb__in=_ANSWERS).order_by("-turn").values_list("turn", flat=True)
    rows = Words.objects.filter(matter_id=matter.pk, turn__in=list(turn[:1]), field="reply", erased_at=None)
    text = rows.values_list("text", flat=True).first()
    if not text:
        raise Refused(Text("没有可以写进答复意见书的答复", "there is no answer to write into a letter"), "no_reply")
    return _GREETING.sub("", str(text).lstrip(), count=1)


def preview(matter: Matter, rules: Rules, *, by: Actor, at: datetime) -> Preview | None:
    """Return what a letter would say, and the personal details in its answer, for whoever is about to seal it.

    `None` where there is no answer yet. It shows words of the matter, so it is a reading of them.
    """
    try:
        said = content(matter, rules)
    except Refused:
        return None
    readings.note(matter, by=by, at=at, fields=["words"], how="page")
    lines = (*said.opening, *(item.words for item in said.items), *said.closing)
    found = spoken_of.look([*(item.words for item in said.items), *said.closing], known=_own(rules.book))
    return Preview(lines, tuple(one.text for one in found))


def _own(book: Book) -> str:
    """Return the numbers and addresses by which the town's own units are reached: they are nobody's personal detail."""
    told = [book.town.phone, *(text for one in book.units.values() for text in (one.phone, one.mail, one.name.zh))]
    return "\n".join(text for text in told if text)


def content(matter: Matter, rules: Rules) -> Content:
    """Return what the letter says. It bears no name, no telephone number and no receipt code: who holds it knows.

    What was reported is called by its category: the requester's words, cut to a title, would carry her name and home.
    """
    items = tuple(Item(str(one["text"])) for one in matter.items if one.get("text"))
    received = _day(matter.received_at)
    category = rules.book.categories.get(matter.category)
    about = f"{category.name.zh}方面的问题" if category is not None else "事项"
    english: tuple[str, ...] = ()
    if matter.lang.lower().startswith("en"):
        day = matter.received_at.astimezone(SHANGHAI).date()
        english = (
            f"For your convenience: this is the written answer to your report no. {matter.number}, received on "
            f"{day.day} {day:%B} {day.year}. The Chinese text above counts. If you disagree, you can object "
            f"within {rules.book.reopen.window.words.en} with the code on your receipt. Call {rules.book.town.phone} "
            "to have the answer explained to you.",
        )
    return Content(
        to=f"诉求人（事项编号{matter.number}）",
        opening=(f"{received}，我们收到您反映的{about}" + ("，您要求：" if items else "。"),),
        items=items,
        closing=("现答复如下：", *(part.strip() for part in _reply(matter).splitlines() if part.strip())),
        notes=(f"不认可这份答复的，可以在{rules.book.reopen.window.words.zh}内凭回执上的查询码提出异议，重新办理。",),
        english=english,
    )


def write(matter_id: int, rules: Rules, *, by: Actor, at: datetime, once: str | None = None) -> Document:
    """Give out the letter of a matter the actor sees; one that held is replaced. The same key gives the same letter.

    Raises `Refused` for who may not, before there is an answer, and where it was erased.
    """
    asked = {"letter": matter_id, "by": by.staff_id}
    with transaction.atomic():
        if once is not None and served(once, asked) is not None:
            found = documents.live(Matter(pk=matter_id), KIND)
            if found is not None:
                return found
        matter = Matter.objects.select_for_update().filter(pk=matter_id).first()
        if matter is None:
            raise NotFound
        if (refusal := why_not(matter, by=by)) is not None:
            raise Refused(refusal, "who")
        paper = documents.issue(matter, KIND, content(matter, rules), by=by, at=at)
        if once is not None:
            remember(once, asked, matter.pk, at)
    return paper


def void(matter: Matter, number: str, *, by: Actor, at: datetime, reason: str) -> Document:
    """Take a letter back with a reason; raises `Refused` for who may not and `Invalid` without a reason."""
    if (refusal := why_not(matter, by=by, voids=True)) is not None:
        raise Refused(refusal, "who")
    if not reason.strip():
        raise Invalid({"reason": Text("请写为什么作废", "say why it is void")})
    return documents.void_one(matter, number, by=by, at=at, reason=reason.strip()[:500])
