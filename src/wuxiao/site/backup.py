"""Backups of a whole town, and bringing one back.

A backup is one tar file: the database as of one instant, every file that database speaks of, the keys beside it, and a
paper of digests. It is taken while the town works: SQLite's own backup in one step (a step at a time never ends beside
a busy writer), PostgreSQL's `pg_dump`. It is encrypted by age: to a recipient whose key is not on this machine, or
where none is named to a key of this machine, which lies outside the data folder and is never part of a backup.

Bringing one back is more than copying. What was queued then may have been sent since: it waits for a person. What was
erased since must not rise again: the list of erasures, which lies outside the database, is carried out anew.
"""

from __future__ import annotations

import contextlib
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
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

#: In the data folder, but no part of a town: made anew, or meant to be gone.
LEFT_OUT = ("static", "outbox", "run", "wuxiao.sqlite3", "wuxiao.sqlite3-wal", "wuxiao.sqlite3-shm", "drafts")
DATABASE = "database"
PAPER = "paper.json"
PREFIX = "wuxiao-"


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
    _ready(folder)
    name = f"{PREFIX}{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar"
    with _scratch(".wuxiao-backup-", folder) as work:
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
        final = folder / name
        if to:
            final = folder / f"{name}.age"
            sealed = work / final.name
            _encrypt(tar, sealed, to)
            tar = sealed
        tar.chmod(0o600)
        with open(tar, "rb") as done:
            os.fsync(done.fileno())
        os.replace(tar, final)
    _sync(folder)
    return Made(final, len(digests) - 1, final.stat().st_size, tuple(missing), bool(to))


@contextlib.contextmanager
def _scratch(prefix: str, place: Path) -> Iterator[Path]:
    """Yield a folder closed to others for what is not encrypted yet, gone afterwards.

    What a killed one left there goes first. Whoever works in one holds a lock on it, which ends with the process, on
    another machine that shares the place too; a folder without a mark may be one that is just being made.
    """
    for left in place.glob(f"{prefix}*"):
        with contextlib.suppress(OSError), open(left / ".held", "rb") as mark:
            if left.lstat().st_uid == os.geteuid() and not left.is_symlink():
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place) as made, open(Path(made) / ".held", "wb") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        yield Path(made)


