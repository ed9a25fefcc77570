"""Backups of a whole town, and bringing one back.

A backup is one tar file: the database as of one instant, every file that database speaks of, the keys beside it, and a
paper of digests. It is taken while the town works: SQLite's own backup in one step (a step at a time never ends beside
a busy writer), PostgreSQL's `pg_dump`. It is encrypted by age: to a recipient whose key is not on this machine, or
where none is named to a key of this machine, which lies outside the data folder and is never part of a backup.

Nothing plain is written where a backup goes to as long as the data folder has room for the work: what a kill or a power
cut leaves lies where the town's own data lies, and the next backup takes it away.

Bringing one back is more than copying. What was queued then may have been sent since: it waits for a person. What was
erased since must not rise again: the list of erasures, which lies outside the database, is carried out anew.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import io
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from wuxiao.records import kept
from wuxiao.site import environment
from wuxiao.site.folder import UNFINISHED, unfinished

#: In the data folder, but no part of a town: made anew, or meant to be gone.
LEFT_OUT = (
    *("static", "outbox", "run", "wuxiao.sqlite3", "wuxiao.sqlite3-wal", "wuxiao.sqlite3-shm", "drafts"),
    UNFINISHED,
)
DATABASE = "database"
PAPER = "paper.json"
PREFIX = "wuxiao-"
#: What may lie in a folder a town is brought back into, beside the list of erasures.
MAY_LIE_THERE = {"static", "run", "secret-key"}
#: So many bytes must be left on the town's disk while a backup is made there.
LEAST_LEFT = 200_000_000
#: What a scratch folder's name begins with, and the file in it that whoever works there holds locked.
SCRATCH = ".wuxiao-backup-"
HELD = "held"


class BackupError(Exception):
    """The backup cannot be made or brought back; the text says why and what to do, in both languages."""


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup: where it lies, how many files it holds, how large it is, and files the database misses."""

    path: Path
    files: int
    size: int
    missing: tuple[str, ...]
    encrypted: bool


def backup(folder: Path, *, at: datetime, to: str = "") -> Made:
    """Write one backup of the town of the settings into a folder and return it; nothing half-written is left.

    `to` is an age recipient (`age1…`); without one the file is not encrypted and only its mode protects it, which
    whoever asks for a backup must have said. Raises `BackupError`.
    """
    from django.conf import settings

    data = Path(settings.DATA_DIR)
    _ready(folder, data)
    name = f"{PREFIX}{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar"
    try:
        return _write(data, folder, name, at=at, to=to)
    except sqlite3.Error as error:
        if "full" in str(error):
            raise BackupError(f"备份的磁盘满了 no room is left for a backup: {folder}") from error
        raise BackupError(f"数据库读不了 the database cannot be read: {error}") from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise BackupError(f"备份的磁盘满了 no room is left for a backup: {folder}") from error
        raise BackupError(f"备份写不成 the backup cannot be written: {folder}: {error.strerror or error}") from error


def _write(data: Path, folder: Path, name: str, *, at: datetime, to: str) -> Made:
    with scratch(data if to and _room(data) else folder, also=(data, folder)) as work:
        database = work / DATABASE
        kind = _copy_database(database)
        # After the database, so that every file it speaks of is there; what was erased in between is told.
        wanted, missing = _files_of(data, database if kind == "sqlite" else None)
        tar = work / name
        digests = {}
        with tarfile.open(tar, "w") as out:
            for place, path in [(DATABASE, database), *wanted]:
                digests[place] = _add(out, place, path)
            paper = {
                "made_at": at.isoformat(),
                "database": kind,
                "version": _version(),
                "migrations": _migrations(),
                "files": digests,
                "missing": missing,
            }
            _add_bytes(out, PAPER, json.dumps(paper, ensure_ascii=False, sort_keys=True, indent=1).encode())
        final = folder / (f"{name}.age" if to else name)
        if to:
            with scratch(folder) as beside:
                _finish(_encrypt(tar, beside / final.name, to), final)
        else:
            _finish(tar, final)
    kept.sync(folder)
    return Made(final, len(digests) - 1, final.stat().st_size, tuple(missing), bool(to))


def _finish(made: Path, final: Path) -> None:
    made.chmod(0o600)
    with open(made, "rb") as done:
        os.fsync(done.fileno())
    os.replace(made, final)


