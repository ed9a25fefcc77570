"""A resident's receipt: the seal of the first entry of her matter, and the proof that it lies under a checkpoint.

Whoever holds it needs nothing of ours to check it: hashes, a signed note, and a few lines of arithmetic.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from wuxiao.desk.diary import checkpoints, notes
from wuxiao.desk.diary.notes import Key, Note, NoteError
from wuxiao.records.models import Entry
from wuxiao.rules.words import Text

#: The line above the proof in the text file.
HEAD = "—— 防改凭据 proof (RFC 9162) ——"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The seal of an entry and, once it is under a checkpoint, its place and the way up to the root."""

    seal: str
    leaf: int | None = None
    size: int = 0
    root: str = ""
    path: tuple[str, ...] = ()
    note: str = ""


def of_entry(entry: Entry) -> Receipt:
    """Return the receipt of an entry as it can be given now (at most three queries)."""
    found = checkpoints.inclusion(entry.leaf) if entry.leaf is not None else None
    if found is None:
        return Receipt(entry.seal, entry.leaf)
    return Receipt(entry.seal, entry.leaf, found.size, found.root, tuple(found.path), found.note)


def as_data(receipt: Receipt) -> dict[str, object]:
    """Return a receipt as plain data."""
    return {
        "seal": receipt.seal,
        "leaf": receipt.leaf,
        "size": receipt.size or None,
        "root": receipt.root or None,
        "path": list(receipt.path),
        "note": receipt.note,
    }


def as_lines(receipt: Receipt) -> list[str]:
    """Return a receipt as lines of a text file."""
    lines = [HEAD, f"seal {receipt.seal}"]
    if receipt.leaf is not None:
        lines.append(f"leaf {receipt.leaf}")
    if receipt.size:
        lines += [f"size {receipt.size}", f"root {receipt.root}", *(f"path {step}" for step in receipt.path)]
        if receipt.note:
            lines += ["note", *receipt.note.rstrip("\n").split("\n")]
    return lines


def read(text: str) -> Receipt:
    """Return the receipt in a saved `receipt.txt` or `data.json`; raises `NoteError`."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        if text.lstrip().startswith("{"):
            body = json.loads(text)
            raw = body.get("proof", body)
            return Receipt(
                str(raw["seal"]),
                raw.get("leaf"),
                int(raw.get("size") or 0),
                str(raw.get("root") or ""),
                tuple(raw.get("path") or ()),
                str(raw.get("note") or ""),
            )
        return _from_lines(text.split(HEAD, 1)[1].strip("\n").split("\n"))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise NoteError("there is no proof in it") from error


def _from_lines(lines: Sequence[str]) -> Receipt:
    given: dict[str, list[str]] = {}
    note = ""
    for n, line in enumerate(lines):
        if line == "note":
            note = "\n".join(lines[n + 1 :]).rstrip("\n") + "\n"
            break
        name, _, value = line.partition(" ")
        given.setdefault(name, []).append(value)
    return Receipt(
        given["seal"][0],
        int(given["leaf"][0]) if "leaf" in given else None,
        int(given["size"][0]) if "size" in given else 0,
        given.get("root", [""])[0],
        tuple(given.get("path", ())),
        note,
    )


@dataclass(slots=True)
class Checked:
    """What a receipt proves, and what it does not."""

    holds: bool = False
    proven: list[Text] = field(default_factory=list)
    open: list[Text] = field(default_factory=list)
    wrong: list[Text] = field(default_factory=list)


def check(receipt: Receipt, keys: Sequence[Key], saved: Sequence[Note] = ()) -> Checked:
    """Check a receipt by itself, its note with the public keys, and its checkpoint with those saved elsewhere.

    Nothing of the town's database is looked at.
    """
    found = Checked()
    if receipt.leaf is None or not receipt.size:
        found.open.append(
            Text(
                "这张回执还没有盖在检查点下，请过一小时再下载一次",
                "this receipt is under no checkpoint yet: download it again in an hour",
            )
        )
        return found
    try:
        root = checkpoints.follow(checkpoints.leaf_hash(receipt.seal), receipt.leaf, receipt.size, receipt.path)
    except ValueError:
        root = None
    if root is None or root != receipt.root:
        found.wrong.append(
            Text("封印和检查点对不上：回执或日志被改过", "the seal does not lead to the root: one of them was changed")
        )
    _note(found, receipt, keys)
    for note in saved:
        if note.size == receipt.size and note.root != receipt.root:
            found.wrong.append(
                Text(
                    f"和别处保存的检查点（{note.size}条）不一样：日志被重做过",
                    f"it differs from the checkpoint of {note.size} entries kept elsewhere: the log was made anew",
                )
            )
    if not found.wrong:
        found.holds = True
        found.proven.append(
            Text(
                f"这条记录在前{receipt.size}条之中，从那时起没有变过",
                f"this entry is among the first {receipt.size} and has not changed since",
            )
        )
        if not any(note.size == receipt.size for note in saved):
            found.open.append(
                Text(
                    "别人看到的是不是同一本日志：请和别处保存的检查点比一比",
                    "whether others were shown the same log: compare with a checkpoint kept elsewhere",
                )
            )
    return found


def _note(found: Checked, receipt: Receipt, keys: Sequence[Key]) -> None:
    if not receipt.note or not keys:
        found.open.append(Text("签名没有核对", "the signature was not checked"))
        return
    try:
        note = notes.parse_many(receipt.note)[0]
        by = notes.signed_by(note, keys)
    except (NoteError, IndexError):
        found.wrong.append(Text("检查点的签名不对", "the signature of the checkpoint is false"))
        return
    if note.size != receipt.size or note.root != receipt.root:
        found.wrong.append(Text("签过名的检查点是另一个", "the signed checkpoint is another one"))
    elif by is None:
        found.wrong.append(Text("检查点不是用这把公钥签的", "the checkpoint was not signed with this key"))
    else:
        found.proven.append(Text(f"检查点由{by.name}签名", f"the checkpoint was signed by {by.name}"))
