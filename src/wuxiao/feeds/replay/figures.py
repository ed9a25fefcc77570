"""A real set of requests lived again in a town of its own: promises counted, figures taken, and checked by hand.

The rows go in through the import itself and come out through the figures the public reads. Beside them stands a count
made straight over the same cells, without any of our tables: the two must agree to the last matter.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from wuxiao.desk.base import jobs
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.base.errors import Invalid, Refused
from wuxiao.desk.files.tables import Line, open_table
from wuxiao.desk.matters import figures, imports
from wuxiao.desk.town import books
from wuxiao.feeds.sheets import job as handlers
from wuxiao.feeds.sheets.moments import NoMoment, read_moment
from wuxiao.feeds.sheets.plan import KNOWN, Plan
from wuxiao.feeds.sheets.sources import SOURCES
from wuxiao.records.models import ImportRow, Job, Matter
from wuxiao.rules import book as rulebook
from wuxiao.rules.words import Text

GIVEN, OWN = "given", "own"
_BEGIN = datetime(2000, 1, 1, tzinfo=ZoneInfo("UTC"))
_PROFILE_LINE = "profile = "


@dataclass(slots=True)
class Round:
    """One replay under one kind of promise: what came in, and what the figures say."""

    promise: str
    profile: str
    rows: int = 0
    made: int = 0
    refused: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    received: int = 0
    closed: int = 0
    answered: int = 0
    on_time: int = 0
    overdue: int = 0
    overdue_open: int = 0
    declined: int = 0
    withdrawn: int = 0
    merged: int = 0
    categories: dict[str, int] = field(default_factory=dict)
    routed: int = 0
    direct: dict[str, int] = field(default_factory=dict)

    @property
    def overdue_share(self) -> float:
        """Answered after the promised date, as a share of all answered (not those still open)."""
        return self.overdue / self.answered if self.answered else 0.0

    @property
    def agrees(self) -> bool:
        """True when the figures are those of the count made straight over the cells (where one can be made)."""
        return not self.direct or (self.direct["answered"], self.direct["overdue"]) == (self.answered, self.overdue)


@dataclass(slots=True)
class Replayed:
    """What a replay found, a round for each kind of promise."""

    source: str
    zone: str
    rounds: list[Round] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return every figure."""
        rounds = [{**asdict(r), "overdue_share": round(r.overdue_share, 6), "agrees": r.agrees} for r in self.rounds]
        return {"source": self.source, "zone": self.zone, "rounds": rounds}

    def add_json(self, data: dict[str, Any]) -> None:
        """Take in a round that was replayed elsewhere."""
        self.rounds.append(Round(**{f.name: data[f.name] for f in fields(Round)}))

    def say(self) -> list[str]:
        """Return the figures in words, a few lines for each round."""
        lines = [f"{self.source} · {SOURCES[self.source].name.en} · 时区 zone {self.zone}"]
        for r in self.rounds:
            what = "来源自带期限 dates of the source" if r.promise == GIVEN else f"本规则 our promise ({r.profile})"
            lines.append(f"— {what}: 行 rows {r.rows}, 收 taken in {r.made}, 退 refused {r.refused}, {r.seconds:.1f} s")
            lines.append(
                f"  答复 answered {r.answered}, 超期 overdue {r.overdue} = {r.overdue_share:.2%}; "
                f"未答已超期 open and overdue {r.overdue_open}; "
                f"不予受理 declined {r.declined}, 撤回 withdrawn {r.withdrawn}, 并案 merged {r.merged}; "
                f"有承办建议 with a proposed unit {r.routed}"
            )
            for reason, n in r.reasons.items():
                lines.append(f"  退 refused {n}: {reason}")
            if r.direct:
                same = "一致 the same" if r.agrees else "不一致 DIFFERENT"
                lines.append(
                    f"  直接数 counted straight over the file: answered {r.direct['answered']}, "
                    f"overdue {r.direct['overdue']} ({same}); "
                    f"没有期限 without a date {r.direct['without']}, "
                    f"期限早于登记 date before receipt {r.direct['before']}"
                )
        return lines


def book_text(profile: str) -> str:
    """Return the default rule book with another promise profile in force; raises `Invalid` for an unknown one."""
    text = Path(rulebook.__file__).parent.joinpath("book.toml").read_text(encoding="utf-8")
    default = rulebook.default()
    if not profile or profile == default.profile.code:
        return text
    if profile not in default.profiles:
        known = "、".join(default.profiles)
        raise Invalid({"profile": Text(f"没有“{profile}”,有:{known}", f"no profile “{profile}”; there are: {known}")})
    changed = text.replace(f'{_PROFILE_LINE}"{default.profile.code}"', f'{_PROFILE_LINE}"{profile}"', 1)
    assert rulebook.loads(changed, "replay").profile.code == profile
    return changed


