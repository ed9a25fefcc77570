# Grids in a made-up town, from a seed number.
#
# %% A town of 576 blocks in four communities; main streets every one to three blocks, a river from west to east.
from wuxiao.plan import grids
from wuxiao.plan.form import after_iterations
from wuxiao.plan.grids.edit import repair
from wuxiao.plan.grids.lattice import lattice

town = lattice(24, 7, quarters=2).problem
print(len(town.blocks), "blocks,", round(town.households.sum()), "households,", len(town.communities), "communities")

# %% Divide it. A limit by steps and a seed give the same plan again; in real use give seconds.
plan = grids.solve(town, seconds=60.0, seed=1, stop=after_iterations(400_000))
for said in plan.why():
    print(said.zh)
    print("   ", said.en)

# %% A check that shares no code with the search.
assert grids.check(town, plan) == []
print(
    f"compactness {plan.compactness:.3f}, on main streets {plan.street_share:.1%}, in the band {plan.in_band_share:.0%}"
)

# %% A person knows better: this block belongs across the street. Only its surroundings change.
a, b = next((a, b) for a, b in town.pairs.tolist() if plan.cell[a] != plan.cell[b] and town.homes[a] == town.homes[b])
asked, mended = repair(town, plan, {town.blocks[a]: plan.codes[plan.cell[b]]}, seconds=5.0, seed=1)
assert grids.check(asked, mended) == []
print(f"{len(asked.sealed)} grids untouched, {mended.moved:.1%} of households change grid")
