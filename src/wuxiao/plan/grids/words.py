"""Why a plan of grids is as it is, in plain words."""

from __future__ import annotations

from wuxiao.plan.form import Said
from wuxiao.plan.grids.problem import Kind, Plan, Problem


def outside_words(problem: Problem, kind: Kind, have: float) -> Said:
    """Return why a cell of so many households is outside the band."""
    band = f"{problem.low:g}–{problem.high:g}"
    if kind == "oversized":
        return Said(
            f"有一个地块单独就超过上限{problem.high:g}户，自成一格（{have:g}户），应按楼栋再分",
            f"one block alone exceeds {problem.high:g}; a cell by itself ({have:g}), to be divided by buildings",
        )
    if kind == "community":
        return Said(
            f"所在社区（或孤立的一片）的户数分不成整数个{band}户的网格（此格{have:g}户）",
            f"its community or island cannot be divided into whole cells of {band} (this cell: {have:g})",
        )
    return Said(f"在时限内没有找到{band}户的划法（{have:g}户）", f"no way into {band} was found in time ({have:g})")


def reasons(problem: Problem, plan: Plan) -> tuple[Said, ...]:
    """Return the reasons for a plan, the weightiest first, and what is not promised."""
    count = len(plan.codes)
    said = [
        Said(
            f"共{count}个网格，每格{problem.low:g}–{problem.high:g}户，实为{plan.households.min():g}–{plan.households.max():g}户；"
            "每格连成一片，不跨社区。",
            f"{count} cells of {problem.low:g}-{problem.high:g} households, in fact {plan.households.min():g} to "
            f"{plan.households.max():g}; every cell is one piece and inside one community.",
        ),
        Said(
            f"边界{plan.street_share:.1%}落在大街、河流等好认的线上；平均紧凑度{plan.compactness:.3f}（圆为1，方为0.785）。",
            f"{plan.street_share:.1%} of the borders lie on main streets, rivers and the like; mean compactness "
            f"{plan.compactness:.3f} (a circle 1, a square 0.785).",
        ),
    ]
    later = float((plan.households * 1.05 > problem.high + 1e-9).mean())
    said.append(
        Said(
            f"若户数普遍少计5%，有{later:.1%}的网格实际超过上限。",
            f"If households are 5 % more than counted everywhere, {later:.1%} of the cells exceed the band in truth.",
        )
    )
    if len(problem.before):
        said.append(
            Said(
                f"与原方案相比，{plan.moved:.1%}的住户换了网格，限度为{problem.moved_share:.1%}。",
                f"Against the earlier plan {plan.moved:.1%} of households change cell (limit "
                f"{problem.moved_share:.1%}).",
            )
        )
    if problem.fixed:
        kept = sum(1 for code in problem.fixed if code)
        said.append(
            Said(f"{kept}个地块由人指定，照办。", f"{kept} blocks were fixed by a person and stay where they were put.")
        )
    if problem.drawn_together:
        said.append(
            Said(
                f"{problem.drawn_together}条边界的两侧线条没有完全重合，读入时按不到半米的误差对齐。",
                f"The two sides of {problem.drawn_together} borders did not meet exactly and were drawn together when "
                "read, by less than half a metre.",
            )
        )
    if problem.cut_blocks:
        said.append(
            Said(
                f"{len(problem.cut_blocks)}个地块单独就超过上限，读入时按面积切开，户数按面积分摊；落地前应按楼栋核对。",
                f"{len(problem.cut_blocks)} blocks exceed the band alone and were cut by area when read, households "
                "shared out by area; verify by buildings before use.",
            )
        )
    said += [
        Said(f"网格{plan.codes[o.cell]}：{o.said.zh}。", f"Cell {plan.codes[o.cell]}: {o.said.en}.")
        for o in plan.outside
    ]
    weights = (
        f"{problem.weigh_compact:g} : {problem.weigh_street:g} : {problem.weigh_length:g} : {problem.weigh_moved:g}"
    )
    proven = plan.head.gap is not None and plan.head.gap <= 1e-9
    best = (
        Said("在这些数字与权重下已证明最优", "Proven best for these numbers and weights")
        if proven
        else Said("方案是好的，但未证明最优", "A good plan, not proven best")
    )
    said.append(
        Said(
            f"权衡：紧凑、小巷边界、边界总长、调整住户按{weights}计。{best.zh}；不知道坡坎、围墙与人情，须由熟悉当地的人定。",
            f"Weighed: compactness, borders on lanes, all borders, households moved as {weights}. {best.en}; it knows "
            "no slopes, walls or ties between people: who knows the place decides.",
        )
    )
    return tuple(said)
