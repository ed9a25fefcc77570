"""Whether a plan keeps every hard rule, told from the problem alone; shares no code with the search."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from itertools import pairwise

from wuxiao.plan.form import Said
from wuxiao.plan.rounds.problem import Place, Plan, Problem, Round, Shift

#: Minutes by which times and sums may differ from rounding.
SLACK = 1e-4


def check(problem: Problem, plan: Plan) -> list[Said]:
    """Return every breach in two languages: visits, days, spacing, times, breaks, skills, loads, and the sums said.

    A must-visit that was left is a breach too, so that nobody overlooks it.
    """
    said: list[Said] = []
    places = {p.id: p for p in problem.places}
    shifts = {(s.officer, s.day): s for s in problem.shifts}
    days: dict[str, list[int]] = defaultdict(list)
    goes: dict[str, Counter[str]] = defaultdict(Counter)
    seen: set[tuple[str, int]] = set()
    for one in plan.rounds:
        name = f"{one.officer} @ {one.day}"
        shift = shifts.get((one.officer, one.day))
        if shift is None:
            said.append(Said(f"{name}：没有这个班次", f"{name}: there is no such shift"))
            continue
        if (one.officer, one.day) in seen:
            said.append(Said(f"{name}：同一班次有两条路线", f"{name}: two rounds in one shift"))
        seen.add((one.officer, one.day))
        unknown = [v.place for v in one.visits if v.place not in places]
        if unknown:
            said.append(Said(f"{name}：没有{unknown[0]}这一处", f"{name}: there is no place {unknown[0]}"))
            continue
        for visit in one.visits:
            days[visit.place].append(one.day)
            goes[visit.place][one.officer] += 1
        said += _round(problem, shift, one, places, name)
    said += _two_at_once(plan)
    left: dict[str, list[int]] = defaultdict(list)
    for x in plan.left:
        if x.place not in places:
            said.append(Said(f"没有{x.place}这一处", f"there is no place {x.place}"))
            continue
        left[x.place].append(x.day)
        if places[x.place].must:
            said.append(
                Said(f"{x.place}：必访第{x.day}天没有排上", f"{x.place}: the must-visit of day {x.day} was left")
            )
    for place in problem.places:
        said += _days(place, sorted(days[place.id]), sorted(left[place.id]))
    return said + _sums(problem, plan, places, goes)


def _two_at_once(plan: Plan) -> list[Said]:
    """Return where an officer is still on one round when the next begins, counted over midnight."""
    said: list[Said] = []
    spans: dict[str, list[tuple[float, float, int]]] = defaultdict(list)
    for one in plan.rounds:
        over = max([one.back, *(rest.end for rest in one.rests)])
        spans[one.officer].append((one.day * 1440.0 + one.leave, one.day * 1440.0 + over, one.day))
    for officer, rows in spans.items():
        rows.sort()
        for (_, over, day), (begin, _, next_day) in pairwise(rows):
            if begin < over - SLACK and day != next_day:
                zh = f"{officer}：第{day}天的路线没走完，第{next_day}天的已经出发"
                said.append(Said(zh, f"{officer}: is still on the round of day {day} when that of {next_day} begins"))
    return said


def _round(problem: Problem, shift: Shift, one: Round, places: dict[str, Place], name: str) -> list[Said]:
    said: list[Said] = []
    table = problem.minutes[shift.mode]
    officer = next(o for o in problem.officers if o.id == one.officer)
    at, now, travel, work, load = shift.base, one.leave, 0.0, 0.0, 0.0
    if one.leave < shift.start - SLACK:
        said.append(Said(f"{name}：出班前就出发", f"{name}: leaves before the shift starts"))
    for i, visit in enumerate(one.visits):
        place = places[visit.place]
        way = float(table[at, place.at])
        rested = _rest_between(one, i, now, visit.arrive, way, visit.begin)
        if rested:
            said.append(Said(f"{name}：{rested[0]}", f"{name}: {rested[1]}"))
        if visit.begin < max(visit.arrive, place.opens) - SLACK or visit.begin > place.closes + SLACK:
            said.append(
                Said(f"{name}：{place.id}不在时段内开始", f"{name}: {place.id} does not begin within its window")
            )
        if abs(visit.end - visit.begin - place.minutes) > SLACK:
            said.append(Said(f"{name}：{place.id}停留时间不对", f"{name}: {place.id} does not last as long as it must"))
        if not place.skills <= officer.skills or place.people > officer.people:
            said.append(Said(f"{name}：{place.id}技能或人数不足", f"{name}: skills or people too few for {place.id}"))
        at, now = place.at, visit.end
        travel, work, load = travel + way, work + place.minutes, load + place.load
    way = float(table[at, shift.base])
    travel += way
    rested = _rest_between(one, len(one.visits), now, one.back, way, math.inf)
    if rested:
        said.append(Said(f"{name}：{rested[0]}", f"{name}: {rested[1]}"))
    home = max([one.back, *(r.end for r in one.rests)])
    if home > shift.end + SLACK:
        said.append(Said(f"{name}：收班时还没回来", f"{name}: is not done when the shift ends"))
    if not math.isfinite(travel) or abs(travel - one.travel) > SLACK:
        said.append(Said(f"{name}：路上时间与时间表不符", f"{name}: travel is not what the table says"))
    if travel + work > shift.longest + SLACK:
        said.append(Said(f"{name}：路上加走访超过上限", f"{name}: travel and visits exceed the limit"))
    if load > shift.capacity + SLACK:
        said.append(Said(f"{name}：装载超限", f"{name}: carries more than its capacity"))
    if len(one.rests) != len(shift.breaks):
        said.append(Said(f"{name}：休息次数不对", f"{name}: does not take its breaks"))
    for rest, wanted in zip(one.rests, shift.breaks, strict=False):
        late = not wanted.first - SLACK <= rest.begin <= wanted.last + SLACK
        if late or rest.end - rest.begin < wanted.minutes - SLACK:
            said.append(Said(f"{name}：休息不在规定时段或太短", f"{name}: a break is out of its time or too short"))
    return said


def _rest_between(
    one: Round, after: int, now: float, arrive: float, way: float, begin: float
) -> tuple[str, str] | None:
    """Return what is wrong between the end of one visit and the begin of the next: nobody is in two places at once."""
    before = on_arrival = 0.0
    last = now if after else -math.inf
    for rest in one.rests:
        if rest.after != after:
            continue
        if rest.begin < last - SLACK or rest.end > begin + SLACK:
            return "休息与走访重叠", "a break overlaps a visit"
        last = rest.end
        if rest.begin >= arrive - SLACK:
            on_arrival += rest.end - rest.begin
        elif after or rest.end > one.leave + SLACK:
            before += rest.end - rest.begin
    if arrive < now + before + way - SLACK:
        return "到达早于路程所需", "arrives before the way allows"
    if begin < arrive + on_arrival - SLACK:
        return "休息与走访重叠", "a break overlaps a visit"
    return None


def _days(place: Place, done: list[int], left: list[int]) -> list[Said]:
    said: list[Said] = []
    name = place.id
    if len(set(done)) != len(done):
        said.append(Said(f"{name}：一天去了两次", f"{name}: visited twice on one day"))
    if len(done) + len(left) != place.visits:
        zh = f"{name}：应访{place.visits}次，排{len(done)}次、留{len(left)}次"
        said.append(Said(zh, f"{name}: {place.visits} visits wanted, {len(done)} planned and {len(left)} left"))
    if place.patterns is not None:
        if not any(set(done) <= set(p) and (left or len(done) == len(p)) for p in place.patterns):
            said.append(Said(f"{name}：日子不合任何组合", f"{name}: its days are none of its patterns"))
        return said
    if place.days is not None and not set(done) <= set(place.days):
        said.append(Said(f"{name}：去的日子不可选", f"{name}: visited on a day that may not be"))
    row = ([] if place.last_day is None else [place.last_day]) + done
    for i in range(1, len(row)):
        apart = row[i] - row[i - 1]
        missed = any(row[i - 1] <= d <= row[i] for d in left)
        if apart < place.gap_least or (place.gap_most is not None and apart > place.gap_most and not missed):
            said.append(
                Said(
                    f"{name}：第{row[i - 1]}天与第{row[i]}天间隔不合",
                    f"{name}: days {row[i - 1]} and {row[i]} break its gaps",
                )
            )
    return said


def _sums(problem: Problem, plan: Plan, places: dict[str, Place], goes: dict[str, Counter[str]]) -> list[Said]:
    said: list[Said] = []
    travel = math.fsum(r.travel for r in plan.rounds)
    other = 0
    for name, counts in goes.items():
        usual = places[name].usual
        other += sum(counts.values()) - (counts[usual] if usual is not None else max(counts.values()))
    cost = travel + problem.other_officer_minutes * other
    cost += math.fsum(places[x.place].worth for x in plan.left if x.place in places and not places[x.place].must)
    slack = SLACK * max(1.0, len(plan.rounds))
    if abs(travel - plan.travel) > slack or abs(cost - plan.head.objective) > slack or other != plan.other_officer:
        said.append(Said("目标值与路线不符", "the objective is not what the rounds say"))
    if plan.visits != sum(len(r.visits) for r in plan.rounds):
        said.append(Said("访次数与路线不符", "the number of visits is not what the rounds say"))
    if plan.head.bound is not None and plan.head.bound > plan.head.objective + slack:
        said.append(Said("界限高于目标值", "the bound is above the objective"))
    return said
