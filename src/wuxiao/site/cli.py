"""The `wuxiao` command: one word for each thing an administrator, an analyst or a script does."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from wuxiao.site import commands as _commands
from wuxiao.site import sections
from wuxiao.site.drawer import lock_umask

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wuxiao.site.settings")

#: Words that hand their arguments on unread: the engines and readers have their own parsers.
PASSED_ON = {"promise", "reading", "plan"}


def commands() -> list[ModuleType]:
    """Return the files of `site.commands` that add words to the parser, in the order of their names."""
    found = [import_module(one.name) for one in iter_modules(_commands.__path__, f"{_commands.__name__}.")]
    return [one for one in found if hasattr(one, "add_to")]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 something was found wrong, 2 the question was wrong."""
    words = list(sys.argv[1:] if argv is None else argv)
    lock_umask()
    sections.install()
    if words and words[0] in PASSED_ON:
        from wuxiao.site.commands import passed_on

        return passed_on.run(words[0], words[1:])
    parser = argparse.ArgumentParser(prog="wuxiao", description="五小: looking after people's small matters")
    parser.add_argument("--data-dir", type=Path, help="where the town's data lies (WUXIAO_DATA_DIR)")
    kinds = parser.add_subparsers(dest="word", required=True, metavar="WORD")
    for word in sorted(PASSED_ON):
        kinds.add_parser(word, help=f"see wuxiao {word} --help", add_help=False)
    for module in commands():
        module.add_to(kinds)
    args = parser.parse_args(words)
    if args.data_dir:
        os.environ["WUXIAO_DATA_DIR"] = str(args.data_dir)
    run: Callable[[argparse.Namespace], int] = args.run
    from wuxiao.desk.base.errors import DeskError

    try:
        return run(args)
    except DeskError as error:
        print(f"{error.text.zh}\n{error.text.en}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        from django.db import OperationalError

        from wuxiao.rules.book import BookError

        if isinstance(error, BookError):
            print(
                f"规则手册读不了 the rule book cannot be read:\n{error.say('zh')}\n{error.say('en')}", file=sys.stderr
            )
            return 1

        # The database was away, or is none: a sentence instead of where in the program that was noticed.
        if not isinstance(error, OperationalError) and str(error) != "file is not a database":
            raise
        from wuxiao.site import durable

        durable.refuse(error)
        raise


if __name__ == "__main__":
    sys.exit(main())