def kinds_of(source: str) -> list[str]:
    """Return the kinds of promise a source can be replayed under; raises `Invalid` for an unknown source."""
    if source not in SOURCES:
        known = "、".join(SOURCES)
        raise Invalid({"source": Text(f"没有“{source}”,有:{known}", f"no source “{source}”; there are: {known}")})
    return [GIVEN, OWN] if "promised_at" in SOURCES[source].plan().columns else [OWN]


def replay(files: Sequence[Path], source: str, kind: str, *, profile: str = "", real_zone: bool = False) -> Round:
    """Replay files of one source in the present, empty town under the dates of the source or under our own promise.

    Times are read as the town's own wall clock (nine in the morning there is nine here), so that working hours mean
    what they meant; with `real_zone` as the instants they were. Raises `Refused` if the town holds anything.
    """
    if Matter.objects.exists() or kind not in kinds_of(source):
        raise Refused(Text("重放只在空的城镇里进行", "a replay needs a town of its own, without matters"))
    books.adopt(book_text(profile), name="replay", effective_from=_BEGIN, by=SYSTEM, at=timezone.now())
    plan = SOURCES[source].plan()
    plan.zone = zone_of(source, real_zone)
    return _round(files, plan, kind)


def zone_of(source: str, real_zone: bool) -> str:
    """Return the zone in which a replay reads the times of a source."""
    return SOURCES[source].plan().zone if real_zone else "Asia/Shanghai"


def _round(files: Sequence[Path], plan: Plan, kind: str) -> Round:
    # Rows without a usable date had no promise there: under the source's dates they are not what is asked about.
    plan = Plan.from_json({**plan.to_json(), "promise": "given_only" if kind == GIVEN else OWN})
    at = timezone.now()
    result = Round(kind, books.current(at).book.profile.code)
    began = time.monotonic()
    for path in files:
        with path.open("rb") as stream:
            stored, shown = imports.keep(path.name, stream)
        job = imports.start(stored, shown, plan.to_json(), by=SYSTEM, at=at)
        _run(job)
        result.rows += job.result["rows"]
        result.made += job.result["made"]
        result.refused += job.result["refused"]
    result.seconds = time.monotonic() - began
    if kind == GIVEN:
        result.direct = _direct(files, plan)
    _take(result, at)
    tops = Counter(c.split(".")[0] or "-" for c in Matter.objects.values_list("category", flat=True).iterator())
    result.categories = dict(tops.most_common())
    result.routed = sum(bool(why.get("lead")) for why in Matter.objects.values_list("route_why", flat=True).iterator())
    errors = ImportRow.objects.exclude(error="").values_list("error", flat=True)
    result.reasons = dict(Counter(_reason(error) for error in errors.iterator()).most_common(8))
    return result


def _reason(error: str) -> str:
    english = error.splitlines()[-1]
    return re.sub(r"\b[\w-]*\d[\w-]*\b", "…", english)


def _run(job: Job) -> None:
    handlers.SHARE = 120.0
    while job.state in {"queued", "running"}:
        jobs.run_due(now=timezone.now, job_id=job.pk)
        job.refresh_from_db()
    if job.state == "failed":
        raise Refused(handlers.failed_text(job))


def _take(result: Round, at: datetime) -> None:
    first = Matter.objects.order_by("received_at").values_list("received_at", flat=True).first() or at
    months = figures.count(*figures.months_between(figures.month_of(first), figures.month_of(at)), at=at)
    totals = [month.total() for month in months.values()]
    for name in ("received", "closed", "answered", "on_time", "declined", "withdrawn", "merged"):
        setattr(result, name, sum(getattr(total, name) for total in totals))
    result.overdue = result.answered - result.on_time
    # A matter open and late stands in every month until it is answered: the last month has them all once.
    result.overdue_open = months[figures.month_of(at)].total().overdue_open


def _direct(files: Sequence[Path], plan: Plan) -> dict[str, int]:
    """Count answered and overdue straight over the cells: closed in the plain sense, with a usable date."""
    found: Counter[str] = Counter(answered=0, overdue=0, without=0, before=0, refused=0)
    zone = ZoneInfo(plan.zone)
    plain = {status for status, meaning in plan.outcomes.items() if meaning == "answered"}
    for path in files:
        for line in open_table(path, plan.how, KNOWN).lines():
            if _cell(line, plan, "outcome") in plain:
                found.update(_judged(line, plan, zone))
    return dict(found)


def _cell(line: Line, plan: Plan, name: str) -> str:
    return line.cells.get(plan.columns[name][0], "")


def _judged(line: Line, plan: Plan, zone: ZoneInfo) -> list[str]:
    try:
        opened = read_moment(_cell(line, plan, "received_at"), zone, plan.order)
        closed = read_moment(_cell(line, plan, "closed_at"), zone, plan.order)
        if closed < opened:
            return ["refused"]
        if not _cell(line, plan, "promised_at"):
            return ["without"]
        due = read_moment(_cell(line, plan, "promised_at"), zone, plan.order, day_ends=plan.day_ends)
    except NoMoment:
        return ["refused"]
    if due < opened:
        return ["before"]
    return ["answered", "overdue"] if closed > due else ["answered"]
