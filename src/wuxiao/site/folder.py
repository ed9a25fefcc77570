"""The data folder as it was typed: a place that can hold a town, or a sentence that says why it cannot.

Asked before anything is written. A folder is made where its parent is there, and no deeper: a path through a disk that
is not mounted would put a town where nobody looks for it, and nobody backs it up.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

#: The exit code for a data folder that cannot be used.
WRONG_FOLDER = 4


def trouble(typed: str) -> str:
    """Return why a data folder cannot be used, with the way to mend it; empty if it can."""
    if not typed.strip():
        return "没有写数据文件夹：请写 DATA_DIR=data 这样的路径。\nNo data folder is named: write DATA_DIR=data."
    if typed != typed.strip() or "\x00" in typed:
        return (
            f"数据文件夹 {typed!r} 的前面或后面有空格：请去掉，再试一次。\n"
            f"The data folder {typed!r} begins or ends with a blank: leave it out and try again."
        )
    path = Path(os.path.expanduser(typed))
    if str(path).startswith("~"):
        home = typed.split("/")[0]
        return f"找不到用户 {home} 的家目录：请写完整路径。\nThere is no home {home}: write the whole path."
    try:
        return _of(path.absolute())
    except OSError as error:
        return _closed(path, error)


def _closed(path: Path, error: OSError) -> str:
    return (
        f"数据文件夹 {path} 不能用：{error.strerror}。请换一个 DATA_DIR。\n"
        f"The data folder {path} cannot be used: {error.strerror}. Choose another DATA_DIR."
    )


def _of(path: Path) -> str:
    if path.is_dir():
        if os.access(path, os.W_OK | os.X_OK) and not _read_only(path):
            return ""
        return (
            f"数据文件夹 {path} 写不进去（只读，或属于别的账号）：请换一个，或改它的权限。\n"
            f"The data folder {path} cannot be written to (read-only, or another account's): choose another one."
        )
    if path.exists() or path.is_symlink():
        return (
            f"{path} 是文件，不是文件夹：请换一个 DATA_DIR。\n{path} is a file, not a folder: choose another DATA_DIR."
        )
    parent = path.parent
    if not parent.is_dir():
        return (
            f"上一级文件夹 {parent} 不存在（磁盘没有挂上？）：请先建好，或换一个 DATA_DIR。\n"
            f"Its parent folder {parent} does not exist (a disk not mounted?): make it first, or choose another one."
        )
    if not os.access(parent, os.W_OK | os.X_OK) or _read_only(parent):
        return (
            f"不能在 {parent} 里建数据文件夹（只读，或属于别的账号）：请换一个 DATA_DIR。\n"
            f"No data folder can be made in {parent} (read-only, or another account's): choose another DATA_DIR."
        )
    return ""


def _read_only(path: Path) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY) if hasattr(os, "statvfs") else False


def chosen(typed: str) -> Path:
    """Return the data folder, whole; ends with a sentence and exit code 4 where it cannot be used."""
    if said := trouble(typed):
        _refuse(said)
    return Path(os.path.expanduser(typed)).resolve()


def make(path: Path) -> None:
    """Make the data folder if it is not there, for this account alone; ends as `chosen` does where that fails."""
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        _refuse(_closed(path, error))


def _refuse(said: str) -> None:
    print(said, file=sys.stderr)
    raise SystemExit(WRONG_FOLDER)
