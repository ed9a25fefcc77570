"""Puts the style sheets together: one file per audience, so that a phone asks for one file and nothing it does not use.

The parts in `web/shared/styles/` are the source; the sheets in `static/wuxiao/` are made from them and committed, so
that running the product needs no build. `python -m wuxiao.web.shared.styles` writes them, `--check` fails when one is
stale.
"""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path

PARTS = Path(__file__).resolve().parent / "styles"
OUT = Path(__file__).resolve().parents[1] / "static" / "wuxiao"
SHEETS: dict[str, tuple[str, ...]] = {
    "resident": ("tokens", "base", "parts", "resident", "map", "print"),
    "staff": ("tokens", "base", "parts", "staff", "staff_pages", "map", "print"),
    "public": ("tokens", "base", "parts", "public", "print"),
    "sheet": ("tokens", "base", "parts", "sheet"),
}
_NOT_FOR = {"resident": ("Figures and server-drawn charts",)}


def _squeeze(css: str) -> str:
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = re.sub(r"\s*\n\s*", "\n", css)
    css = re.sub(r"\s*([{};])\s*", r"\1", css)
    css = re.sub(r"(?<=[a-z0-9-]): (?=[^;{}]*[;}])", ":", css)
    return css.replace(";}", "}").replace("}", "}\n").strip() + "\n"


def _without(css: str, headings: tuple[str, ...]) -> str:
    for heading in headings:
        start = css.index(f"/* {heading}")
        end = css.find("\n/* ", start)
        css = css[:start] + (css[end + 1 :] if end != -1 else "")
    return css


def sheet(name: str) -> str:
    """Return the finished style sheet of one audience."""
    parts = []
    for part in SHEETS[name]:
        css = (PARTS / f"{part}.css").read_text(encoding="utf-8")
        parts.append(_squeeze(_without(css, _NOT_FOR.get(name, ())) if part == "parts" else _squeeze(css)))
    return "".join(parts)


def main(arguments: list[str]) -> int:
    """Write every sheet (or only check with `--check`) and print what a phone has to load, in bytes."""
    stale = 0
    for name in SHEETS:
        target, text = OUT / f"{name}.css", sheet(name)
        if "--check" in arguments:
            if not target.exists() or target.read_text(encoding="utf-8") != text:
                print(f"{target.name} is stale: run python -m wuxiao.web.shared.styles")
                stale += 1
            continue
        target.write_text(text, encoding="utf-8")
        data = text.encode()
        print(f"{target.name}: {len(data)} bytes, {len(gzip.compress(data, 9, mtime=0))} gzipped")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
