"""What the pages of receptions ask: who receives, who may come to whom, who follows which matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from wuxiao.desk.base import actor
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.case import shown, standing, subject
from wuxiao.desk.people import identity
from wuxiao.desk.slots import ask
from wuxiao.desk.slots.kinds import PARTED, Judge
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.desk.town.left import Left
from wuxiao.records.models import Booking, Case, Entry, Matter, Post, Slot, Staff, TakenOver, Words
from wuxiao.rules import access, hide
from wuxiao.rules.access import ROLES, Role
from wuxiao.rules.book_model import Book
from wuxiao.rules.flow import State
from wuxiao.rules.life import Refusal
from wuxiao.rules.slots import SlotState
from wuxiao.rules.words import Text
from wuxiao.subjects.reception.rules import LEADERS, NAME

#: One sentence for whatever a person must not be told: that it is kept from them, above all.
_NOT_HERE = Text("这一场不接待这件事，请选别的场次", "this one does not take this matter; please choose another")
_OVER = Text("这件事已经办结，不再约接访", "this matter is closed: no reception is booked for it any more")
_UNREAD = Text(
    "没有留电话的事项，要有人看过、受理以后才能约接访；急的请打 12345，让接线员先看",
    "a matter without a telephone is booked once the desk has read it and taken it up; if it is urgent, call 12345 and "
    "have it read first",
)


def numbers(book: Book) -> dict[str, int]:
    """Return what the book says of receptions; `NotFound` in a town that has none."""
    if NAME not in book.lives:
        raise NotFound
    return dict(book.lives[NAME].numbers)


def judge(case: Case, rules: Rules, at: datetime) -> Judge:
    """Say of each reception whether this case may have a place in it.

    Not where whoever is met there, or the unit that keeps it, is complained of or must not know of the matter; nor
    where whoever is met could not see it at their desk either.
    """
    if case.life != Matter.ONLY["life"]:
        return lambda slot: Refusal(PARTED, _NOT_HERE)
    main = main_of(case)
    gone = main.outcome == "withdrawn" or Entry.objects.filter(matter_id=case.pk, verb="erase").exists()
    shut = why_not(case)
    facts = subject.of(main).facts(main, books.of_version(main.book_id), at, "")
    away = (case.hidden | main.hidden, hide.unpack(case.about) | hide.unpack(main.about))

    def look(slot: Slot) -> Refusal | None:
        host = slot.host
        if gone or host is None or not host.is_active:
            return Refusal(PARTED, _NOT_HERE)
        viewer = actor.of_staff(host, rules.book).viewer
        assert viewer is not None
        units = {slot.unit, *viewer.units}
        if any(_away(rules.book, *away, unit) for unit in units) or not access.may_see(viewer, facts):
            return Refusal(PARTED, _NOT_HERE)
        return shut

    return look


def main_of(case: Case) -> Case:
    """Return the case whose course another follows: the main one of joined reports, else itself."""
    return Case.objects.get(pk=case.merged_into_id or 0) if standing.is_joined(case) else case


def why_not(case: Case) -> Refusal | None:
    """Say why no reception at all can be booked for a matter now, `None` where one can: it is `closed`, or nobody has
    read it yet (`unread`). Of joined reports it is the main one that is closed; one's own is so from the day it was
    joined."""
    main = main_of(case)
    if main.state == State.CLOSED:
        return Refusal("closed", _OVER)
    # What nobody has read and nobody can be called about could fill every date; the same report takes a place later.
    if main.state == State.INTAKE and not identity.phone_marks([case.pk]):
        return Refusal("unread", _UNREAD)
    return None


def _away(book: Book, hidden: frozenset[str], about: frozenset[str], unit: str) -> bool:
    return unit in about or hide.barred(book, hidden, unit)


@dataclass(frozen=True, slots=True)
class Leader:
    """Somebody in office who is met or who follows a matter: name and post, as the public reads them."""

    staff: Staff
    name: Text
    post: Text

    def say(self, lang: str) -> str:
        """Return name and post in one phrase."""
        between = "，" if lang == "zh" else ", "
        return f"{self.name.say(lang)}{between}{self.post.say(lang)}"


def leader_of(staff: Staff, book: Book) -> Leader:
    """Return a member of staff as the public reads them, by the first of their posts that receives."""
    posts = staff.known_posts if staff.known_posts is not None else list(staff.posts.order_by("id"))
    wanted = {role.value for role in LEADERS}
    post = next((one for one in posts if one.role in wanted), None) or (posts[0] if posts else None)
    name = Text(staff.name, staff.name_en or staff.name)
    if post is None:
        return Leader(staff, name, Text("", ""))
    unit = book.units.get(post.unit)
    role = ROLES[Role(post.role)].name
    if unit is None or post.role == Role.CHIEF:
        # A leader of the county is of no office of it: “government office county leader” reads doubled.
        return Leader(staff, name, role)
    return Leader(staff, name, Text(f"{unit.name.zh}{role.zh}", f"{role.en}, {unit.name.en}"))


def named(slot: Slot, book: Book) -> Text:
    """Return who receives in an hour, as the public page says it; nothing where nobody is named."""
    leader = leader_of(slot.host, book) if slot.host is not None else None
    return Text(leader.say("zh"), leader.say("en")) if leader is not None else Text("", "")


def leaders(book: Book) -> list[Leader]:
    """Return all in office who may receive people and follow matters (two queries)."""
    wanted = [role.value for role in LEADERS]
    ordered = Prefetch("posts", queryset=Post.objects.order_by("id"))
    rows = Staff.objects.filter(is_active=True, posts__role__in=wanted).distinct().order_by("unit", "pk")
    found = []
    for person in rows.prefetch_related(ordered):
        person.known_posts = list(person.posts.all())
        found.append(leader_of(person, book))
    return found


def may_publish_for(leader: Leader, by: Actor) -> bool:
    """Whether somebody publishes in a leader's name: the leader, or one of the unit in which she holds that office.

    What is published is public at once and people come for it: nobody else commits her.
    """
    if by.viewer is None:
        return False
    offices = {post.unit for post in leader.staff.known_posts or () if post.role in {one.value for one in LEADERS}}
    return by.staff_id == leader.staff.pk or not offices.isdisjoint(by.viewer.units)


def follows(case: Case) -> TakenOver | None:
    """Return who follows a case now, until it is closed or laid down; what was joined goes with its main one."""
    main = case.merged_into_id if standing.is_joined(case) else case.pk
    rows = TakenOver.objects.filter(matter_id=main, ended_at__isnull=True).exclude(matter__state=State.CLOSED)
    return rows.select_related("staff").first()


def follower_of(case: Case, book: Book) -> Leader | None:
    """Return who follows a case, as its resident and its unit read it; nobody in a town without receptions."""
    found = follows(case) if NAME in book.lives else None
    return leader_of(found.staff, book) if found is not None else None


def told_follower(case: Case, entries: Sequence[Entry]) -> Text | None:
    """Return who follows an open case as its own diary says it, which the reader has before them: no query."""
    acts = [entry for entry in entries if entry.verb in {"take_over", "lay_down", "part_follow"}]
    if not acts or acts[-1].verb != "take_over" or case.state == State.CLOSED:
        return None
    return Text(**acts[-1].facts["leader"])


def followed(rules: Rules, *, by: Actor) -> list[TakenOver]:
    """Return the matters leaders follow, as far as the reader may see them, the oldest first."""
    assert by.viewer is not None
    rows = TakenOver.objects.filter(ended_at__isnull=True).exclude(matter__state=State.CLOSED)
    found = list(rows.select_related("matter", "staff").order_by("since", "pk"))
    seen = set(shown.visible(by.viewer).filter(pk__in=[one.matter_id for one in found]).values_list("pk", flat=True))
    return [one for one in found if one.matter_id in seen]


def followed_by(rules: Rules, *, by: Actor) -> list[TakenOver]:
    """Return the matters somebody follows themselves, as far as they may see them; none without receptions."""
    if NAME not in rules.book.lives:
        return []
    return [one for one in followed(rules, by=by) if one.staff_id == by.staff_id]


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised to somebody who came: the words (`None` where they were erased), by whom, and when."""

    words: str | None
    staff_id: int | None
    at: datetime


