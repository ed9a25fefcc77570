"""Answers and what follows: declining, call-backs, ratings, objections, closing."""

from __future__ import annotations

from wuxiao.desk.assist import reply_checks
from wuxiao.desk.case.turn import Effects, Turn
from wuxiao.desk.diary import diary
from wuxiao.desk.matters import call_backs
from wuxiao.desk.matters.verbs.together import leave
from wuxiao.records.models import Attachment, CallBack, Matter
from wuxiao.rules import hide
from wuxiao.rules.flow import State

#: What each verb of this file does to a matter.
does = Effects()


@does("answer")
def answer(turn: Turn) -> None:
    """Answer each item asked for, in plain words, resting on a named kind of evidence (rules 4.4 item 2)."""
    matter, book = turn.matter, turn.rules.book
    ticked = set(turn.given.get("ticked", []))
    open_items = [item["text"] for n, item in enumerate(matter.items) if n not in ticked and not item["done"]]
    if open_items:
        shown = "、".join(open_items)
        turn.wrong("ticked", f"还有要点没有答复：{shown}", f"items still to be answered: {'; '.join(open_items)}")
    evidence = book.evidence_kinds[turn.given["evidence"]]
    if evidence.file and not turn.given.get("files"):
        has = Attachment.objects.filter(matter=matter, by_resident=False, erased_at__isnull=True).exists()
        if not has:
            turn.wrong("files", f"“{evidence.name.zh}”需要附文件", f"“{evidence.name.en}” needs a file")
    matter.items = [{**item, "done": True} for item in matter.items]
    matter.answered_at = turn.at
    matter.told_at = None
    matter.outcome = "answered"
    turn.facts |= {"evidence": evidence.code, "items": len(matter.items)}
    Matter.objects.filter(merged_into=matter, outcome="merged").update(answered_at=turn.at)
    reply = turn.given.get("reply", "")
    reply_checks.record(matter, reply, turn.rules, turn=matter.turn + 1, by=turn.by, at=turn.at)


@does("decline")
def decline(turn: Turn) -> None:
    """Propose to decline on a lawful ground, naming the right channel; another person takes the second look (R2.7)."""
    matter = turn.matter
    reason = turn.rules.book.decline_reasons[turn.given["decline_reason"]]
    matter.proposer_id = turn.by.staff_id
    matter.was_handling = turn.before.state is State.HANDLING
    turn.facts |= {"decline_reason": reason.code}


@does("uphold")
def uphold(turn: Turn) -> None:
    """The second look agrees: the matter is closed as declined, with law and channel told."""
    matter = turn.matter
    matter.outcome = "declined"
    matter.answered_at = turn.at
    matter.told_at = None
    entry = matter.entries.filter(verb="decline").latest("turn")
    turn.facts |= {"decline_reason": entry.facts["decline_reason"]}
    for field in ("reply", "channel"):
        words = matter.words.filter(turn=entry.turn, field=field).first()
        turn.texts[field] = words.text if words else ""


@does("overturn")
def overturn(turn: Turn) -> None:
    """The second look disagrees: it is taken on."""


@does("call_back")
def call_back(turn: Turn) -> None:
    """Record what the requester says to somebody who did not handle it; the handler cannot change it (rules 2.3)."""
    matter, given = turn.matter, turn.given
    if turn.by.kind == "staff" and not call_backs.stands_apart(matter, turn.by):
        turn.refuse("承办单位的人不能回访", "nobody of a unit that handled it may do the call-back", "who")
    row = CallBack.objects.get(matter=matter, round=matter.reopened)
    if given["way"] == "visit" and not row.visit_consent:
        turn.wrong("way", "诉求人没有同意上门回访", "the requester did not agree to a visit")
    row.state, row.way, row.caller_id, row.done_at = "done", given["way"], turn.by.staff_id, turn.at
    row.contacted, row.solved, row.satisfied = given["contacted"], given["solved"], given["rating"]
    row.save(update_fields=["state", "way", "caller", "done_at", "contacted", "solved", "satisfied"])
    if not turn.before.rated_by_resident:
        _keep_rating(turn, "call_back")
    turn.facts |= {"way": given["way"], "solved": given["solved"], "rating": given["rating"]}


def _keep_rating(turn: Turn, by: str) -> None:
    matter, given = turn.matter, turn.given
    if "contacted" in given:
        matter.contacted = given["contacted"]
    matter.solved, matter.satisfied = given["solved"], given["rating"]
    matter.rated_by, matter.rated_at = by, turn.at
    weigh_joined(matter)


