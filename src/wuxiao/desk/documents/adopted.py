"""A town's own template: one person proposes it, it is checked, another named person adopts or refuses it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.diary import diary
from wuxiao.desk.documents import check, documents
from wuxiao.desk.files.files import safe_name
from wuxiao.records.models import PaperTemplate
from wuxiao.rules.access import Power
from wuxiao.rules.papers import KINDS
from wuxiao.rules.words import Text


def _need(by: Actor, power: Power) -> None:
    if by.viewer is None or power not in by.viewer.powers:
        raise Refused(Text("您的岗位不能办这个", "your post does not do this"), "power")


def propose(kind: str, name: str, data: bytes, *, by: Actor, at: datetime) -> tuple[PaperTemplate, check.Report]:
    """Keep a template for another person to decide on, and return it with what the checker said of it.

    Raises `Invalid` for a kind there is not, or a template that is not fit for use, with every reason; `Refused` for
    whoever may not propose one, and where the same template waits or is in force already.
    """
    _need(by, Power.BOOK)
    if kind not in KINDS:
        raise Invalid({"kind": Text("请选哪种文书", "choose the kind of paper")})
    report = check.check(data, kind)
    if not report.ok:
        wrong = [one for one in report.found if one.level == "error"]
        zh = "；".join(one.text.zh + (f"（{one.near}）" if one.near else "") for one in wrong)
        en = "; ".join(one.text.en + (f" ({one.near})" if one.near else "") for one in wrong)
        raise Invalid({"file": Text(zh, en)})
    digest = hashlib.sha256(data).hexdigest()
    assert by.staff_id is not None, "whoever has a power is a person"
    with transaction.atomic():
        if PaperTemplate.objects.filter(kind=kind, digest=digest, outcome="").exists():
            raise Refused(Text("这个模板已经在等人决定", "this template waits for a decision already"), "waits")
        now = documents.in_force(kind)
        if now is not None and now.digest == digest:
            raise Refused(Text("这个模板已经在用", "this template is in force already"), "in_force")
        made = PaperTemplate(kind=kind, digest=digest, body=data, name=safe_name(name), by_id=by.staff_id, at=at)
        made.save()
        diary.write_town("propose_template", by=by, at=at, facts={"paper_kind": kind, "digest": digest[:12]})
    return made, report


def decide(template_id: int, adopt: bool, *, by: Actor, at: datetime) -> PaperTemplate:
    """Adopt or refuse a template that waits; raises `Refused` for who proposed it, or where it was decided already."""
    _need(by, Power.CONFIRM)
    with transaction.atomic():
        found = PaperTemplate.objects.select_for_update().filter(pk=template_id).first()
        if found is None:
            raise NotFound
        if found.outcome:
            raise Refused(Text("已经决定过了", "it was decided already"), "over")
        if found.by_id == by.staff_id:
            raise Refused(Text("自己提出的要由别人来决定", "what you proposed is for somebody else to decide"), "own")
        found.outcome, found.decided_by_id, found.decided_at = ("adopted" if adopt else "refused"), by.staff_id, at
        found.save(update_fields=["outcome", "decided_by", "decided_at"])
        facts = {"paper_kind": found.kind, "digest": found.digest[:12], "choice": found.outcome}
        diary.write_town("decide_template", by=by, at=at, facts={**facts, "whole": found.digest})
    return found


def versions() -> Sequence[PaperTemplate]:
    """Return every template that was ever proposed, the newest first, without their bytes."""
    return list(PaperTemplate.objects.defer("body").select_related("by", "decided_by").order_by("-at", "-pk"))


def one(template_id: int) -> PaperTemplate:
    """Return a template by its id; `NotFound` for none."""
    found = PaperTemplate.objects.filter(pk=template_id).first()
    if found is None:
        raise NotFound
    return found
