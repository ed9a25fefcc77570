"""Hot issues: the worker groups the matters of the last weeks, the machine names, a person decides.

Heat and its formula are the rule book's (`[hot]`). People are counted, never shown: ten messages of one number are one
voice. A confirmed, renamed or split issue keeps its matters and its name and only grows; a dismissed one stays away
until it has grown by the book's factor. Units that hold matters of a hot issue are told once, on their own list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from wuxiao.desk.base import jobs
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.base.put import put
from wuxiao.desk.case.rows import ROW_FIELDS, Row
from wuxiao.desk.case.shown import visible
from wuxiao.desk.case.tell import house_mail
from wuxiao.desk.diary import diary
from wuxiao.desk.people import identity
from wuxiao.desk.town import books
from wuxiao.reading.hot import HeatRule, Issue, Voice, follow, heat, hot_issues, stays_dismissed
from wuxiao.records.models import HotAlert, HotIssue, HotMatter, Job, Matter, Message, Words
from wuxiao.rules.access import Power
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.words import Text

#: More matters than this in one look take too long; the newest are looked at.
MOST = 20_000
KEPT = 40
#: States of an issue. `gone` is a proposal that no longer holds together.
PROPOSED, CONFIRMED, DISMISSED, GONE = "proposed", "confirmed", "dismissed", "gone"
STATES: dict[str, Text] = {
    PROPOSED: Text("待确认", "proposed"),
    CONFIRMED: Text("已确认", "confirmed"),
    DISMISSED: Text("已排除", "dismissed"),
    GONE: Text("已消退", "faded"),
}


def rule_of(book: Book) -> HeatRule:
    """Return the rule book's formula as the search for hot issues takes it."""
    h = book.hot
    return HeatRule(support=0.0, growth=h.growth, days=h.days, least=h.least, likeness=h.likeness, again=h.again)


def voices(*, at: datetime, book: Book) -> list[Voice]:
    """Return the matters of the window as voices.

    Erased, declined and withdrawn ones are left out; so are those hidden from a unit and those whose requester is kept
    unknown: an issue is shared by units, and its name, words and numbers would tell.
    """
    rows = list(
        Matter.objects.filter(received_at__gt=at - timedelta(days=book.hot.window), received_at__lte=at)
        .filter(hidden_units="", shielded=False)
        .exclude(outcome__in=["declined", "withdrawn"])
        .order_by("-received_at", "-pk")
        .values_list("id", "title", "place", "received_at")[:MOST]
    )
    ids = [pk for pk, _, _, _ in rows]
    words: dict[int, str] = {}
    phones: dict[int, str] = {}
    for start in range(0, len(ids), 5000):
        part = ids[start : start + 5000]
        said = Words.objects.filter(matter_id__in=part, turn=1, field="words", erased_at__isnull=True)
        words |= dict(said.values_list("matter_id", "text"))
        phones |= identity.phone_marks(part)
    return [
        Voice(
            key=str(pk),
            title=title,
            text=words[pk],
            # Days in the reasons are days of the town.
            at=received.astimezone(SHANGHAI),
            # Only counted, only here, never stored: two matters of one number are one voice.
            raiser=phones.get(pk, ""),
            place=place,
        )
        for pk, title, place, received in rows
        if words.get(pk)
    ]


@jobs.handles("hot")
def _job(job: Job, report: jobs.Report) -> dict[str, Any]:
    report(0, 1)
    return {"issues": look(at=job.created_at)}


def ask(*, at: datetime) -> int:
    """Queue one look at the hot issues unless one is waiting; returns how many were queued."""
    if Job.objects.filter(kind="hot", state__in=["queued", "running"]).exists():
        return 0
    jobs.add("hot", {}, at=at)
    return 1