@contextlib.contextmanager
def scratch(place: Path, *, also: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Yield a scratch folder in a place, gone afterwards; what killed backups left there or in `also` goes now."""
    for left in {place, *also}:
        _sweep(left)
    with (
        tempfile.TemporaryDirectory(prefix=SCRATCH, dir=place, ignore_cleanup_errors=True) as made,
        open(Path(made) / HELD, "w") as held,
    ):
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield Path(made)


def _sweep(place: Path) -> None:
    """Take away the scratch folders nobody works in any more: they hold the whole town, unencrypted."""
    with contextlib.suppress(OSError):
        for left in place.glob(f"{SCRATCH}*"):
            try:
                with open(left / HELD) as held:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except FileNotFoundError:
                # Begun this moment by another, or by a program that held no lock.
                if time.time() - left.stat().st_mtime < 60:
                    continue
            except BlockingIOError:
                continue
            shutil.rmtree(left, ignore_errors=True)


def _room(data: Path) -> bool:
    """Whether a copy of the whole town fits beside it twice, with something left to work with."""
    size = sum(path.lstat().st_size for path in data.rglob("*") if path.is_file())
    return shutil.disk_usage(data).free > 2 * size + LEAST_LEFT


def _ready(folder: Path, data: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        inside = folder.resolve().is_relative_to(data.resolve())
    except OSError as error:
        raise BackupError(f"备份文件夹建不了 the folder cannot be made: {folder}: {error.strerror}") from error
    if inside:
        raise BackupError(
            f"备份不能放在数据文件夹 {data} 里面：盘坏了会一起丢，而且每次备份都会带上以前的备份。请放到别的盘上。\n"
            f"A backup must not lie in the data folder {data}: it is lost with it, and each would hold all others."
        )
    if not os.access(folder, os.W_OK):
        raise BackupError(f"备份文件夹写不进去 the folder cannot be written to: {folder}")


def _copy_database(target: Path) -> str:
    from django.db import connection

    if connection.vendor == "sqlite":
        place = Path(connection.settings_dict["NAME"])
        if not place.is_file():
            raise BackupError(f"这里没有城镇的数据库 there is no town's database here: {place}")
        with contextlib.closing(sqlite3.connect(place)) as source, contextlib.closing(sqlite3.connect(target)) as copy:
            # All pages in one step: in smaller ones it begins anew whenever somebody writes.
            source.backup(copy, pages=-1)
        return "sqlite"
    options = connection.settings_dict
    command = [_program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"]
    _run([*command, *_address(options)], options)
    return "postgresql"


def _program(name: str) -> str:
    found = shutil.which(name) or next(
        (str(p) for p in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None
    )
    if found is None:
        raise BackupError(
            f"这台机器上没有 {name}：请安装 postgresql-client / {name} is missing: install postgresql-client"
        )
    return found


def _address(options: dict[str, Any]) -> list[str]:
    pairs = (("--host", "HOST"), ("--port", "PORT"), ("--username", "USER"), ("--dbname", "NAME"))
    return [f"{flag}={options[name]}" for flag, name in pairs if options.get(name)]


def _run(command: list[str], options: dict[str, Any]) -> None:
    given = {**os.environ, "PGPASSWORD": str(options.get("PASSWORD") or "")}
    done = subprocess.run(command, env=given, capture_output=True, text=True, errors="replace")
    if done.returncode:
        said = done.stderr.strip()[-500:]
        raise BackupError(f"数据库没有照办 the database did not do it: {Path(command[0]).name}: {said}")


def _files_of(data: Path, database: Path | None) -> tuple[list[tuple[str, Path]], list[str]]:
    """Return everything in the data folder that belongs to the town, and the files the database misses."""
    found: list[tuple[str, Path]] = []
    for path in sorted(data.rglob("*")):
        place = path.relative_to(data)
        hidden = any(part.startswith(".") or part.endswith(".part") for part in place.parts)
        if place.parts[0] in LEFT_OUT or hidden or path.is_symlink() or not path.is_file():
            continue
        found.append((f"data/{place.as_posix()}", path))
    have = {path.name for _, path in found}
    missing = [digest for digest in _attachments(database) if digest not in have]
    return found, missing


def _attachments(database: Path | None) -> list[str]:
    """Return the digests of every file a row points to; a town not brought up to date yet has fewer tables."""
    queries = {
        table: f"SELECT DISTINCT sha256 FROM {table} WHERE erased_at IS NULL"
        for table in ("records_attachment", "records_documentfile")
    }
    if database is not None:
        with contextlib.closing(sqlite3.connect(database)) as copy:
            have = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            return [digest for table, query in queries.items() if table in have for (digest,) in copy.execute(query)]
    from django.db import connection

    have = set(connection.introspection.table_names())
    found: list[str] = []
    with connection.cursor() as cursor:
        for table, query in queries.items():
            if table in have:
                cursor.execute(query)
                found += [digest for (digest,) in cursor.fetchall()]
    return found


def _add(out: tarfile.TarFile, place: str, path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            info = out.gettarinfo(arcname=place, fileobj=file)
            info.mode, info.uid, info.gid, info.uname, info.gname = 0o600, 0, 0, "", ""
            out.addfile(info, _Counted(file, digest))
    except FileNotFoundError:
        return ""
    return digest.hexdigest()


class _Counted(io.RawIOBase):
    """A file that is read on and digested at once."""

    def __init__(self, file: io.BufferedReader, digest: Any) -> None:
        self.file, self.digest = file, digest

    def read(self, size: int = -1) -> bytes:
        piece = self.file.read(size)
        self.digest.update(piece)
        return piece


def _add_bytes(out: tarfile.TarFile, place: str, content: bytes) -> None:
    info = tarfile.TarInfo(place)
    info.size, info.mode = len(content), 0o600
    out.addfile(info, io.BytesIO(content))


def _encrypt(plain: Path, sealed: Path, to: str) -> Path:
    import pyrage

    try:
        recipient = pyrage.x25519.Recipient.from_str(to.strip())
    except pyrage.RecipientError as error:
        raise BackupError(f"收件公钥不对 not an age recipient (age1…): {error}") from error
    try:
        pyrage.encrypt_file(str(plain), str(sealed), [recipient])
    except pyrage.EncryptError as error:
        raise BackupError(
            f"备份的磁盘满了，或写不进去 no room is left, or it cannot be written: {sealed.parent.parent}: {error}"
        ) from error
    return sealed


def own_key_path() -> Path:
    """Return where the key lies that backups are encrypted to where no recipient is named.

    Not in the data folder: a disk that takes the town along must not take the key of its backups with it.
    """
    named = environment.value("BACKUP_KEY_FILE")
    return Path(named) if named else Path(os.path.expanduser("~")) / ".config" / "wuxiao" / "backup-key"


def own_identity() -> str:
    """Return the text of that key's file, empty where there is none; raises `BackupError` if it cannot be read."""
    try:
        return own_key_path().read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(f"备份的钥匙读不了 the key of backups cannot be read: {own_key_path()}: {error}") from error


def own_recipient() -> str:
    """Return the recipient of that key, making the key at the first backup; raises `BackupError` if it cannot be."""
    import pyrage

    path = own_key_path()
    if not own_identity():
        identity, recipient = new_key()
        lines = f"# 五小备份的钥匙：请另存一份 the key of backups: keep a copy elsewhere\n# {recipient}\n{identity}\n"
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Two first backups at once have one key: whoever comes second takes what is there.
            kept.write(path, lines.encode(), only_new=True)
        except OSError as error:
            raise BackupError(
                f"备份的钥匙存不到 {path}（{error.strerror}）：请用 WUXIAO_BACKUP_TO 指定公钥（wuxiao backup-key 生成）"
                f"，或用 WUXIAO_BACKUP_KEY_FILE 另指地方；不加密要写明 --plain\n"
                f"The key of backups cannot be kept at {path}: name a recipient in WUXIAO_BACKUP_TO (wuxiao backup-key "
                f"makes one) or another place in WUXIAO_BACKUP_KEY_FILE; to leave it unencrypted say --plain."
            ) from error
    try:
        return str(pyrage.x25519.Identity.from_str(secret_of(own_identity())).to_public())
    except pyrage.IdentityError as error:
        raise BackupError(f"备份的钥匙不对 this is no key of backups: {path}: {error}") from error


def secret_of(identity: str) -> str:
    """Return the line of a key's file that is the key itself; raises `BackupError` without one."""
    for line in identity.splitlines():
        if line.strip().startswith("AGE-SECRET-KEY-"):
            return line.strip()
    raise BackupError("私钥文件里没有 AGE-SECRET-KEY / no AGE-SECRET-KEY in the identity file")


def new_key() -> tuple[str, str]:
    """Return a fresh age key: the identity to keep away from this machine, and the recipient to encrypt to."""
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def _version() -> str:
    from importlib.metadata import version

    return version("wuxiao")


def _migrations() -> list[str]:
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


# ------------------------------------------------------------------------------------------------------------ restoring


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back: the instant it is of, messages that now wait for a person, erasures carried out anew."""

    made_at: datetime
    held: int
    erased: int
    missing: tuple[str, ...]


def newest(place: Path) -> Path:
    """Return the backup meant by a path: the file itself, or the newest one of a folder; raises `BackupError`."""
    try:
        if place.is_file():
            return place
        listed = list(place.iterdir()) if place.exists() else []
        found = sorted(
            (p for p in listed if p.name.startswith(PREFIX) and p.name.endswith((".tar", ".tar.age")) and p.is_file()),
            key=lambda p: p.name,
        )
    except OSError as error:
        raise BackupError(f"备份读不了 the backup cannot be read: {place}: {error.strerror}") from error
    if not found:
        raise BackupError(f"这里没有备份 there is no backup here: {place}")
    return found[-1]


@contextlib.contextmanager
def opened(place: Path, *, beside: Path, identity: str = "") -> Iterator[tuple[Path, dict[str, Any]]]:
    """Unpack a backup into a scratch folder in `beside`, check every digest of its paper, yield folder and paper.

    Raises `BackupError` for a wrong key, a file cut short, a digest that does not fit. Nothing plain is left behind.
    """
    source = newest(place)
    with scratch(beside) as work:
        tar = _decrypt(source, work, identity) if source.suffix == ".age" else source
        try:
            with tarfile.open(tar) as file:
                file.extractall(work / "town", filter="data")
        except (tarfile.TarError, EOFError, OSError) as error:
            raise BackupError(f"备份读不全 the backup cannot be read: {source.name}: {error}") from error
        town = work / "town"
        paper = _paper(town / PAPER, source.name)
        for name, digest in paper["files"].items():
            path = town / name
            if digest and (not path.is_file() or _digest(path) != digest):
                raise BackupError(f"备份里的文件被改过或缺失 a file of the backup was changed or is missing: {name}")
        yield town, paper


def _paper(path: Path, name: str) -> dict[str, Any]:
    """Read a backup's paper; raises `BackupError` unless all that restoring relies on is there."""
    try:
        paper = json.loads(path.read_text(encoding="utf-8"))
        moment = datetime.fromisoformat(paper["made_at"])
        names = [*paper["files"].keys(), *paper["files"].values(), *paper["missing"], paper["database"]]
        good = moment.tzinfo is not None and all(isinstance(one, str) for one in names) and DATABASE in paper["files"]
        good = good and all(".." not in one.split("/") and not one.startswith("/") for one in paper["files"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BackupError(f"备份没有写完 the backup is not whole: {name}") from error
    if not good:
        raise BackupError(f"备份没有写完 the backup is not whole: {name}")
    return dict(paper)


def _decrypt(source: Path, work: Path, identity: str) -> Path:
    import pyrage

    own = "" if identity else own_identity()
    named = "备份已加密：请用 --identity 给出私钥文件 / the backup is encrypted: name its key's file with --identity"
    if not identity and not own:
        raise BackupError(named)
    plain = work / "plain.tar"
    try:
        key = pyrage.x25519.Identity.from_str(secret_of(identity or own))
        pyrage.decrypt_file(str(source), str(plain), [key])
    except pyrage.IdentityError as error:
        raise BackupError(f"这不是一把钥匙 this is no key: {error}") from error
    except (pyrage.DecryptError, OSError) as error:
        if "os error" in str(error) or getattr(error, "errno", None):
            said = f"备份读不了，或没有地方解开 it cannot be read, or there is no room: {source.name}: {error}"
        elif "matching keys" not in str(error):
            said = f"解不开：被截断、改过，或不是备份 cut short or changed, or no backup: {source.name}: {error}"
        elif own:
            said = f"{named}（{own_key_path()} 解不开它 does not open it）"
        else:
            said = f"解不开：私钥不是这份备份的 cannot be decrypted: this is not its key: {source.name}"
        raise BackupError(said) from error
    return plain


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def assert_empty(data: Path) -> None:
    """Raise `BackupError` unless a town can be brought back into this folder, and database on PostgreSQL.

    What an earlier restore left that was cut off is taken away; nothing else is touched.
    """
    from django.db import connection

    from wuxiao.desk.people.erasure import LIST

    may = {*MAY_LIE_THERE, LIST}
    there = [p.name for p in data.iterdir() if p.name not in may and not p.name.startswith(SCRATCH)]
    if there and not unfinished(data):
        raise BackupError(
            f"数据文件夹不是空的，请换一个：{data}（{there[0]}…）/ the data folder is not empty: choose another"
        )
    if connection.vendor == "postgresql" and connection.introspection.table_names():
        raise BackupError(
            "数据库不是空的，请换一个空数据库 / the database is not empty: name an empty one in DATABASE_URL"
        )
    connection.close()
    for name in there:
        path = data / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif name != UNFINISHED:
            path.unlink()


def begin(data: Path) -> None:
    """Mark the folder: until `end` no town is served from it, for its messages would go out twice."""
    kept.write(data / UNFINISHED, b"restore\n")


def end(data: Path) -> None:
    """The town is back: the folder's mark goes."""
    (data / UNFINISHED).unlink()
    kept.sync(data)


def place_files(town: Path, paper: dict[str, Any], data: Path) -> None:
    """Put database and files of an unpacked backup into a data folder that `assert_empty` found empty."""
    from wuxiao.desk.people.erasure import LIST

    if paper["database"] == "sqlite":
        _move(town / DATABASE, data / "wuxiao.sqlite3")
    for name in paper["files"]:
        if name == f"data/{LIST}":
            add_erasures(data, read_erasures(town / name))
        elif name.startswith("data/"):
            target = data / name.removeprefix("data/")
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _move(town / name, target)


def _move(source: Path, target: Path) -> None:
    source.chmod(0o600)
    with open(source, "rb") as file:
        os.fsync(file.fileno())
    os.replace(source, target)


def read_erasures(path: Path) -> list[str]:
    """Return the lines of a list of erasures; raises `BackupError` if it cannot be read or is none."""
    from wuxiao.desk.people import erasure

    try:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        if lines and not erasure.numbers(lines):
            raise ValueError("no line names a matter")
    except (OSError, ValueError) as error:
        raise BackupError(f"清除名单读不了 the list of erasures cannot be read: {path}: {error}") from error
    return lines


def add_erasures(data: Path, lines: list[str]) -> None:
    """Add lines to the folder's list of erasures; what stands there stays, for each was promised to somebody."""
    from wuxiao.desk.people.erasure import LIST

    path = data / LIST
    there = read_erasures(path) if path.exists() else []
    kept.write(path, "".join(f"{line}\n" for line in dict.fromkeys([*there, *lines])).encode())


def place_dump(town: Path) -> None:
    """Load a PostgreSQL backup into the empty database of the settings, whole or not at all; raises `BackupError`."""
    from django.db import connection

    options = connection.settings_dict
    connection.close()
    command = [_program("pg_restore"), "--no-owner", "--no-privileges", "--single-transaction", *_address(options)]
    _run([*command, str(town / DATABASE)], options)


@contextlib.contextmanager
def scratch_database() -> Iterator[str]:
    """Yield the address of an empty database for a drill, beside the one of the settings and gone afterwards.

    On SQLite there is nothing to make, and the address is empty. Raises `BackupError` where the account may not.
    """
    from django.db import Error, connection

    if connection.vendor == "sqlite":
        yield ""
        return
    name = f"wuxiao_drill_{os.getpid()}_{secrets.token_hex(4)}"
    parts = urlsplit(os.environ["DATABASE_URL"])
    with connection.cursor() as cursor:
        try:
            cursor.execute(f'CREATE DATABASE "{name}"')
        except Error as error:
            raise BackupError(
                f"演练要有建库的权限（ALTER ROLE … CREATEDB），或在另一个空库里用 wuxiao restore 演练："
                f"{error} / for a drill the account must be allowed to create a database"
            ) from error
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def settle(paper: dict[str, Any], data: Path, *, at: datetime) -> Restored:
    """After database and files lie in place: hold what may have been sent since, erase anew what was erased since."""
    from wuxiao.desk.base.actor import SYSTEM
    from wuxiao.desk.case import outbox
    from wuxiao.desk.matters import matters
    from wuxiao.desk.people import erasure
    from wuxiao.records.models import Matter, Words

    made_at = datetime.fromisoformat(paper["made_at"])
    held = outbox.hold_restored(made_at=made_at, by=SYSTEM, at=at)
    erased = 0
    for number in erasure.noted(data):
        matter = Matter.objects.filter(number=number).first()
        risen = Words.objects.filter(matter=matter, turn=1, field="words", erased_at__isnull=True)
        if matter is not None and risen.exists():
            matters.erase(matter.pk, by=SYSTEM, at=at)
            erased += 1
    return Restored(made_at, held, erased, tuple(paper["missing"]))
