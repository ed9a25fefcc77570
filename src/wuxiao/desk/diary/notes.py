"""Signed notes (C2SP signed-note and tlog-checkpoint): a checkpoint that whoever keeps it can check without us.

A note is text, an empty line, and signature lines `— name base64(key hash, signature)`. The key lies in a file outside
the database, in the format that Go's note tools write: `PRIVATE+KEY+name+hash+base64(1, seed)`; what is published is
`name+hash+base64(1, public key)`. Further lines of the file may name public keys that signed before.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from wuxiao.records import kept

_ED25519 = b"\x01"
_PRIVATE = "PRIVATE+KEY+"
_DASH = "— "
_NAME = re.compile(r"[^\s+]{1,200}")


class NoteError(ValueError):
    """A key or a note that cannot be read."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key by its name; `seed` only where we hold the private one."""

    name: str
    public: bytes
    seed: bytes | None = None

    @property
    def hash(self) -> bytes:
        """The four bytes by which a signature names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def verifier(self) -> str:
        """Return the public key as it is published."""
        return f"{self.name}+{self.hash.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"

    def sign(self, text: str) -> str:
        """Return a text (ending with a line feed) as a signed note."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        assert self.seed is not None
        assert text.endswith("\n")
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{text}\n{_DASH}{self.name} {base64.b64encode(self.hash + signature).decode()}\n"


def _public_of(seed: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def read_key(line: str) -> Key:
    """Return a key from its line, private or public; raises `NoteError`."""
    private = line.startswith(_PRIVATE)
    # Base64 may hold a plus itself, so only the first two part the fields.
    parts = line.removeprefix(_PRIVATE).strip().split("+", 2)
    try:
        name, short, coded = parts
        raw = base64.b64decode(coded, validate=True)
        if not _NAME.fullmatch(name) or raw[:1] != _ED25519 or len(raw) != 33:
            raise NoteError(f"not an Ed25519 key: {name[:40]}")
    except (ValueError, binascii.Error) as error:
        raise NoteError("not a key of the form name+hash+base64") from error
    key = Key(name, _public_of(raw[1:]), raw[1:]) if private else Key(name, raw[1:])
    if key.hash.hex() != short.lower():
        raise NoteError(f"the hash of key {name[:40]} does not fit")
    return key


def key_path() -> Path:
    """Return where the signing key lies: `WUXIAO_LOG_KEY`, or `log-key` in the data folder."""
    return Path(os.environ.get("WUXIAO_LOG_KEY", "").strip() or Path(settings.DATA_DIR) / "log-key")


def make_key(name: str = "") -> Key:
    """Make a new key in a new file that only its owner may read; raises `FileExistsError`."""
    path, name = key_path(), name or _own_name()
    seed = secrets.token_bytes(32)
    key = Key(name, _public_of(seed), seed)
    line = f"{_PRIVATE}{name}+{key.hash.hex()}+{base64.b64encode(_ED25519 + seed).decode()}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not kept.write(path, line.encode(), only_new=True):
        raise FileExistsError(path)
    kept.write(public_path(), f"{key.verifier()}\n".encode())
    return key


def public_path() -> Path:
    """Return where the public key lies: beside the private one, as `.pub`."""
    path = key_path()
    return path.with_name(f"{path.name}.pub")


def published() -> str:
    """Return the public key as its file says it, or nothing; for pages, which need no private key for it."""
    try:
        return public_path().read_text().strip()
    except OSError:
        return ""


def _own_name() -> str:
    return (
        os.environ.get("WUXIAO_LOG_NAME", "").strip() or f"{urlsplit(settings.BASE_URL).hostname or 'localhost'}/wuxiao"
    )


def keys() -> list[Key]:
    """Return the keys of the key file, the signing one first; none if there is no file. Raises `NoteError`."""
    try:
        lines = key_path().read_text().splitlines()
    except FileNotFoundError:
        return []
    return [read_key(line) for line in lines if line.strip() and not line.startswith("#")]


def own_key() -> Key:
    """Return the key that signs, making one at the first need."""
    found = keys()
    if found:
        if found[0].seed is None:
            raise NoteError("the first line of the key file must be the private key")
        return found[0]
    try:
        return make_key()
    except FileExistsError:
        return keys()[0]


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint somebody kept: size and root (hex); `text` and `signatures` where it is a signed note."""

    size: int
    root: str
    origin: str = ""
    text: str = ""
    signatures: tuple[tuple[str, bytes], ...] = ()


def compose(size: int, root: str, at: datetime, key: Key) -> str:
    """Return the signed note of a checkpoint: origin, size, root in Base64, and the instant as an extension line."""
    coded = base64.b64encode(bytes.fromhex(root)).decode()
    return key.sign(f"{key.name}\n{size}\n{coded}\nat {at.isoformat()}\n")


def parse(lines: Sequence[str]) -> Note:
    """Return the note in some lines; raises `NoteError`."""
    try:
        gap = len(lines) - 1 - list(reversed(lines)).index("")
    except ValueError:
        raise NoteError("a note has an empty line before its signatures") from None
    head, tail = list(lines[:gap]), lines[gap + 1 :]
    if len(head) < 3 or not head[1].isdigit() or not head[1].isascii():
        raise NoteError("a checkpoint begins with origin, size and root")
    if len(head[1]) > 15 or (head[1] != "0" and head[1].startswith("0")):
        raise NoteError("the size of a checkpoint is a plain number")
    found: list[tuple[str, bytes]] = []
    try:
        root = base64.b64decode(head[2], validate=True)
        for line in tail:
            name, coded = line.removeprefix(_DASH).split(" ")
            found.append((name, base64.b64decode(coded, validate=True)))
    except ValueError as error:
        raise NoteError("root and signatures are Base64") from error
    if len(root) != 32:
        raise NoteError("a root has 32 bytes")
    return Note(int(head[1]), root.hex(), head[0], "\n".join(head) + "\n", tuple(found))


def parse_many(text: str) -> list[Note]:
    """Return all notes of a text, one after another; raises `NoteError` for what is none."""
    found: list[Note] = []
    lines: list[str] = []
    signed = False
    for raw in [*text.replace("\r\n", "\n").split("\n"), ""]:
        line = raw.rstrip("\r")
        if line.startswith(_DASH):
            lines.append(line)
            signed = True
            continue
        if signed:
            found.append(parse(lines))
            lines, signed = [], False
        if line or lines:
            lines.append(line)
    if any(lines):
        raise NoteError("the last note has no signature")
    return found


def signed_by(note: Note, known: Iterable[Key]) -> Key | None:
    """Return the known key that signed a note, or `None` if none of them did; raises `NoteError` for a false one.

    A signature that names a known key and does not fit is false, and so is one that only bears such a key's name;
    those of unknown keys are passed over, as the standard asks.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    by = {(key.name, key.hash): key for key in known}
    good: Key | None = None
    for name, raw in note.signatures:
        key = by.get((name, raw[:4]))
        if key is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(raw[4:], note.text.encode())
        except InvalidSignature:
            raise NoteError(f"the signature of {name} does not fit") from None
        good = good or key
    if good is None and {name for name, _ in note.signatures} & {key.name for key in by.values()}:
        raise NoteError("signed in the name of a known key, but with another")
    return good
