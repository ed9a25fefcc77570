# Responsibility fields and patrol rounds in a made-up town.
#
# %% 64 units; main streets twice a day, lanes every second day; at least one visit a day in every unit.
from wuxiao.plan import beats
from wuxiao.plan.beats.sample import sample
from wuxiao.plan.form import after_iterations

town = sample(8, 3, 3, floor=1.0)
plan = beats.solve(town, seconds=60.0, seed=1, stop=after_iterations(3_000))
for said in (plan.head.why(), *plan.why()):
    print(said.zh)
    print("   ", said.en)

# %% Every rule, walked step by step by code that is not the solver's.
assert beats.check(town, plan) == []

# %% The first round of field 0, as a patrol reads it.
first = next(r for r in plan.rounds if r.field == 0)
print(f"day {first.day + 1}, shift {first.shift + 1}, {first.minutes:.0f} min; leave after {first.start:.0f} min")
print(" → ".join(town.streets[s] for s in first.steps[:12].tolist()), "…")
