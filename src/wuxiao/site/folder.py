"""The data folder as it was typed: a place that can hold a town, or a sentence that says why it cannot.

Asked before anything is written. A folder is made where its parent is there, and no deeper: a path through a disk that
is not mounted would put a town where nobody looks for it, and nobody backs it up.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from pathlib import Path

from wuxiao.site import environment

#: The exit code for a data folder that cannot be used.
WRONG_FOLDER = 4
#: Lies in a folder into which a restore was begun that did not come to its end.
UNFINISHED = "restore-unfinished"


def trouble(typed: str, *, only_look: bool = False) -> str:
    """Return why a data folder cannot be used, with the way to mend it; empty if it can.

    With `only_look` one that takes nothing will do.
    """
    if not typed.strip():
        return "没有写数据文件夹：请写 DATA_DIR=data 这样的路径。\nNo data folder is named: write DATA_DIR=data."
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs"} for letter in typed):
        return (
            f"数据文件夹 {typed!r} 里有换行或别的看不见的字符：请去掉，再试一次。\n"
            f"The data folder {typed!r} holds a line break or another unseen character: leave it out and try again."
        )
    if typed != typed.strip():
        return (
            f"数据文件夹 {typed!r} 的前面或后面有空格：请去掉，再试一次。\n"
            f"The data folder {typed!r} begins or ends with a blank: leave it out and try again."
        )
    path = Path(os.path.expanduser(typed))
    if str(path).startswith("~"):
        home = typed.split("/")[0]
        return f"找不到用户 {home} 的家目录：请写完整路径。\nThere is no home {home}: write the whole path."
    try:
        return "" if only_look and path.is_dir() else _of(path.absolute())
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


def closed(path: Path) -> bool:
    """Whether a folder that is there, or the database in it, takes nothing from this account."""
    file = path / "wuxiao.sqlite3"
    try:
        return path.is_dir() and (
            not os.access(path, os.W_OK | os.X_OK)
            or _read_only(path)
            or (file.exists() and (not os.access(file, os.W_OK) or _read_only(file)))
        )
    except OSError:
        return False


def _read_only(path: Path) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY) if hasattr(os, "statvfs") else False


def chosen(typed: str, *, only_look: bool = False) -> Path:
    """Return the data folder, whole; ends with a sentence and exit code 4 where it cannot be used."""
    if said := trouble(typed, only_look=only_look):
        _refuse(said)
    return Path(os.path.expanduser(typed)).resolve()


def make(path: Path) -> None:
    """Make the data folder if it is not there, for this account alone; ends as `chosen` does where that fails."""
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        _refuse(_closed(path, error))


def no_town(typed: str, *, only_look: bool = False) -> str:
    """Return why whoever only looks finds no town here, before anything is made; empty where one may be.

    A town on PostgreSQL may have its data folder anywhere, so it is looked for by its key alone.
    """
    if said := trouble(typed, only_look=only_look):
        return said
    path = Path(os.path.expanduser(typed)).absolute()
    on_postgresql = bool(os.environ.get("DATABASE_URL"))
    key = bool(environment.value("SECRET_KEY")) or (path / "secret-key").exists()
    if key if on_postgresql else (path / "wuxiao.sqlite3").exists():
        return ""
    return (
        f"这里没有城镇：{path.resolve()}。请检查 WUXIAO_DATA_DIR 或 --data-dir。\n"
        f"There is no town here: {path.resolve()}. See whether WUXIAO_DATA_DIR or --data-dir names the right folder."
    )


def demand_town(*, only_look: bool = False) -> None:
    """End as `chosen` does where there is no town to look at; nothing is made."""
    if said := no_town(os.environ.get("WUXIAO_DATA_DIR", "data"), only_look=only_look):
        _refuse(said)


def unfinished(path: Path) -> bool:
    """Whether a restore into this folder was begun and did not come to its end: what lies there is no town yet."""
    return (path / UNFINISHED).exists()


def demand_finished(path: Path) -> None:
    """End as `chosen` does where a restore was cut off: that town's messages would go out a second time."""
    if unfinished(path):
        _refuse(
            f"{path} 里的恢复没有做完：请再运行一次 wuxiao restore，做完再开。\n"
            f"The restore into {path} did not come to its end: run wuxiao restore again before anything else."
        )


def _refuse(said: str) -> None:
    print(said, file=sys.stderr)
    raise SystemExit(WRONG_FOLDER)
