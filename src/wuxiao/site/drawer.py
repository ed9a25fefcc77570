"""The data folder is a locked drawer: what the town keeps is readable by its own account and by nobody else."""

from __future__ import annotations

import os
import stat
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def lock_umask() -> None:
    """Have everything this process makes be for its own account alone."""
    os.umask(0o077)


def _open_to_others(path: Path) -> bool:
    return bool(path.lstat().st_mode & OTHERS) and not path.is_symlink()


def open_paths(folder: Path) -> list[Path]:
    """Return the folder and what lies directly in it as far as other accounts of the machine may touch it."""
    if os.name != "posix" or not folder.is_dir():
        return []
    return [path for path in (folder, *sorted(folder.iterdir())) if _open_to_others(path)]


def mend(folder: Path) -> list[Path]:
    """Take the rights of others away in a folder of our own and return what was open.

    What lies deeper than one level is out of reach once the folder itself is closed. Raises `SystemExit` if the
    folder belongs to another account.
    """
    found = open_paths(folder)
    for path in found:
        try:
            path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~OTHERS)
        except PermissionError:
            raise SystemExit(_said(folder)) from None
    return found


def _said(folder: Path) -> str:
    return (
        f"数据文件夹 {folder} 能被这台机器上的其他账号读取，里面有群众的个人信息。请先执行：chmod -R go= {folder}\n"
        f"Other accounts of this machine can read the data folder {folder}, which holds people's personal data. "
        f"Run first: chmod -R go= {folder}"
    )


def demand(folder: Path) -> list[Path]:
    """Stop with a sentence if another account of the machine can look into the folder of a real town.

    Files left readable inside a folder that is closed are closed quietly, for nobody could reach them, and returned.
    """
    if os.name == "posix" and folder.is_dir() and _open_to_others(folder):
        raise SystemExit(_said(folder))
    return mend(folder)
