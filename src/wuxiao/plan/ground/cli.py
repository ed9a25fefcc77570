"""``wuxiao plan town``: make a town from a seed number; ``wuxiao plan ground``: read a network, say what it holds."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wuxiao.plan import store
from wuxiao.plan.form import BadProblem, Said, seeded
from wuxiao.plan.ground.town import Town, make
from wuxiao.typed.crs import Crs


def town(argv: Sequence[str]) -> int:
    """Make a town; exit code 0 done, 2 the question was wrong (the caller prints `BadProblem`)."""
    parser = argparse.ArgumentParser(
        prog="wuxiao plan town", description="Make an invented county town from a seed number."
    )
    parser.add_argument("--seed", type=int, default=1, help="the town's number: the same number, the same town")
    parser.add_argument("--households", type=int, default=30_000)
    parser.add_argument("--out", type=Path, metavar="FILE", help="the town: .json, .geojson, .svg, or a folder of CSV")
    parser.add_argument("--days", type=int, help="draw the calls of so many days too, as CSV beside --out")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    args = parser.parse_args(list(argv))
    seeded(args.seed)
    if args.out and args.out.suffix:
        store.may_write(args.out)
    return _told(_town(args), args)


def ground(argv: Sequence[str]) -> int:
    """Read a network; exit code 0 done, 2 the file or question was wrong (the caller prints `BadProblem`)."""
    parser = argparse.ArgumentParser(
        prog="wuxiao plan ground", description="Read a street network, say what it holds, write it as tables."
    )
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="OSM (.osm.pbf, .osm), a GMNS folder, .geojson, a folder with nodes.csv and links.csv, "
        "an AequilibraE project, JEMSS roads",
    )
    parser.add_argument(
        "--crs",
        choices=[one.value for one in Crs],
        help="the system of its degrees, where the file does not say: gcj02 is AMap and Tencent, bd09 Baidu",
    )
    parser.add_argument(
        "--beside", type=Path, metavar="NETWORK", help="a network of the same streets known to be WGS-84, to compare"
    )
    parser.add_argument("--blocks", action="store_true", help="cut out the blocks too")
    parser.add_argument("--times", type=int, metavar="N", help="minutes among N nodes, drawn with --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, metavar="FILE", help="figures as .json, or a folder for nodes and links")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    args = parser.parse_args(list(argv))
    seeded(args.seed)
    if args.out and args.out.suffix:
        store.may_write(args.out)
    return _told(_network(args), args)


def _told(figures: dict[str, Any], args: argparse.Namespace) -> int:
    if args.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        for name, value in figures.items():
            print(f"{name}: {value}")
    return 0


def _town(args: argparse.Namespace) -> dict[str, Any]:
    began = time.perf_counter()
    made = make(args.seed, households=args.households)
    seconds = time.perf_counter() - began
    if args.out:
        _save(made, args.out)
    if args.days is not None:
        _save_calls(made, args)
    return {
        "name": made.name,
        "name_en": made.name_en,
        "seed": made.seed,
        "households": made.households,
        "blocks": made.blocks,
        "borders": len(made.borders),
        "communities": made.communities,
        "streets_km": round(float(made.streets.metres.sum()) / 1000, 2),
        "nodes": len(made.streets.nodes),
        "links": len(made.streets.links),
        "rivers": len(made.river_names),
        "square_km": round(float(made.block_area.sum()) / 1e6, 3),
        "buildings": len(made.building_xy),
        "schools": len(made.school_xy),
        "premises": len(made.premise_xy),
        "calls_a_year": round(float(made.block_calls.sum())),
        "seconds": round(seconds, 3),
    }


def _save(town: Town, path: Path) -> None:
    from wuxiao.plan.ground import write

    suffix = path.suffix.lower()
    if suffix == ".json":
        store.save(town, path)
    elif suffix == ".geojson":
        write.save_geojson(write.town_geojson(town), path)
    elif suffix == ".svg":
        from wuxiao.plan.ground.picture import town_svg

        path.write_text(town_svg(town), encoding="utf-8")
    elif suffix == "":
        write.save_tables(town.streets, path)
    else:
        said = Said("请用.json、.geojson、.svg或文件夹", "use .json, .geojson, .svg or a folder")
        raise BadProblem("--out", said)


def _save_calls(town: Town, args: argparse.Namespace) -> None:
    from wuxiao.plan.ground import calls

    if args.out is None:
        raise BadProblem("--days", Said("请同时给--out", "give --out too"))
    drawn = calls.make(town, days=args.days, seed=args.seed)
    path = args.out.with_name(args.out.stem + ".calls.csv")
    table = np.column_stack([drawn.minute, drawn.block, drawn.xy, drawn.node, drawn.urgency, drawn.on_scene])
    head = "minute,block,x,y,node,urgency,on_scene"
    form = ["%.3f", "%d", "%.2f", "%.2f", "%d", "%d", "%.2f"]
    np.savetxt(path, table, fmt=form, delimiter=",", header=head, comments="")


def _network(args: argparse.Namespace) -> dict[str, Any]:
    from wuxiao.plan.ground import blocks, osm, read, write

    began = time.perf_counter()
    extract = osm.read(args.file) if args.file.is_file() and read.is_osm(args.file) else None
    network = extract.network if extract else read.network(args.file)
    crs = read.stated(args.file, network, Crs(args.crs) if args.crs else None)
    if args.beside:
        read.doubt(network, crs, read.network(args.beside))
    network = read.in_wgs84(network, crs)
    figures: dict[str, Any] = read.figures(network)
    if extract:
        figures |= {
            "rivers_and_railways": len(extract.barriers),
            "buildings": len(extract.buildings),
            "turn_rules_passed_over": extract.passed_over,
            "conditional_rules_not_read": extract.conditional,
            "ferries_not_read": extract.ferries,
            "steps": extract.steps,
        }
    figures["read_seconds"] = round(time.perf_counter() - began, 3)
    if args.blocks:
        cut = blocks.cut(network, extract.barriers if extract else ())
        length = float(cut.border_metres.sum())
        figures["blocks"] = {
            "number": len(cut.block_area),
            "borders": len(cut.borders),
            "square_km": round(float(cut.block_area.sum()) / 1e6, 3),
            "median_m2": round(float(np.median(cut.block_area)), 1),
            "main_border_share": round(float(cut.border_metres[cut.border_main].sum()) / length, 4) if length else None,
        }
        if extract and extract.buildings:
            homes = blocks.households_in(cut, extract.buildings, blocks.households(extract.buildings))
            figures["blocks"]["households"] = round(float(homes.sum()))
    if args.times:
        figures["times"] = _times(network, args)
    if args.out and args.out.suffix not in ("", ".json"):
        raise BadProblem("--out", Said("请用.json或文件夹", "use .json or a folder"))
    if args.out and not args.out.suffix:
        write.save_tables(network, args.out)
    elif args.out:
        args.out.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return figures


def _times(network: Any, args: argparse.Namespace) -> dict[str, Any]:
    from wuxiao.plan.ground.streets import Mode
    from wuxiao.plan.ground.travel import Travel

    largest = np.flatnonzero(network.parts(Mode.DRIVE) == 0)
    rng = np.random.default_rng(args.seed)
    nodes = np.sort(rng.choice(largest, min(args.times, len(largest)), replace=False))
    began = time.perf_counter()
    travel = Travel(network)
    prepared = time.perf_counter() - began
    took = travel.seconds(nodes, nodes)
    return {
        "nodes": len(nodes),
        "mean_minutes": round(float(took.mean()) / 60, 4),
        "most_minutes": round(float(took.max()) / 60, 4),
        "prepare_seconds": round(prepared, 3),
        "seconds": round(time.perf_counter() - began - prepared, 3),
    }
