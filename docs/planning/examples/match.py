# Hearings of two weeks in a made-up town: who hears which case, where and when.
#
# %% Sixty cases; parties, mediators and rooms from a seed number.
from wuxiao.plan import match, store
from wuxiao.plan.match.town import town

problem = town(60, 5, tight=0.9)
plan = match.solve(problem, seconds=20, seed=1)
assert match.check(problem, plan) == []
for said in (plan.head.why(), *plan.why()):
    print(said.zh)
    print("   ", said.en)

# %% The first day.
for m in [m for m in plan.meetings if problem.days[m.start] == 0]:
    case = problem.cases[m.case]
    print(f"slot {m.start}: {case.name} with {problem.mediators[m.mediator].name} in {problem.rooms[m.room].name}")

# %% A mediator is ill for the first two days: what was not hers stays where it can.
data = store.to_json(problem)
ill = plan.meetings[0].mediator
data["mediators"][ill]["slots"] = [s for s in data["mediators"][ill]["slots"] if problem.days[s] > 1]
later = store.from_json(match.Problem, data)
again = match.solve(later, seconds=20, seed=1, warm=plan)
assert match.check(later, again) == []
print(f"{len(again.meetings)} heard, {again.moved} moved")
