"""Commands that are whole libraries of their own: promises, reading, plans."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from wuxiao.rules import book as rulebook
from wuxiao.site import environment


def run(word: str, argv: Sequence[str]) -> int:
    """Hand the arguments on and return the exit code."""
    environment.demand("TRACE")
    if word == "promise":
        return _promise(argv)
    try:
        module = importlib.import_module(f"wuxiao.{word}.cli")
    except ModuleNotFoundError:
        print(f"wuxiao {word}: not part of this version", file=sys.stderr)
        return 2
    return int(module.main(list(argv)))


def _promise(argv: Sequence[str]) -> int:
    from wuxiao.rules.promise.cli import run as answer

    own = argparse.ArgumentParser(add_help=False)
    own.add_argument("--book", help="a rule book (TOML); the default town's otherwise")
    found, rest = own.parse_known_args(list(argv))
    try:
        book = rulebook.load(found.book) if found.book else rulebook.default()
    except (rulebook.BookError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    terms = {code: dict(profile.answer) for code, profile in book.profiles.items()}
    return answer(rest, terms)
