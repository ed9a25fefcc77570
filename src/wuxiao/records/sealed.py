"""Columns that say nothing without a key: AES-256-GCM under a key that lies outside the database.

Who reported is kept apart from what was reported, in columns of this kind. The keys are lines of a file (0600, made at
first need beside the secret key, or named by `WUXIAO_IDENTITY_KEY_FILE`), the first is the one in use; older ones stay
readable until `wuxiao identity rotate` has sealed everything anew. A value is `v1.<key id>.<base64 of nonce and
ciphertext>` and is bound to its table and column: moved to another column it does not open.

What must be found again by its value (a phone number) is kept as a *mark* beside it: HMAC-SHA-256 under a key derived
from the same file, so that equal numbers have equal marks and nobody without the key can try numbers.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.conf import settings
from django.db import connection, models

from wuxiao.records import kept

_HEAD = "v1."
_NONCE = 12


class SealError(Exception):
    """A sealed value that cannot be opened: its key is not there, or the value was changed or moved."""


class Keyring:
    """The keys of one file; what another process added is read when a value asks for a key that is not known."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.Lock()
        self.ids: list[str] = []
        self.boxes: dict[str, AESGCM] = {}
        self.marking: list[bytes] = []
        self.stamp: tuple[int, int] = (0, 0)
        self._read()

    def _read(self) -> None:
        try:
            lines = self.path.read_text(encoding="ascii").split()
        except FileNotFoundError:
            if self.ids:
                # In the middle of its work a town never begins with a new key: what was sealed would stay shut.
                raise SealError(f"the key file {self.path.name} is gone") from None
            lines = [_first_key(self.path)]
        self.stamp = self._stamp()
        keys = [base64.urlsafe_b64decode(line) for line in lines]
        if not keys or any(len(key) != 32 for key in keys):
            raise SealError(f"{self.path.name}: a line of 44 characters for each key of 32 bytes is wanted")
        ids = [_id(key) for key in keys]
        self.boxes = {one: AESGCM(key) for one, key in zip(ids, keys, strict=True)}
        self.marking = [hmac.new(key, b"wuxiao mark", hashlib.sha256).digest() for key in keys]
        self.ids = ids

    def _stamp(self) -> tuple[int, int]:
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            raise SealError(f"the key file {self.path.name} is gone") from None
        return found.st_ino, found.st_mtime_ns

    def again(self) -> None:
        """Read the file once more."""
        with self.lock:
            self._read()

    def seal(self, text: str, place: str) -> str:
        """Return a text sealed for one column; an empty text stays empty."""
        if not text:
            return ""
        if self._stamp() != self.stamp:
            # Another process is changing the keys: what is written from now on must be under the new one.
            self.again()
        one, nonce = self.ids[0], secrets.token_bytes(_NONCE)
        closed = self.boxes[one].encrypt(nonce, text.encode(), place.encode())
        return f"{_HEAD}{one}.{base64.urlsafe_b64encode(nonce + closed).decode()}"

    def open(self, value: str, place: str) -> str:
        """Return what is sealed; raises `SealError`."""
        if not value:
            return ""
        parts = value.split(".")
        if len(parts) != 3 or not value.startswith(_HEAD):
            raise SealError("this value is not sealed")
        if parts[1] not in self.boxes:
            self.again()
        box = self.boxes.get(parts[1])
        if box is None:
            raise SealError(f"the key {parts[1]} is not in {self.path.name}")
        whole = base64.urlsafe_b64decode(parts[2])
        try:
            return box.decrypt(whole[:_NONCE], whole[_NONCE:], place.encode()).decode()
        except InvalidTag:
            raise SealError("this value was changed, or belongs to another column") from None

    def marks(self, text: str) -> list[str]:
        """Return the marks of a text under every key, the one in use first; an empty text has an empty mark."""
        if not text:
            return [""]
        return [hmac.new(key, text.encode(), hashlib.sha256).hexdigest() for key in self.marking]


def _id(key: bytes) -> str:
    return hashlib.sha256(b"wuxiao key " + key).hexdigest()[:8]


