"""What the solver's parts share about shifts and days: who may do what, what may follow, weekends."""

from __future__ import annotations

from wuxiao.plan.roster.problem import DAY, Contract, Person, Problem, Shift


def bars(problem: Problem, person: Person, shift: Shift, contract: Contract) -> str:
    """Return the rule that keeps a person from a shift on every day: ``donts``, ``post``, ``skill``, or ""."""
    if person.community and (
        shift.duty in ("station_duty", "case_work") or (shift.duty == "response" and shift.area != person.community)
    ):
        return "donts"
    if person.posts and shift.post and shift.post not in person.posts:
        return "post"
    if contract.unskilled is None and not set(shift.skills) <= set(person.skills):
        return "skill"
    return ""


def follows(one: Shift, other: Shift, days: int, rest: int) -> str:
    """Return why `other` may not start `days` after `one`: ``rest``, ``order``, or "" where it may."""
    if days == 1 and (other.id in one.not_before or (other.group and other.group in one.not_before)):
        return "order"
    gap = days * DAY + other.start - one.start - one.minutes
    return "rest" if gap < rest else ""


def reach(problem: Problem, rest: int) -> int:
    """Return over how many days a shift can bar another."""
    end = max(s.start + s.minutes for s in problem.shifts) + rest - min(s.start for s in problem.shifts)
    return max(1, -(-end // DAY))


def weekends(problem: Problem, contract: Contract) -> list[list[int]]:
    """Return the days of each weekend that touches the horizon, in order."""
    wanted = set(contract.weekend_days)
    found: list[list[int]] = []
    for day in range(problem.days):
        if (day + problem.first) % 7 in wanted:
            if found and found[-1][-1] == day - 1:
                found[-1].append(day)
            else:
                found.append([day])
    return found


def named(problem: Problem, name: str) -> list[int]:
    """Return the shifts that an id or a group means."""
    return [k for k, s in enumerate(problem.shifts) if s.id == name or (s.group and s.group == name)]