def look(*, at: datetime) -> int:
    """Group the matters of the window and bring the issues on record up to date; returns how many stand open."""
    book = books.current(at).book
    rule = rule_of(book)
    found = hot_issues(voices(at=at, book=book), now=at, rule=rule, limit=KEPT)
    with transaction.atomic():
        known = {issue.pk: issue for issue in HotIssue.objects.select_for_update().exclude(state=GONE)}
        members: dict[str, list[str]] = {str(pk): [] for pk in known}
        grouped: dict[str, Sequence[str]] = {}
        for issue_id, matter_id in HotMatter.objects.filter(issue_id__in=known).values_list("issue_id", "matter_id"):
            members[str(issue_id)].append(str(matter_id))
        grouped |= members
        met = follow(grouped, found)
        for number, one in enumerate(found):
            record = known.get(int(met[number])) if number in met else None
            _bring(record, one, rule, at)
        again = {int(pk) for pk in met.values()}
        faded = [pk for pk, issue in known.items() if pk not in again and issue.state == PROPOSED]
        HotIssue.objects.filter(pk__in=faded).update(state=GONE, changed_at=at)
        HotMatter.objects.filter(issue_id__in=faded).delete()
        _alert(book, at)
    return HotIssue.objects.filter(state__in=[PROPOSED, CONFIRMED]).count()


def _bring(record: HotIssue | None, one: Issue, rule: HeatRule, at: datetime) -> None:
    if record is None:
        record = HotIssue(name=one.name[:120], state=PROPOSED, made_at=at)
    elif record.state == DISMISSED:
        if stays_dismissed(record.people_then, one.people, rule):
            return
        record.state, record.alerted_at = PROPOSED, None
    elif record.state == PROPOSED and record.decided_at is None:
        record.name = one.name[:120]
    record.place, record.words = one.place[:120], list(one.words)
    record.people, record.heat, record.growth = one.people, one.heat, one.growth
    record.first_at, record.last_at = one.first, one.last
    record.why = {"zh": one.why.zh, "en": one.why.en}
    record.changed_at = at
    record.save()
    mine = {int(key) for key in one.keys}
    taken = set(HotMatter.objects.filter(matter_id__in=mine).values_list("matter_id", flat=True))
    if record.decided_at is None:
        # A machine's grouping may let matters go again; what a person grouped only grows.
        HotMatter.objects.filter(issue=record, by_person=False).exclude(matter_id__in=mine).delete()
    HotMatter.objects.bulk_create(
        [HotMatter(issue=record, matter_id=pk) for pk in sorted(mine - taken)], ignore_conflicts=True
    )


def _alert(book: Book, at: datetime) -> None:
    hot = HotIssue.objects.filter(state__in=[PROPOSED, CONFIRMED], heat__gte=book.hot.alert, alerted_at__isnull=True)
    for issue in hot:
        tell(issue, book, at=at)


def tell(issue: HotIssue, book: Book, *, at: datetime) -> int:
    """Put a notice on the list of every unit that holds an open matter of the issue; returns how many were told.

    Units whose mail the rule book names are told by mail too, once for each issue. The mail says how many of their own
    matters it is about and where to look, nothing of what was said.

    Hidden matters are in no issue, and where one became hidden since, it does not count.
    """
    held = Matter.objects.filter(hot__issue=issue, hidden_units="", shielded=False).exclude(state="closed")
    units = set(held.values_list("holder", flat=True))
    rows = [HotAlert(issue=issue, unit=unit, at=at) for unit in sorted(units) if unit in book.units]
    HotAlert.objects.bulk_create(rows, ignore_conflicts=True)
    put([_mail(issue, book, row.unit, at=at) for row in rows if book.units[row.unit].mail], ignore=True)
    issue.alerted_at = at
    issue.save(update_fields=["alerted_at"])
    return len(rows)


def _mail(issue: HotIssue, book: Book, unit: str, *, at: datetime) -> Message:
    url = f"{settings.BASE_URL}/staff/hot/{issue.pk}"
    zh = f"【{book.town.name.zh}12345】一个热点涉及贵单位正在办理的事项，共有{issue.people}人反映。请登录查看：{url}"
    en = (
        f"[{book.town.name.en} 12345] A hot issue touches matters that your unit is handling; {issue.people} people "
        f"raised it. Please sign in and look: {url}"
    )
    key = f"hot-{issue.pk}-{unit}"
    return house_mail(book.units[unit].mail, "hot_issue", "热点提醒 / Hot issue", Text(zh, en), key, at=at)


