"""The register entry of the engine `grids`."""

from __future__ import annotations

from wuxiao.plan.form import Said
from wuxiao.plan.register import Entry

ENTRY = Entry(
    engine="grids",
    purpose=Said(
        "把地块划成每格300–500户（可设）、连成一片、沿大街河流、不跨社区的网格",
        "Divide blocks into connected grids of 300-500 households (a setting) along streets, inside communities",
    ),
    method=Said(
        "METIS起步，编译的模拟退火（单块、整段、成对移动），环形修补，随机树合并再分；小图列尽可能的网格并证明最优",
        "METIS start, compiled annealing of blocks and pieces, ring-wise mending, resplitting by random trees; on "
        "small maps all possible cells, the best choice of them proven",
    ),
    inputs={
        "blocks": Said("地块编号", "ids of blocks"),
        "households": Said("每个地块的户数", "households in each block"),
        "area": Said("面积，平方米", "area, square metres"),
        "perimeter": Said("周长，米", "outline, metres"),
        "pairs": Said("相邻的两个地块", "two blocks that share a border"),
        "border": Said("共边长度，米", "shared border, metres"),
        "street": Said("该边作网格边界的好坏，0–1", "how good a border of grids it is, 0 to 1"),
        "place": Said("地块内一点，米", "a point in each block, metres"),
        "community": Said("所在社区的行号", "row of the community it lies in"),
        "communities": Said("社区名", "names of communities"),
        "community_codes": Said("社区代码", "codes of communities"),
        "low": Said("户数下限", "fewest households of a grid"),
        "high": Said("户数上限", "most households of a grid"),
        "target": Said("期望户数", "households wanted"),
        "cells": Said("指定的总格数", "number of cells, where set"),
        "before": Said("原方案中的网格", "grid in the earlier plan"),
        "before_codes": Said("原方案的网格代码", "codes of the earlier plan"),
        "moved_share": Said("可换网格的住户份额上限", "largest share of households that may change grid"),
        "fixed": Said("由人指定的网格代码", "code of the grid a person put the block in"),
        "sealed": Said("不得增减的网格", "grids that may not change"),
        "forgive": Said("做不到时是否列为例外", "whether what cannot be done is listed instead of refused"),
        "weigh_compact": Said("紧凑的权重", "weight of compactness"),
        "weigh_street": Said("小巷边界的权重", "weight of borders on lanes"),
        "weigh_length": Said("边界总长的权重", "weight of all borders"),
        "weigh_moved": Said("调整住户的权重", "weight of households moved"),
        "cut_blocks": Said("读入时切开的地块", "blocks that were cut when read"),
        "drawn_together": Said("读入时对齐的边界数", "borders that were drawn together when read"),
    },
    output=Said(
        "每个地块所在网格，网格代码、名称、户数、紧凑度，例外及理由",
        "the grid of each block; code, name, households, compactness of each grid; what is outside and why",
    ),
    limits=Said(
        "不知道坡坎、围墙、门禁与居民往来；户数旧则划分旧；大图没有最优证明",
        "knows no slopes, walls, gates or habits; as old as its household counts; large maps not proven best",
    ),
    decides=Said("乡镇（街道）负责网格划分的负责人", "the township or sub-district office that answers for grids"),
    sources=(
        "seed 001 §二", "GB/T 34300-2017", "Karypis & Kumar 1998 (METIS)", "DeFord, Duchin & Solomon 2021 (ReCom)",
        "Polsby & Popper 1991",
    ),
)  # fmt: skip