def weigh_joined(matter: Matter) -> None:
    """Let a "not solved" of anybody who reported the thing count: one thing is solved when it is for all of them."""
    if matter.outcome == "merged":
        if matter.solved is False and matter.merged_into_id is not None:
            Matter.objects.filter(pk=matter.merged_into_id, outcome="answered").update(solved=False)
    elif Matter.objects.filter(merged_into=matter.pk, outcome="merged", solved=False).exists():
        matter.solved = False


@does("rate")
def rate(turn: Turn) -> None:
    """The requester rates on five levels, voluntarily (R3.7); this closes an answered matter without open danger."""
    _keep_rating(turn, "phone" if "for_caller" in turn.facts else "resident")
    turn.facts |= {"rating": turn.given["rating"], "solved": turn.given["solved"]}


def reopen(turn: Turn) -> None:
    """Make an answered matter, and those joined to it, wait for an answer again."""
    matter = turn.matter
    joined = list(Matter.objects.select_for_update().filter(merged_into=matter, outcome="merged").order_by("id"))
    for row in (matter, *joined):
        CallBack.objects.filter(matter=row, round=row.reopened, state__in=["drawn", "trying"]).update(
            state="dropped", done_at=turn.at
        )
    # Those joined are asked and may rate anew, like the first.
    for row in joined:
        Matter.objects.filter(pk=row.pk).update(
            reopened=row.reopened + 1,
            answered_at=None,
            told_at=None,
            contacted=None,
            solved=None,
            satisfied=None,
            rated_by="",
            rated_at=None,
        )
    turn.facts["was"] = {"outcome": matter.outcome, "solved": matter.solved, "rating": matter.satisfied}
    matter.reopened += 1
    matter.outcome = ""
    matter.answered_at = matter.told_at = matter.closed_at = None
    matter.contacted = matter.solved = matter.satisfied = None
    matter.rated_by, matter.rated_at = "", None
    matter.items = [{**item, "done": False} for item in matter.items]


@does("object")
def objection(turn: Turn) -> None:
    """The requester objects: it is handled anew under a fresh promise."""
    reopen(turn)


@does("redo")
def redo(turn: Turn) -> None:
    """A check found the handling poor: it is done again (R2.15)."""
    reopen(turn)


@does("appeal")
def appeal(turn: Turn) -> None:
    """A petitioner asks for review or re-review by the body above (Petition Regulations art. 35, 36)."""
    matter, book = turn.matter, turn.rules.book
    reopen(turn)
    # The body above decides anew: a joint decision on the level below binds it to nobody.
    matter.decided = False
    matter.appeal_level += 1
    unit = book.units.get(matter.holder)
    above = book.units.get(unit.supervisor) if unit else None
    centre = hide.desk(book, matter.hidden)
    matter.route_why = {
        "lead": above.code if above else "",
        "co_units": [],
        "zh": "由上一级机关复查（复核）",
        "en": "the body above reviews it",
    }
    matter.holder, matter.holder_since, matter.handler = centre, turn.at, None
    matter.was_handling = False
    turn.facts["level"] = matter.appeal_level


@does("withdraw")
def withdraw(turn: Turn) -> None:
    """The requester withdraws: their own report ends, and nothing of anybody else's.

    Of several joined reports the first of the others goes on in its place; who was joined only takes their name off.
    While danger stands open nothing ends: the wish is noted, and taken once somebody settled the danger.
    """
    matter = turn.matter
    if turn.held:
        return
    if turn.speaker is not None:
        main = matter.merged_into
        assert main is not None
        diary.write(main, "left", by=turn.by, at=turn.at, facts={"number": matter.number})
        turn.facts["main"] = main.number
        leave(turn, main)
        matter.hidden_units = matter.hidden_own
        matter.merged_into = None
    else:
        others = Matter.objects.select_for_update().filter(merged_into=matter.pk, outcome="merged")
        turn.heir = others.order_by("received_at", "id").first()
    matter.outcome = "withdrawn"
    matter.extension = None


@does("close")
def close(turn: Turn) -> None:
    """No objection came within the days of the rule book, or it was rated while danger held it (system)."""
    if turn.before.rated_by_resident:
        # It stayed open for danger alone.
        turn.facts["rated"] = True
        return
    turn.facts["term"] = str(turn.rules.book.silence)