def new_key() -> str:
    """Return a fresh key as a line of the key file."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _first_key(path: Path) -> str:
    # Written whole beside and linked into place: a process killed here leaves no empty file, and of two that start at
    # once one wins and both read the same key.
    path.parent.mkdir(parents=True, exist_ok=True)
    write_keys(path, [new_key()], only_new=True)
    return path.read_text(encoding="ascii").split()[0]


def write_keys(path: Path, lines: list[str], *, only_new: bool = False) -> None:
    """Put a key file in place at once, readable by its owner alone; with `only_new` an existing one stays."""
    kept.write(path, ("\n".join(lines) + "\n").encode("ascii"), only_new=only_new)


_rings: dict[str, Keyring] = {}


def sealed_columns() -> list[tuple[type[models.Model], list[str]]]:
    """Return every table that has sealed columns, with their names."""
    found = []
    for model in apps.get_app_config("records").get_models():
        names = [f.attname for f in model._meta.concrete_fields if isinstance(f, Sealed)]
        if names:
            found.append((model, names))
    return found


def anything_sealed() -> bool:
    """Whether any row holds a sealed value. May be asked of a town whose tables are not made yet, or are of old."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for model, names in sealed_columns():
            table = model._meta.db_table
            if table not in tables:
                continue
            there = {column.name for column in connection.introspection.get_table_description(cursor, table)}
            for name in there.intersection(names):
                cursor.execute(
                    f"SELECT 1 FROM {table} WHERE {connection.ops.quote_name(name)} LIKE %s LIMIT 1", [f"{_HEAD}%"]
                )
                if cursor.fetchone():
                    return True
    return False


def key_lost() -> bool:
    """Whether the key file is gone although the database holds what was sealed with it."""
    return not Path(settings.IDENTITY_KEY_FILE).exists() and anything_sealed()


def keyring() -> Keyring:
    """Return the keys of this installation, made at the first need.

    Raises `SealError` where the file is lost: with a new one nobody who reported could be reached any more, and what
    comes in meanwhile would need two keys.
    """
    path = str(settings.IDENTITY_KEY_FILE)
    ring = _rings.get(path)
    if ring is None:
        if key_lost():
            raise SealError(f"the key file {Path(path).name} is gone: put the old one back from the backup")
        ring = _rings[path] = Keyring(Path(path))
    return ring


def mark(text: str) -> str:
    """Return the mark under which a value is found again; "" for an empty one."""
    return keyring().marks(text)[0]


class Sealed:
    """What sealed columns have in common: sealed on the way to the database, opened on the way back.

    Such a column can only be asked whether it is empty.
    """

    if TYPE_CHECKING:
        model: type[models.Model]
        column: Any
        name: Any

    @property
    def place(self) -> str:
        """What the value is bound to: its table and column."""
        return f"{self.model._meta.db_table}.{self.column}"

    def get_internal_type(self) -> str:
        """Keep it apart from plain texts, so that writers know it must be turned."""
        return "SealedText"

    def db_type(self, connection: Any) -> str:
        """It lies in an ordinary text column."""
        return "text"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        """Open it."""
        return None if value is None else keyring().open(value, self.place)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Seal it."""
        if value is None or hasattr(value, "as_sql"):
            return value
        return keyring().seal(str(value), self.place)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Refuse to be searched by value: the same text is sealed differently each time. Its mark can be searched."""
        if value in (None, ""):
            return value
        raise SealError(f"{self.model._meta.label}.{self.name} is sealed; look for its mark")


class SealedText(Sealed, models.TextField):  # type: ignore[type-arg]
    """A text that is sealed."""


class SealedJSON(Sealed, models.JSONField):
    """A value of lists, mappings and plain values, sealed as a whole."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        """Open and read it."""
        text = super().from_db_value(value, expression, connection)
        return None if text is None else json.loads(text) if text else {}

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Let nothing be asked for but whether it is empty."""
        return super().get_db_prep_value("" if value == {} else value, connection, prepared)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Write and seal it; an empty mapping stays empty."""
        if value is None or hasattr(value, "as_sql"):
            return value
        return super().get_db_prep_save(json.dumps(value, ensure_ascii=False) if value else "", connection)
