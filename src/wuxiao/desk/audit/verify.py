"""Checking the whole diary: every seal, chain, text, file and row, every checkpoint, and the disk below them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Max

from wuxiao.desk.audit import entitled, registers, replay, series, slots
from wuxiao.desk.case import clocks, subject
from wuxiao.desk.diary import checkpoints, diary, notes, vouched
from wuxiao.desk.files import disk
from wuxiao.desk.town import books
from wuxiao.records.models import (
    Attachment,
    Beat,
    BookVersion,
    Case,
    Chain,
    Checkpoint,
    DocumentFile,
    Entry,
    Matter,
    ReleasedText,
    Row,
    Staff,
    Words,
)
from wuxiao.records.sealed import SealError
from wuxiao.rules.flow import State
from wuxiao.rules.words import Text

#: By whose texts an entry holds: the kind with which `retire` takes them away; all others go with `words`.
#: (The words of a call-back went with all words before they had a kind of their own.)
_KINDS = {
    "call_back": ("call_backs", "words"),
    **dict.fromkeys(("read", "print", "export"), ("reads",)),
}


@dataclass(frozen=True, slots=True)
class Break:
    """Where something does not verify: the matter's number (or `town`, `log`, `disk`), the turn, and what is wrong.

    `column` names the table and column where a row is not what the diary says.
    """

    where: str
    turn: int
    text: Text
    column: str = ""

    @property
    def what(self) -> str:
        """The English sentence."""
        return self.text.en


@dataclass(slots=True)
class Result:
    """What was checked and where it breaks; `uncovered` matters began before acts sealed what they changed,
    and of `unsealed` keys, platforms and second factors no more than their entry is known, not how they stood.
    `left_out` says what a copy without its keys or files does not let one compare."""

    matters: int = 0
    rows: int = 0
    entries: int = 0
    texts: int = 0
    files: int = 0
    checkpoints: int = 0
    uncovered: int = 0
    unsealed: int = 0
    breaks: list[Break] = field(default_factory=list)
    left_out: list[Text] = field(default_factory=list)

    def found(self, where: str, turn: int, zh: str, en: str, column: str = "") -> None:
        """Note a break."""
        self.breaks.append(Break(where, turn, Text(zh, en), column))


BATCH = 2000


def verify(report: Callable[[int], None] | None = None, *, at: datetime | None = None) -> Result:
    """Check everything and return what was checked, with every break; never writes, nor fails on a broken disk.

    With `at`, the present, the clocks of open matters are worked out anew too.
    """
    result = Result()
    for text in disk.database():
        result.found("disk", 0, text.zh, text.en)
    try:
        _diary(result, report, at)
    except (DatabaseError, SealError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        result.found(
            "disk",
            0,
            f"读到第{result.matters}件事项之后读不下去了：{said}",
            f"after matter {result.matters} the diary cannot be read on: {said}",
        )
    return result


def _diary(result: Result, report: Callable[[int], None] | None, moment: datetime | None) -> None:
    names: dict[int, set[str]] = {}
    without = _without(result)
    if moment is not None and Beat.objects.filter(doubted_at__isnull=False).exists():
        # What a clock ahead has put off looks like a hand's work until the clock is confirmed.
        zh, en = "系统时钟还没有确认：各件的时钟没有核对", "the clock is not confirmed yet: clocks were not compared"
        result.left_out.append(Text(zh, en))
        moment = None
    for rows in _cases():
        ids = [row[0] for row in rows]
        chains: dict[int, list[Entry]] = {pk: [] for pk in ids}
        for entry in Entry.objects.filter(matter_id__in=ids).order_by("matter_id", "turn"):
            assert entry.matter_id is not None
            chains[entry.matter_id].append(entry)
        texts: dict[int, dict[tuple[int, str], Words]] = {pk: {} for pk in ids}
        for words in Words.objects.filter(matter_id__in=ids):
            assert words.matter_id is not None
            texts[words.matter_id][(words.turn, words.field)] = words
        now = replay.present(ids)
        stored: dict[int, list[Attachment | DocumentFile]] = {pk: [] for pk in ids}
        for row in Attachment.objects.filter(matter_id__in=ids).order_by("id"):
            stored[row.matter_id].append(row)
        for paper in DocumentFile.objects.filter(matter_id__in=ids).order_by("id"):
            stored[paper.matter_id].append(paper)
        out = {row.matter_id: row for row in ReleasedText.objects.filter(matter_id__in=ids)}
        for pk, number, turn, head, life, parent in rows:
            result.matters += 1
            entries = chains[pk]
            _chain(result, number, entries, turn, head)
            _life(result, number, entries, life, parent)
            _texts(result, number, entries, texts[pk])
            if "files" not in without:
                _files(result, number, entries, stored[pk])
            result.uncovered += not replay.covered(entries)
            for at, column, text in replay.differences(entries, now[pk]):
                result.found(number, at, text.zh, text.en, column)
            _released(result, number, entries, out.get(pk))
            _names(names, entries)
        _access(result, ids)
        _clocks(result, ids, moment)
        if report:
            report(result.matters)
    _rows(result, names)
    town = list(Entry.objects.filter(matter__isnull=True, row__isnull=True).order_by("turn"))
    chain = Chain.objects.filter(name=diary.TOWN).first()
    _chain(result, diary.TOWN, town, chain.turn if chain else 0, chain.head if chain else "")
    _names(names, town)
    _people(result, names, town)
    for name, text in entitled.posts(town):
        result.found(f"staff:{name}", 0, text.zh, text.en, "posts")
    result.unsealed = vouched.unsealed(town)
    for at, table, text in vouched.of_town(town):
        result.found(diary.TOWN, at, text.zh, text.en, table)
    for where, at, text in () if "messages" in without else vouched.messages():
        result.found(where, at, text.zh, text.en, "messages")
    for where, text in slots.differences():
        result.found(where, 0, text.zh, text.en, "slot.taken")
    for number, text in (*series.faults(), *series.templates(), *series.of_rows()):
        result.found(number, 0, text.zh, text.en, "series")
    for where, text in (found for one in subject.every() for found in one.faults()):
        result.found(where, 0, text.zh, text.en, "subject")
    _strays(result)
    _checkpoints(result, signed="notes" not in without)


def _rows(result: Result, names: dict[int, set[str]]) -> None:
    """Every row of a register has a chain of its own and is what that says."""
    version = BookVersion.objects.order_by("effective_from", "id").last()
    for one in registers.held():
        result.rows += 1
        _chain(result, one.where, list(one.entries), one.row.turn, one.row.head)
        _texts(result, one.where, list(one.entries), dict(one.words))
        for column, text in registers.differences(one, books.of_version(version.pk).book) if version else ():
            result.found(one.where, one.row.turn, text.zh, text.en, f"row.{column}")
        _names(names, one.entries)


def _without(result: Result) -> frozenset[str]:
    """What is not beside a copy that is only looked at (`settings.LOOKING`); a town that works has all of it."""
    if not settings.LOOKING:
        return frozenset()
    missing = {
        "messages": (
            settings.SECRET_KEY_MADE,
            Text("没有 secret-key：等着发出的消息没有核对", "no secret-key: messages that wait were not compared"),
        ),
        "files": (
            not Path(settings.FILES_DIR).is_dir() and Attachment.objects.filter(erased_at=None).exists(),
            Text("没有 files 文件夹：附件没有核对", "no folder of files: attachments were not compared"),
        ),
        "notes": (
            not notes.key_path().exists(),
            Text("没有 log-key：检查点的签名没有核对", "no log-key: signatures of checkpoints were not compared"),
        ),
    }
    result.left_out += [text for gone, text in missing.values() if gone]
    return frozenset(name for name, (gone, _) in missing.items() if gone)


def _access(result: Result, ids: Sequence[int]) -> None:
    """Who sees a matter follows from its row; where the row itself was changed, that is told already."""
    told = {one.where for one in result.breaks}
    for number, text in entitled.access(ids):
        if number not in told:
            result.found(number, 0, text.zh, text.en, "access")


def _clocks(result: Result, ids: Sequence[int], at: datetime | None) -> None:
    """The date stands in the promise that was stored with its reasons; no clock was put off."""
    open_ones = Matter.objects.filter(pk__in=ids, closed_at__isnull=True).exclude(state=State.CLOSED.value)
    for matter in open_ones.order_by("pk"):
        try:
            fits = matter.due_at is None or clocks.why_of(matter).due == matter.due_at
        except (KeyError, ValueError, TypeError, AttributeError):
            fits = False
        if not fits:
            result.found(
                matter.number,
                0,
                "承诺的理由和期限对不上：有一样被改过",
                "the reasons of the promise do not lead to its date: one of them was changed",
                "matter.promise",
            )
        elif at is not None:
            _put_off(result, matter, clocks.latest_tick(matter, books.of_version(matter.book_id), at=at))
    # Over, but for a reporter who waits to hear whether hers is the same thing.
    waits = Matter.objects.filter(pk__in=ids, state=State.CLOSED.value, apart_asked_at__isnull=False)
    for matter in waits.filter(step_due_at__isnull=False).order_by("pk"):
        assert matter.step_due_at is not None
        _put_off(result, matter, matter.step_due_at)


def _put_off(result: Result, matter: Matter, latest: datetime) -> None:
    if matter.tick_at is None or matter.tick_at > latest:
        result.found(
            matter.number,
            0,
            f"时钟被拨后：最晚应在{latest:%Y-%m-%d %H:%M}看一次",
            f"its clock was put off: it should be looked at by {latest:%Y-%m-%d %H:%M}",
            "matter.tick_at",
        )


def _life(result: Result, where: str, entries: Sequence[Entry], life: str, parent: str | None) -> None:
    """The first entry of a case says which life it has and what it is a part of; one that says nothing is a matter."""
    said = entries[0].facts if entries else {}
    if said.get("life", Matter.ONLY["life"]) != life or said.get("parent") != parent:
        result.found(
            where,
            1,
            "它是哪一类、属于哪一件，被改过：和第一条记录不符",
            "what kind of case it is, or what it is a part of, was changed: the first entry says otherwise",
            "matter.life",
        )


def _cases() -> Iterator[list[tuple[int, str, int, str, str, str | None]]]:
    last = 0
    columns = ("pk", "number", "turn", "head", "life", "parent__number")
    while rows := list(Case.objects.filter(pk__gt=last).order_by("pk").values_list(*columns)[:BATCH]):
        yield rows
        last = rows[-1][0]


def _chain(result: Result, where: str, entries: list[Entry], turn: int, head: str) -> None:
    previous, expected = "", 0
    for entry in entries:
        expected += 1
        result.entries += 1
        if entry.turn != expected:
            result.found(
                where,
                expected,
                f"少了记录：应是第{expected}条，却是第{entry.turn}条",
                f"an entry is missing: turn {expected} was expected, {entry.turn} found",
            )
            expected = entry.turn
        if entry.seal != diary.seal_of(previous, entry):
            result.found(
                where,
                entry.turn,
                "印记对不上：这一条或之前的记录被改过",
                "the seal does not fit: the entry or one before it was changed",
            )
        previous = entry.seal
    if expected != turn or previous != head:
        result.found(
            where,
            turn,
            f"日志到第{expected}条为止，事项上写的是第{turn}条",
            f"the chain ends at turn {expected}, the matter says {turn}",
        )


def _erased_later(entries: Sequence[Entry], turn: int, kinds: Sequence[str], name: str = "") -> bool:
    """Whether a later entry says that data of one of these kinds was erased, or all of them, or the field `name`."""
    return any(
        e.turn > turn
        and (
            e.verb == "erase"
            or (e.verb == "retire" and e.facts.get("kind", kinds[0]) in kinds)
            or (e.verb == "change_row" and name in e.facts.get("erased", ()))
        )
        for e in entries
    )


def _texts(result: Result, where: str, entries: list[Entry], texts: dict[tuple[int, str], Words]) -> None:
    for entry in entries:
        for name, sealed in entry.texts.items():
            result.texts += 1
            words = texts.pop((entry.turn, name), None)
            if words is None:
                result.found(
                    where,
                    entry.turn,
                    f"文字“{name}”不见了，也没有删除记录",
                    f"the text “{name}” is gone without having been erased",
                )
            elif words.erased_at is None:
                if diary.words_hash(words.salt, words.text) != sealed:
                    result.found(where, entry.turn, f"文字“{name}”被改动", f"the text “{name}” was changed")
            elif words.text:
                result.found(
                    where,
                    entry.turn,
                    f"文字“{name}”标为已删除，却还有内容",
                    f"the text “{name}” is marked as erased and still says something",
                )
            elif not _erased_later(entries, entry.turn, _KINDS.get(entry.verb, ("words",)), name):
                result.found(
                    where,
                    entry.turn,
                    f"文字“{name}”被删除，日志里没有删除记录",
                    f"the text “{name}” was erased and no later entry says so",
                )
    for turn, name in texts:
        result.found(where, turn, f"文字“{name}”没有对应的记录", f"a text “{name}” stands that no entry sealed")


def _files(result: Result, where: str, entries: Sequence[Entry], rows: Sequence[Attachment | DocumentFile]) -> None:
    for row in rows:
        result.files += 1
        if row.erased_at is None:
            fault = disk.file_fault(row.sha256)
            if fault is not None:
                result.found(where, row.turn, fault.zh, fault.en, "files.sha256")
        elif not _erased_later(entries, row.turn - 1, ("files",)):
            result.found(
                where,
                row.turn,
                f"附件（{row.pk}号）被删除，日志里没有删除记录",
                f"a file (no. {row.pk}) was erased and no later entry says so",
                "files.erased_at",
            )


def _released(result: Result, where: str, entries: Sequence[Entry], row: ReleasedText | None) -> None:
    turn = max((e.turn for e in entries if e.verb == "release_words"), default=0)
    for at, text in vouched.released(row, entries, _erased_later(entries, turn, ("words",))):
        result.found(where, at, text.zh, text.en, "released")


def _names(names: dict[int, set[str]], entries: Sequence[Entry]) -> None:
    for entry in entries:
        if entry.staff_id is not None and entry.stand and (who := entry.stand.get("who")):
            names.setdefault(entry.staff_id, set()).add(who)


def _people(result: Result, names: Mapping[int, set[str]], town: Sequence[Entry]) -> None:
    """A person's name in the entries is the one their account has, unless an entry of the town says it was changed."""
    renamed = {(e.facts.get("name"), old) for e in town for old in e.facts.get("renamed", ())}
    accounts = {pk: (username, name) for pk, username, name in Staff.objects.values_list("pk", "username", "name")}
    for pk, known in sorted(names.items()):
        username, name = accounts.get(pk, ("", ""))
        for old in sorted(known - {name}):
            if (username, old) not in renamed:
                result.found(
                    f"staff:{username or pk}",
                    0,
                    f"工作人员的姓名（name）被改动：日志里是{old}，现在是{name or '—'}",
                    f"the name of a member of staff was changed: the diary says {old}, now it is {name or '—'}",
                    "staff.name",
                )


