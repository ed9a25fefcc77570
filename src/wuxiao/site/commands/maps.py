"""Ground for maps: map tiles, map boundaries (of the town's own), map provider, map drop."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    word = kinds.add_parser("map", help="give maps a ground of their own, boundaries, or a provider")
    doing = word.add_subparsers(dest="doing", required=True, metavar="WHAT")
    tiles = doing.add_parser("tiles", help="adopt a PMTiles file (version 3, vector tiles) as the ground")
    tiles.add_argument("file", type=Path)
    tiles.add_argument(
        "--crs", required=True, choices=["wgs84", "gcj02", "bd09"], help="of the data it was made of; only wgs84 fits"
    )
    edges = doing.add_parser("boundaries", help="adopt a GeoJSON file with the divisions as polygons")
    edges.add_argument("file", type=Path)
    edges.add_argument("--crs", required=True, choices=["wgs84", "gcj02", "bd09"], help="of its positions")
    whose = doing.add_parser("provider", help="adopt a TOML file that names a qualified provider of map pictures")
    whose.add_argument("file", type=Path)
    drop = doing.add_parser("drop", help="take the tiles, the boundaries or the provider away again")
    drop.add_argument("what", choices=["tiles", "boundaries", "provider"])
    for one in (tiles, edges, whose, drop):
        one.add_argument("--by", required=True, help="the name of the person who does it")
        one.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Adopt or drop; 1 where a file does not fit, and then nothing changed; 2 where it cannot be read."""
    import django

    django.setup()
    from django.utils import timezone

    from wuxiao.desk.base.actor import Actor
    from wuxiao.desk.town import books, grounds, provider
    from wuxiao.desk.town.pmtiles import BadTiles
    from wuxiao.typed.crs import Crs

    by, now = Actor("system", name=args.by), timezone.now()
    try:
        if args.doing == "drop":
            there = grounds.drop(args.what, by=by, at=now)
            print("去掉了 taken away" if there else "本来就没有 there was none")
        elif args.doing == "provider":
            found = provider.adopt(args.file, by=by, at=now)
            print(f"{found.attribution} {found.approval}: {' '.join(found.origins)}")
        elif args.doing == "tiles":
            if args.crs != Crs.WGS84:
                raise BadTiles(
                    "瓦片挪不动：请把数据转成 WGS-84 再做 PMTiles",
                    "tiles cannot be moved: turn the data into WGS-84 and make the PMTiles anew",
                )
            said = grounds.said(grounds.adopt_tiles(args.file, by=by, at=now))
            print(f"{said.zh}\n{said.en}")
        else:
            book = books.current(now).book
            many = grounds.adopt_boundaries(args.file, Crs(args.crs), book=book, by=by, at=now)
            print(f"区划界线{many}个\nboundaries of {many} divisions")
    except BadTiles as error:
        print(f"{error.text.zh}\n{error.text.en}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{args.file}: {error.strerror}", file=sys.stderr)
        return 2
    return 0
