"""Who works when, step by step: posts of 24 hours, three don'ts, a sick call, a month that cannot be.

Run it with `python docs/planning/examples/roster.py`.
"""

from wuxiao.plan import roster
from wuxiao.plan.roster import Band, Contract, Cover, Fair, Person, Problem, Shift, Wish
from wuxiao.plan.roster.conflict import Conflict
from wuxiao.plan.roster.tally import carry

# %% Five checkpoints of twelve officers each, staffed round the clock (seed 002): a day watch and a night watch of 12
# hours, three people each; every officer belongs to one post.


def posts(count: int = 5, days: int = 28) -> Problem:
    """Return a month of posts of 24 hours with twelve officers each."""
    shifts, people, cover = [], [], []
    for n in range(1, count + 1):
        post = f"卡点{n}"
        day = Shift(id=f"{post}日", group="日", start=480, minutes=720, post=post)
        night = Shift(id=f"{post}夜", group="夜", start=1200, minutes=720, night=True, post=post)
        shifts += [day, night]
        people += [
            Person(id=f"{post}-{k:02d}", contract="特勤", posts=(post,), carried={"nights": k % 2})
            for k in range(1, 13)
        ]
        for d in range(days):
            cover += [Cover(day=d, shift=s.id, need=3, under=None, over=None) for s in (day, night)]
    rules = Contract(id="特勤", run=Band(most=4), night_run=Band(most=2), rest=12 * 60, weekends=Band(most=3))
    return Problem(
        days=days,
        shifts=tuple(shifts),
        contracts=(rules,),
        people=tuple(people),
        cover=tuple(cover),
        fair=(Fair(what="nights", most=1), Fair(what="days", most=1)),
    )


# %% A station: two of its six are community officers, whom the three don'ts (seed 001) keep for their community.


def station(days: int = 14) -> Problem:
    """Return two weeks of a small station."""
    shifts = (
        Shift(id="值班", start=480, minutes=1440, night=True, duty="station_duty"),
        Shift(id="办案", start=540, minutes=480, duty="case_work", skills=("办案",)),
        Shift(id="南井社区", start=540, minutes=480, duty="community", area="南井"),
    )
    people = (
        *(Person(id=f"所{n}", contract="所", skills=("办案",)) for n in range(1, 5)),
        *(Person(id=f"社{n}", contract="社", skills=("办案",), community="南井") for n in range(1, 3)),
    )
    cover = [Cover(day=d, shift="值班", need=1, under=None, over=None) for d in range(days)]
    cover += [Cover(day=d, shift="办案", need=1, under=5, over=5) for d in range(days) if d % 7 < 5]
    cover += [Cover(day=d, shift="南井社区", need=1, under=None, over=1) for d in range(days)]
    # After a watch of 24 hours come 24 hours of rest, at least.
    rules = (Contract(id="所", rest=24 * 60, weekends=Band(most=2)), Contract(id="社", run=Band(most=6), rest=660))
    return Problem(
        days=days,
        shifts=shifts,
        contracts=rules,
        people=people,
        cover=tuple(cover),
        wishes=(Wish(person="所1", day=5, weight=3), Wish(person="社1", day=6, weight=2)),
        fair=(Fair(what="nights", people=tuple(f"所{n}" for n in range(1, 5)), most=1),),
    )


def main() -> None:
    """Show the four parts."""
    problem = posts(2, 14)
    plan = roster.solve(problem, seconds=30, seed=1)
    assert not roster.check(problem, plan)
    print("24-hour posts:", plan.head.why().en)
    print("carried into the next month:", dict(list(carry(problem, plan.rows).items())[:3]))

    problem = station()
    plan = roster.solve(problem, seconds=30, seed=1)
    assert not roster.check(problem, plan)
    for person, row in zip(problem.people, plan.rows, strict=True):
        print(person.id, " ".join(name[:1] or "·" for name in row))
    for said in plan.why():
        print(said.zh)

    # A sick call on day 4, for two days: at most four other cells change.
    ill = next(q.id for q, row in zip(problem.people, plan.rows, strict=True) if row[4] == "值班")
    again = roster.sick(problem, plan, ill, (4, 5), since=4, most=4)
    near = roster.solve(again, seconds=30, seed=1, warm=plan)
    print(f"{ill} is ill: {near.changed} other cells change")

    # Both community officers away: the conflict names exactly what cannot hold together.
    both = roster.sick(
        roster.sick(problem, plan, "社1", (2,), since=0, most=None), plan, "社2", (2,), since=0, most=None
    )
    barred = tuple(
        Contract(id=c.id, of_shift={"南井社区": Band(most=0)} if c.id == "所" else {}) for c in both.contracts
    )
    try:
        cannot = Problem(days=both.days, shifts=both.shifts, contracts=barred, people=both.people, cover=both.cover)
        roster.solve(cannot, seconds=30, seed=1)
    except Conflict as found:
        print(found.said.zh)


if __name__ == "__main__":
    main()
