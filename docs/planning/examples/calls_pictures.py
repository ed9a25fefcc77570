"""Draw the pictures of queue, replay, dispatch and demand into a folder: ``calls_pictures.py FOLDER``."""

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "wuxiao"
from matplotlib import pyplot as plt  # noqa: E402

from wuxiao.plan import dispatch, queue, replay  # noqa: E402
from wuxiao.plan.demand import urn  # noqa: E402

INK, RED, BLUE = "#333333", "#b03030", "#2f6f9f"


def town(seed: int, places: int) -> tuple[np.ndarray, np.ndarray]:
    spots = np.random.default_rng(seed).uniform(0, 12, (places, 2))
    return spots, np.abs(spots[:, None] - spots).sum(axis=2)


def draw_queue(axes: plt.Axes) -> None:
    _, minutes = town(2, 60)
    home = np.arange(0, 60, 7)[:8]
    calls = np.random.default_rng(5).gamma(1, 1, 60)
    for method, colour in (("exact", BLUE), ("approximate", RED)):
        uses = np.linspace(0.1, 0.9, 9)
        means = []
        for use in uses:
            problem = queue.Problem(
                units=tuple(map(str, range(8))),
                places=tuple(map(str, range(60))),
                calls_per_hour=calls / calls.sum() * use * 8 * 2,
                minutes=minutes[home],
                busy_minutes=np.full(8, 30.0),
                method=method,
            )
            means.append(queue.solve(problem, seconds=30, seed=1, sensitivity=False).mean_response)
        axes.plot(uses, means, "o-", color=colour, label=method, markersize=3)
    axes.set(xlabel="share of time that units are busy", ylabel="mean response, minutes")
    axes.legend(frameon=False)


def draw_replay(axes: plt.Axes) -> None:
    _, minutes = town(7, 60)
    home = np.array([3, 11, 19, 27, 35, 43])
    same = {"home": home, "sites": np.arange(0, 60, 4), "radius": 6.0, "busy": 0.4}
    names = ("back to own point", "to where it is missed most", "and one more unit moves")
    problem = replay.Problem(
        places=tuple(map(str, range(60))),
        minutes=minutes,
        units=tuple(map(str, range(6))),
        settings=(
            replay.Setting(name=names[0], home=home),
            replay.Setting(name=names[1], idle="cover", **same),
            replay.Setting(name=names[2], idle="cover", moves=1, gain=0.02, **same),
        ),
        late=np.array([6.0]),
        stream=replay.Stream(per_hour=np.random.default_rng(7).gamma(1.0, 0.07, 60), days=30.0, scene=25.0),
        replications=20,
        warm_up=720.0,
    )
    plan = replay.solve(problem, seconds=60, seed=1, sensitivity=False)
    for k, d in enumerate(plan.differences):
        axes.plot([d.late_low, d.late_high], [k, k], color=BLUE, lw=3)
        axes.plot([d.late], [k], "o", color=INK)
    axes.axvline(0, color=RED, lw=1)
    axes.set(yticks=range(2), yticklabels=names[1:], ylim=(-0.6, 1.6))
    axes.set_xlabel(f"share of late calls less “{names[0]}”, 95 %")


def draw_dispatch(axes: plt.Axes) -> None:
    spots, minutes = town(4, 40)
    source = np.random.default_rng(1)
    units = tuple(dispatch.Unit(id=f"u{k}", place=int(p)) for k, p in enumerate(source.choice(40, 9, replace=False)))
    calls = tuple(dispatch.Call(id=f"c{k}", place=int(p)) for k, p in enumerate(source.choice(40, 4, replace=False)))
    problem = dispatch.Problem(
        places=tuple(map(str, range(40))), minutes=minutes, units=units, calls=calls,
        demand=source.gamma(1, 1, 40), radius=5.0,
    )  # fmt: skip
    plan = dispatch.solve(problem, seconds=10, seed=1)
    axes.scatter(*spots.T, s=problem.demand * 18, color="#d8d8d8", label="demand")
    axes.scatter(*spots[list(plan.bare)].T, s=60, facecolors="none", edgecolors=RED, label="newly bare")
    axes.scatter(*spots[[u.place for u in units]].T, marker="^", color=BLUE, label="unit")
    axes.scatter(*spots[[c.place for c in calls]].T, marker="x", color=RED, label="call")
    for order in plan.orders:
        ends = spots[[units[order.unit].place, calls[order.call].place]]
        axes.plot(*ends.T, color=INK, lw=1)
    axes.set(xticks=[], yticks=[])
    axes.legend(frameon=False, fontsize=7)


def draw_demand(axes: plt.Axes) -> None:
    for filed, colour, name in ((True, RED, "patrol-found incidents on file"), (False, BLUE, "residents' calls only")):
        axes.hist(urn.shares(filed=filed, runs=2000), bins=np.linspace(0, 1, 51), color=colour, alpha=0.7, label=name)
    axes.set(xlabel="share on file of one of two like quarters after 1,000 days", ylabel="runs of 2,000", yscale="log")
    axes.legend(frameon=False)


def main(folder: Path) -> None:
    """Write the four pictures into a folder."""
    draws = {"queue": draw_queue, "replay": draw_replay, "dispatch": draw_dispatch, "demand": draw_demand}
    for name, draw in draws.items():
        figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
        draw(axes)
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
        plt.close(figure)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
