"""Cases that came of another: whom their report is kept from, they are kept from too."""

from __future__ import annotations

from datetime import datetime

from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.case import subject
from wuxiao.desk.case.shown import write_access
from wuxiao.desk.diary import diary
from wuxiao.desk.town.books import of_version
from wuxiao.records.models import Case
from wuxiao.rules import hide


def keep_parts(parent: Case, *, at: datetime) -> int:
    """Keep what came of a report from those it is kept from now; returns of how many cases that changed.

    One sealed entry a case, inside the caller's transaction; what was opened again with the report is opened too,
    but not to whom the case itself is about.
    """
    changed = 0
    for case in Case.objects.select_for_update().filter(parent_id=parent.pk).exclude(life="matter").order_by("pk"):
        wanted = hide.pack(parent.hidden | hide.unpack(case.about))
        if case.hidden_units == wanted:
            continue
        case.hidden_own = case.hidden_units = wanted
        case.version += 1
        case.changed_at = at
        case.save(update_fields=["hidden_own", "hidden_units", "version", "changed_at"])
        diary.write(case, "hide", by=SYSTEM, at=at, facts={"hidden": sorted(case.hidden)}, seen=False)
        rules = of_version(case.book_id)
        write_access(case, subject.facts_of(case, rules, at))
        changed += 1
    return changed