def leave(matter_id: int, *, by: Actor, at: datetime) -> None:
    """Take a matter that became hidden out of what units share.

    An issue with it carries its words and counts, so it goes as a whole; the next look makes it anew without the
    matter. A decision somebody took on it goes too, by an entry of the town's diary.
    """
    told = HotIssue.objects.select_for_update().filter(members__matter_id=matter_id)
    for issue in told:
        HotMatter.objects.filter(issue=issue).delete()
        HotAlert.objects.filter(issue=issue).delete()
        decided = issue.decided_at is not None
        issue.state, issue.name, issue.place, issue.words, issue.why = GONE, "", "", [], {}
        issue.people, issue.heat, issue.growth, issue.changed_at = 0, 0.0, 0, at
        issue.save()
        if decided:
            _note(issue, "gone", by=by, at=at)


# ------------------------------------------------------------------------------------------------------- deciding


def _mine(issue_id: int, by: Actor) -> HotIssue:
    if by.kind != "staff" or by.viewer is None or Power.SUPERVISION not in by.viewer.powers:
        raise Refused(Text("您的岗位不能处理热点。", "Your post does not decide on hot issues."), "post")
    issue = HotIssue.objects.select_for_update().filter(pk=issue_id).exclude(state=GONE).first()
    if issue is None:
        raise NotFound(Text("没有这个热点，可能已经消退。", "There is no such issue; it may have faded."))
    return issue


def _note(issue: HotIssue, choice: str, *, by: Actor, at: datetime) -> None:
    facts = {"who": by.name, "issue": issue.pk, "name": issue.name, "choice": choice}
    diary.write_town("hot_issue", by=by, at=at, facts=facts)


def confirm(issue_id: int, *, by: Actor, at: datetime) -> HotIssue:
    """A named person says that this is one thing, and the units that hold its matters are told."""
    with transaction.atomic():
        issue = _mine(issue_id, by)
        issue.state, issue.decided_at, issue.decided_by_id = CONFIRMED, at, by.staff_id
        issue.save(update_fields=["state", "decided_at", "decided_by"])
        tell(issue, books.current(at).book, at=at)
        _note(issue, "confirm", by=by, at=at)
    return issue


def rename(issue_id: int, name: str, *, by: Actor, at: datetime) -> HotIssue:
    """Give an issue the name people use; the machine does not change it any more."""
    name = name.strip()
    if not name or len(name) > 120:
        raise Invalid({"name": Text("请写1到120个字的名称", "a name of 1 to 120 characters, please")})
    with transaction.atomic():
        issue = _mine(issue_id, by)
        issue.name, issue.decided_at, issue.decided_by_id = name, at, by.staff_id
        issue.save(update_fields=["name", "decided_at", "decided_by"])
        _note(issue, "rename", by=by, at=at)
    return issue


def dismiss(issue_id: int, *, by: Actor, at: datetime) -> HotIssue:
    """Say that this is no issue; it stays away until it has grown by the rule book's factor."""
    with transaction.atomic():
        issue = _mine(issue_id, by)
        issue.state, issue.people_then = DISMISSED, issue.people
        issue.decided_at, issue.decided_by_id = at, by.staff_id
        issue.save(update_fields=["state", "people_then", "decided_at", "decided_by"])
        HotAlert.objects.filter(issue=issue, seen_at__isnull=True).delete()
        _note(issue, "dismiss", by=by, at=at)
    return issue