def _ready(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BackupError(f"备份文件夹建不了 the folder cannot be made: {folder}: {error.strerror}") from error
    if not os.access(folder, os.W_OK):
        raise BackupError(f"备份文件夹写不进去 the folder cannot be written to: {folder}")


def _copy_database(target: Path) -> str:
    from django.db import connection

    if connection.vendor == "sqlite":
        place = Path(connection.settings_dict["NAME"])
        if not place.is_file():
            raise BackupError(f"这里没有城镇的数据库 there is no town's database here: {place}")
        with contextlib.closing(sqlite3.connect(place)) as source, contextlib.closing(sqlite3.connect(target)) as copy:
            try:
                # All pages in one step: in smaller ones it begins anew whenever somebody writes.
                source.backup(copy, pages=-1)
            except sqlite3.DatabaseError as error:
                if "full" in str(error):
                    raise BackupError(f"备份的磁盘满了 no room is left for a backup: {target.parent.parent}") from error
                raise BackupError(f"数据库读不了 the database cannot be read: {error}") from error
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
    environment = {**os.environ, "PGPASSWORD": str(options.get("PASSWORD") or "")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise BackupError(f"{Path(command[0]).name}: {done.stderr.strip()[-500:]}")


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
    query = "SELECT DISTINCT sha256 FROM records_attachment WHERE erased_at IS NULL"
    if database is not None:
        with contextlib.closing(sqlite3.connect(database)) as copy:
            return [digest for (digest,) in copy.execute(query)]
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        return [digest for (digest,) in cursor.fetchall()]


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


def _encrypt(plain: Path, sealed: Path, to: str) -> None:
    import pyrage

    try:
        recipient = pyrage.x25519.Recipient.from_str(to.strip())
    except pyrage.RecipientError as error:
        raise BackupError(f"收件公钥不对 not an age recipient (age1…): {error}") from error
    pyrage.encrypt_file(str(plain), str(sealed), [recipient])


def own_key_path() -> Path:
    """Return where the key lies that backups are encrypted to where no recipient is named.

    Not in the data folder: a disk that takes the town along must not take the key of its backups with it.
    """
    named = os.environ.get("WUXIAO_BACKUP_KEY_FILE")
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
            new = path.with_name(f".{path.name}-{os.getpid()}")
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
            # Two first backups at once have one key: whoever comes second takes what is there.
            with contextlib.suppress(FileExistsError):
                os.link(new, path)
            new.unlink()
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


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
    if place.is_file():
        return place
    found = sorted([*place.glob(f"{PREFIX}*.tar"), *place.glob(f"{PREFIX}*.tar.age")], key=lambda p: p.name)
    if not found:
        raise BackupError(f"这里没有备份 there is no backup here: {place}")
    return found[-1]


@contextlib.contextmanager
def opened(place: Path, *, identity: str = "") -> Iterator[tuple[Path, dict[str, Any]]]:
    """Unpack a backup into a scratch folder, check every digest of its paper, and yield folder and paper.

    Raises `BackupError` for a wrong key, a file cut short, a digest that does not fit. Nothing plain is left behind.
    """
    source = newest(place)
    with _scratch("wuxiao-restore-", Path(tempfile.gettempdir())) as work:
        tar = _decrypt(source, work, identity) if source.suffix == ".age" else source
        try:
            with tarfile.open(tar) as file:
                file.extractall(work / "town", filter="data")
        except (tarfile.TarError, EOFError, OSError) as error:
            raise BackupError(f"备份读不全 the backup cannot be read: {source.name}: {error}") from error
        town = work / "town"
        try:
            paper: dict[str, Any] = json.loads((town / PAPER).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BackupError(f"备份没有写完 the backup is not whole: {source.name}") from error
        for name, digest in paper["files"].items():
            path = town / name
            if digest and (not path.is_file() or _digest(path) != digest):
                raise BackupError(f"备份里的文件被改过或缺失 a file of the backup was changed or is missing: {name}")
        yield town, paper


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
    except pyrage.DecryptError as error:
        if own:
            raise BackupError(f"{named}（{own_key_path()} 解不开它 does not open it）") from error
        raise BackupError(f"解不开 cannot be decrypted: {source.name}: {error}") from error
    except (pyrage.IdentityError, OSError) as error:
        raise BackupError(f"解不开 cannot be decrypted: {source.name}: {error}") from error
    return plain


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def place_files(town: Path, paper: dict[str, Any], data: Path) -> None:
    """Put database and files of an unpacked backup into an empty data folder; raises `BackupError` if it is not empty.

    On PostgreSQL the database named by the settings must hold no table.
    """
    from wuxiao.desk.erasure import LIST

    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    there = [p.name for p in data.iterdir() if p.name not in {"static", "run", "secret-key", LIST}]
    if there:
        raise BackupError(
            f"数据文件夹不是空的，请换一个：{data}（{there[0]}…）/ the data folder is not empty: choose another"
        )
    if paper["database"] == "sqlite":
        shutil.copyfile(town / DATABASE, data / "wuxiao.sqlite3")
        os.chmod(data / "wuxiao.sqlite3", 0o600)
    for name in paper["files"]:
        if name.startswith("data/"):
            target = data / name.removeprefix("data/")
            if target.name == LIST and target.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copyfile(town / name, target)
            os.chmod(target, 0o600)


def place_dump(town: Path) -> None:
    """Load a PostgreSQL backup into the empty database of the settings; raises `BackupError`."""
    from django.db import connection

    if connection.introspection.table_names():
        raise BackupError(
            "数据库不是空的，请换一个空数据库 / the database is not empty: name an empty one in DATABASE_URL"
        )
    options = connection.settings_dict
    connection.close()
    command = [_program("pg_restore"), "--no-owner", "--no-privileges", "--exit-on-error", *_address(options)]
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
    from wuxiao.desk import erasure, matters, outbox
    from wuxiao.desk.actor import SYSTEM
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
