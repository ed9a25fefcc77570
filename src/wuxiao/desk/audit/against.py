"""The diary against checkpoints somebody kept outside: the only thing an insider who rebuilds everything cannot fit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wuxiao.desk.diary import checkpoints, notes
from wuxiao.desk.diary.notes import Key, Note, NoteError
from wuxiao.records.models import Entry
from wuxiao.rules.words import Text


@dataclass(slots=True)
class Against:
    """What saved checkpoints say of the present log.

    `matched` of `saved` have the root of the log at their size; `newest` is the largest matched size; `after` counts
    the entries that no saved checkpoint covers.
    """

    saved: int = 0
    signed: int = 0
    matched: int = 0
    newest: int = 0
    size: int = 0
    after: int = 0
    breaks: list[Text] = field(default_factory=list)
    proven: list[Text] = field(default_factory=list)
    open: list[Text] = field(default_factory=list)


def read(text: str) -> list[Note]:
    """Return the checkpoints of a saved text: signed notes one after another, or the JSON of the public page.

    Raises `NoteError` for anything else, and for a text without any.
    """
    text = text.removeprefix("\ufeff")
    found = _json(text) if text.lstrip().startswith(("{", "[")) else notes.parse_many(text)
    if not found:
        raise NoteError("there is no checkpoint in it")
    return found


def _json(text: str) -> list[Note]:
    try:
        body = json.loads(text)
        rows = body["checkpoints"] if isinstance(body, dict) and "checkpoints" in body else body
        found = []
        for row in rows if isinstance(rows, list) else [rows]:
            if row.get("note"):
                found += notes.parse_many(row["note"])
                continue
            size, root = row["size"], row["root"]
            if not isinstance(size, int) or isinstance(size, bool) or size < 0 or len(bytes.fromhex(root)) != 32:
                raise NoteError("a checkpoint has a size and a root of 32 bytes")
            found.append(Note(size, root.lower()))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NoteError(f"not the JSON of checkpoints: {error}") from error
    return found


def roots_at(sizes: Iterable[int]) -> tuple[int, dict[int, str]]:
    """Return the size of the log, and its roots at some sizes, from the entries and nothing kept beside them."""
    wanted = set(sizes)
    tree = checkpoints.Tree()
    found = {0: tree.root()} if 0 in wanted else {}
    seals = Entry.objects.filter(leaf__isnull=False).order_by("leaf").values_list("leaf", "seal")
    for leaf, seal in seals.iterator(chunk_size=5000):
        if leaf != tree.size:
            break
        try:
            tree.append(checkpoints.leaf_hash(seal))
        except ValueError:
            break
        if tree.size in wanted:
            found[tree.size] = tree.root()
    return tree.size, found


def compare(saved: Sequence[Note], keys: Sequence[Key]) -> Against:
    """Compare saved checkpoints with the log as it is; `keys` are the public keys that may have signed them.

    A root that differs, a log shorter than what was saved, and a false signature are breaks. A saved checkpoint
    without a signature we know still counts, for it was the keeper who vouches for it; that it is unsigned is said.
    """
    found = Against(saved=len(saved))
    found.size, roots = roots_at(note.size for note in saved)
    unsigned = 0
    for note in saved:
        try:
            by = notes.signed_by(note, keys) if note.signatures else None
        except NoteError:
            found.breaks.append(
                Text(
                    f"保存的检查点（{note.size}条）签名不对：不是我们的密钥签的，或抄下来以后被改过",
                    f"the signature of the saved checkpoint of {note.size} entries is false:"
                    " it was not made with our key, or was changed since",
                )
            )
            continue
        found.signed += by is not None
        unsigned += by is None
        if note.size > found.size:
            found.breaks.append(
                Text(
                    f"日志变短了：保存的检查点有{note.size}条，现在只有{found.size}条",
                    f"the log has shrunk: the saved checkpoint covers {note.size} entries, there are {found.size} now",
                )
            )
        elif roots[note.size] != note.root:
            found.breaks.append(
                Text(
                    f"前{note.size}条和保存的检查点对不上：记录被改过、删过或重做过",
                    f"the first {note.size} entries do not fit the saved checkpoint:"
                    " entries were changed, removed or made anew",
                )
            )
        else:
            found.matched += 1
            found.newest = max(found.newest, note.size)
    found.after = Entry.objects.count() - found.newest
    _say(found, unsigned, keys)
    return found


def _say(found: Against, unsigned: int, keys: Sequence[Key]) -> None:
    if found.newest:
        found.proven.append(
            Text(
                f"前{found.newest}条记录从保存那时起一条没有改过、删过、插过；"
                "它们封住的事项内容（状态、期限、评价、签字、附件等）由上面的核对逐件比过",
                f"not one of the first {found.newest} entries was changed, removed or put in since it was saved;"
                " what they seal of the matters (states, dates, ratings, sign-offs, files)"
                " was compared row by row above",
            )
        )
    if found.after > 0:
        found.open.append(
            Text(
                f"最后{found.after}条记录没有外面的抄件，它们如果被重做，这里看不出来",
                f"the last {found.after} entries are under no outside copy:"
                " if they were made anew, it does not show here",
            )
        )
    if unsigned:
        found.open.append(
            Text(
                f"{unsigned}个保存的检查点没有可以核对的签名，只能相信保存的人",
                f"{unsigned} of the saved checkpoints bear no signature that can be checked:"
                " their keeper vouches for them",
            )
        )
    if not keys:
        found.open.append(Text("没有公钥，签名没有核对", "there is no public key, so no signature was checked"))
    found.open.append(
        Text(
            "进库以前就写错的、有权的人用正常步骤做错的，日志只记是谁做的，不判断对不对",
            "what was wrong when it was entered, or done wrongly by ordinary steps,"
            " is recorded with its name, not judged",
        )
    )