def promised(slot: Slot, bookings: Sequence[Booking]) -> dict[int, list[Promise]]:
    """Return what was promised at a slot by case, the first first; `bookings` are those the reader may see."""
    cases = [one.matter_id for one in bookings]
    entries = Entry.objects.filter(matter_id__in=cases, verb="promise_slot").order_by("matter_id", "turn")
    # The words of other slots of the same case are another matter; a slot that has begun is never moved.
    here = [one for one in entries if datetime.fromisoformat(one.facts["when"]) == slot.starts_at]
    rows = Words.objects.filter(matter_id__in=cases, field="words", erased_at__isnull=True)
    texts = {(one.matter_id, one.turn): one.text for one in rows.filter(turn__in={entry.turn for entry in here})}
    found: dict[int, list[Promise]] = {}
    for entry in here:
        assert entry.matter_id is not None
        said = Promise(texts.get((entry.matter_id, entry.turn)), entry.staff_id, entry.at)
        found.setdefault(entry.matter_id, []).append(said)
    return found


def in_office(staff: Staff, rules: Rules) -> bool:
    """Whether somebody is still one who may follow matters."""
    viewer = actor.of_staff(staff, rules.book).viewer
    return staff.is_active and viewer is not None and bool({post.role for post in viewer.posts} & LEADERS)


def may_follow(case: Case, staff: Staff, rules: Rules, at: datetime) -> bool:
    """Whether somebody may follow a case: in office, of a role that may, no part of what is complained of."""
    viewer = actor.of_staff(staff, rules.book).viewer
    assert viewer is not None
    if not in_office(staff, rules):
        return False
    facts = subject.of(case).facts(case, books.of_version(case.book_id), at, "")
    hidden, about = case.hidden, hide.unpack(case.about)
    return access.may_see(viewer, facts) and not any(_away(rules.book, hidden, about, one) for one in viewer.units)


def dates(by: Actor, *, at: datetime) -> list[Slot]:
    """Return the receptions somebody keeps that are not long over, the next first."""
    assert by.viewer is not None
    assert by.staff_id is not None
    kept = [slot.pk for slot in ask.of_staff(by.staff_id, sorted(by.viewer.units), at=at) if slot.kind == NAME]
    rows = Slot.objects.filter(pk__in=kept).order_by("starts_at", "id")
    return ask.ready(ask.with_hosts(rows))


def is_open(slot: Slot) -> bool:
    """Whether there is room: the public reads this and no number."""
    return slot.state == SlotState.OPEN and slot.taken < slot.capacity


def left(book: Book, now: Book, at: datetime) -> list[Left]:
    """Return the open matters somebody in office follows, where a book leaves receptions out."""
    count = TakenOver.objects.filter(ended_at=None, matter__closed_at=None).count() if NAME in now.lives else 0
    if NAME in book.lives or not count:
        return []
    what = Text(f"领导包着没办结的{count}件", f"open matters a leader follows: {count}")
    return [Left(f"lives.{NAME}", what, Text("请包案的领导先点“不再包案”", "the leaders lay them down first"))]