def split(issue_id: int, numbers: Sequence[str], name: str, *, by: Actor, at: datetime) -> HotIssue:
    """Take some matters out of an issue into a new one with its own name; returns the new issue.

    Raises `Invalid` when nothing or everything is taken, or the name is missing.
    """
    name = name.strip()
    errors: dict[str, Text] = {}
    if not name or len(name) > 120:
        errors["name"] = Text("请写1到120个字的名称", "a name of 1 to 120 characters, please")
    with transaction.atomic():
        issue = _mine(issue_id, by)
        all_of = HotMatter.objects.filter(issue=issue)
        apart = list(all_of.filter(matter__number__in=list(numbers)).values_list("pk", flat=True))
        if not apart or len(apart) == all_of.count():
            errors["number"] = Text(
                "请勾选一部分事项，两边都要留有事项", "tick some of the matters: both parts need one"
            )
        if errors:
            raise Invalid(errors)
        new = HotIssue.objects.create(
            name=name,
            place=issue.place,
            state=CONFIRMED,
            words=issue.words,
            people=len(apart),
            heat=0.0,
            growth=0,
            first_at=issue.first_at,
            last_at=issue.last_at,
            made_at=at,
            changed_at=at,
            decided_at=at,
            decided_by_id=by.staff_id,
        )
        HotMatter.objects.filter(pk__in=apart).update(issue=new, by_person=True)
        all_of.update(by_person=True)
        issue.decided_at, issue.decided_by_id = at, by.staff_id
        issue.save(update_fields=["decided_at", "decided_by"])
        for part in (issue, new):
            _recount(part, at)
        _note(issue, "split", by=by, at=at)
    return new


def _recount(issue: HotIssue, at: datetime) -> None:
    book = books.current(at).book
    mine = set(HotMatter.objects.filter(issue=issue).values_list("matter_id", flat=True))
    listed = [v for v in voices(at=at, book=book) if int(v.key) in mine]
    if listed:
        issue.heat, issue.people, _, issue.growth = heat(listed, rule_of(book), at)
        issue.first_at, issue.last_at = min(v.at for v in listed), max(v.at for v in listed)
        issue.save(update_fields=["heat", "people", "growth", "first_at", "last_at"])


# --------------------------------------------------------------------------------------------------------- looking


@dataclass(frozen=True, slots=True)
class Seen:
    """One issue as a page shows it: the record, how many of its matters the viewer may see, and those rows if asked."""

    issue: HotIssue
    matters: int
    rows: Sequence[Row]


def issues(*, by: Actor, state: str = "") -> list[Seen]:
    """Return the issues that hold matters the actor may see, the hottest first (two queries)."""
    assert by.viewer is not None
    wanted = [state] if state in STATES else [PROPOSED, CONFIRMED]
    listed = list(HotIssue.objects.filter(state__in=wanted).order_by("-heat", "first_at", "pk")[:100])
    counts: dict[int, int] = {}
    for pk, _ in _visible(by).filter(hot__issue__in=listed).values_list("hot__issue_id", "pk").distinct():
        counts[pk] = counts.get(pk, 0) + 1
    return [Seen(issue, counts[issue.pk], ()) for issue in listed if counts.get(issue.pk)]


def issue(issue_id: int, *, by: Actor) -> Seen:
    """Return one issue with the rows of its matters that the actor may see; `NotFound` if there is none."""
    found = HotIssue.objects.filter(pk=issue_id).exclude(state=GONE).select_related("decided_by").first()
    rows = _visible(by).filter(hot__issue_id=issue_id).order_by("received_at", "pk").values_list(*ROW_FIELDS).distinct()
    listed = [Row(*values) for values in rows[:500]]
    if found is None or not listed:
        raise NotFound(Text("没有这个热点，可能已经消退。", "There is no such issue; it may have faded."))
    return Seen(found, len(listed), listed)


def _visible(by: Actor) -> Any:
    assert by.viewer is not None
    return visible(by.viewer)


def alerts(*, by: Actor) -> list[HotAlert]:
    """Return the notices about hot issues that the actor's units have not read."""
    assert by.viewer is not None
    rows = HotAlert.objects.filter(unit__in=sorted(by.viewer.units), seen_at__isnull=True)
    return list(rows.exclude(issue__state__in=[DISMISSED, GONE]).select_related("issue").order_by("-at", "-pk")[:20])


def read_alert(alert_id: int, *, by: Actor, at: datetime) -> bool:
    """Note that a member of a unit has read its notice; returns whether there was one to read."""
    assert by.viewer is not None
    mine = HotAlert.objects.filter(pk=alert_id, unit__in=sorted(by.viewer.units), seen_at__isnull=True)
    return bool(mine.update(seen_at=at, seen_by_id=by.staff_id))