def _strays(result: Result) -> None:
    """Rows that point to a matter that is not there any more."""
    for model in (Entry, Words):
        gone = model.objects.filter(row_id__isnull=False).exclude(row_id__in=Row.objects.values("pk"))
        for pk, turn in gone.order_by("row_id").values_list("row_id", "turn")[:20]:
            result.found(
                f"row:{pk}",
                turn,
                f"登记册的一行（内部号{pk}）不见了，它的记录还在",
                f"the row of a register with id {pk} is gone, a record of it is still there",
            )
        lost = model.objects.filter(matter_id__isnull=False).exclude(matter_id__in=Case.objects.values("pk"))
        for pk, turn in lost.order_by("matter_id").values_list("matter_id", "turn")[:20]:
            result.found(
                f"id:{pk}",
                turn,
                f"事项（内部号{pk}）不见了，它的记录还在",
                f"the matter with id {pk} is gone, a record of it is still there",
            )


def _notes(result: Result, points: Sequence[Checkpoint]) -> None:
    """A note kept beside a checkpoint says the same, and is signed as it says."""
    try:
        keys = notes.keys()
    except (notes.NoteError, OSError):
        keys = []
    for point in points:
        if not point.note:
            continue
        try:
            (note,) = notes.parse_many(point.note)
            notes.signed_by(note, keys)
            same = (note.size, note.root) == (point.size, point.root)
        except ValueError:
            same = False
        if not same:
            result.found(
                "log",
                point.size,
                "检查点的签名凭据和检查点对不上，或不是我们的密钥签的",
                "the signed note of the checkpoint says something else, or was not signed with our key",
            )


def _checkpoints(result: Result, *, signed: bool) -> None:
    points = list(Checkpoint.objects.order_by("size"))
    if signed:
        _notes(result, points)
    wanted = {c.size: c.root for c in points}
    last = Entry.objects.aggregate(last=Max("leaf"))["last"]
    tree = checkpoints.Tree()
    seals = Entry.objects.filter(leaf__isnull=False).order_by("leaf").values_list("leaf", "seal")
    for leaf, seal in seals.iterator(chunk_size=5000):
        if leaf != tree.size:
            result.found("log", tree.size, f"总账缺第{tree.size}片", f"leaf {tree.size} is missing from the log")
            break
        tree.append(checkpoints.leaf_hash(seal))
        if tree.size in wanted:
            result.checkpoints += 1
            if tree.root() != wanted[tree.size]:
                result.found(
                    "log",
                    tree.size,
                    "和公布过的检查点对不上：总账被重新做过",
                    "the published checkpoint does not fit: the log was rebuilt",
                )
    for size in wanted:
        if last is None or size > last + 1:
            result.found("log", size, "检查点盖住的条数比现有的还多", "a checkpoint covers more leaves than there are")
