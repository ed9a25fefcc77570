"""The ground in five steps: make a town, ask for times, see what is in reach, cut blocks, draw calls.

python docs/planning/examples/ground.py
"""

# %% An invented county town of 8,000 households. The same seed gives the same town.
import numpy as np

from wuxiao.plan.ground import Mode, Street, town
from wuxiao.plan.ground import calls as calls_
from wuxiao.plan.ground.arcs import TurnCost
from wuxiao.plan.ground.blocks import cut
from wuxiao.plan.ground.osm import Barrier
from wuxiao.plan.ground.reach import isochrones
from wuxiao.plan.ground.travel import Travel

here = town.make(4, households=8_000)
print(f"{here.name}: {here.blocks} blocks in {here.communities} communities, {len(here.streets.links)} links")

# %% Minutes from the two busiest blocks to all, at night and in the evening rush, every turn costing its seconds.
busiest = np.argsort(-here.block_calls)[:2]
night = Travel(here.streets, hour=3, cost=TurnCost(left=12, right=5, straight=3, back=30))
stands = here.block_node[busiest]
for travel in (night, night.at(17.5)):
    minutes = travel.seconds(stands, here.block_node, all_reached=True).min(axis=0) / 60
    print(f"at {travel.hour}: mean {minutes.mean():.2f}, longest {minutes.max():.2f} minutes")

# %% From door to door: points are led to the nearest street of the mode, on foot.
doors = here.building_xy[:3]
print((Travel(here.streets, mode=Mode.RIDE).between(doors, here.school_xy) / 60).round(1))

# %% What a walker reaches in 5 and 10 minutes.
for reach in isochrones(Travel(here.streets, mode=Mode.WALK), here.school_xy[0], (300, 600)):
    print(f"{reach.limit / 60:.0f} minutes: {reach.metres / 1000:.1f} km of street, {reach.ground.area / 1e6:.2f} km2")

# %% Blocks can be cut out of any street network; here it gives the town's own blocks back.
rivers = [
    Barrier(kind=Street.RIVER, line=here.river_points[a:b])
    for a, b in zip(here.river_at[:-1], here.river_at[1:], strict=True)
]
found = cut(here.streets, rivers)
print(f"{len(found.block_area)} blocks cut out, {found.border_main.mean():.0%} of borders main streets or rivers")

# %% A week of calls.
week = calls_.make(here, days=7, seed=1)
print(f"{len(week.minute)} calls, {here.block_calls.sum() / 52:.0f} expected")
