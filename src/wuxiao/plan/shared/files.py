"""Text files as Chinese offices write them."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from wuxiao.plan.form import BadProblem, Said


def text(path: Path) -> str:
    """Return a text file, packed by gzip or not, as UTF-8, else as GB18030, which Chinese offices still write."""
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise BadProblem(path.name, Said(f"打不开文件：{error}", f"the file cannot be opened: {error}")) from error
    for name in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            continue
    raise BadProblem(path.name, Said("既不是UTF-8也不是GB18030", "is neither UTF-8 nor GB18030"))
