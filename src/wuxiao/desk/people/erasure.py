"""Erasing what belongs to a person: what each kind of personal data is, where it lies, and how it goes.

One register (`FATES`) says of every column that can hold a text what becomes of it when the kind it belongs to is
erased. A test walks the tables and refuses a column that nobody decided on. Erasing by the requester (`ALL_BUT_ANSWER`)
and the rule book's retention use the same erasers, so that one cannot promise what the other forgets.

Files are unlinked after the transaction that marks their rows erased; then the write-ahead log is emptied, for its
pages hold what was written before (`scrub`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from wuxiao.desk.base import filters, find
from wuxiao.desk.files import files
from wuxiao.desk.people import identity
from wuxiao.records.models import (
    Attachment,
    CallBack,
    Case,
    Entry,
    HotIssue,
    HotMatter,
    ImportRow,
    Matter,
    Message,
    Once,
    RedactionMark,
    ReleasedText,
    ReplyAdvice,
    SignOff,
    Suggestion,
    Words,
    WorkOrder,
)

#: Fields of `Words` that are the unit's own answer: they stay when a requester has their own data erased.
ANSWER = ("reply", "channel")
ANSWERING = ("answer", "uphold", "stand_down")
#: Verbs whose words belong to a call-back, and those that log a reading.
CALL_BACK_VERBS = ("call_back",)
READ_VERBS = ("read", "print", "export")


def _contact(matter: Matter, at: datetime) -> int:
    kept = identity.of(matter.pk, identity.Use.TELL)
    if kept is not None:
        filters.forget_person([kept.name, kept.phone, kept.email])
    Matter.objects.filter(pk=matter.pk).update(reads="")
    matter.reads = ""
    return identity.erase([matter.pk], at=at)


def _gone(rows: QuerySet[Words], at: datetime) -> int:
    return rows.filter(erased_at__isnull=True).update(text="", salt="", erased_at=at)


def _turns(matter: Matter, verbs: tuple[str, ...]) -> list[int]:
    return list(Entry.objects.filter(matter_id=matter.pk, verb__in=verbs).values_list("turn", flat=True))


def _own_words(matter: Matter, at: datetime) -> int:
    """Everything that was written about the matter but the unit's answer, the call-backs and the readers' purposes."""
    kept = _turns(matter, (*CALL_BACK_VERBS, *READ_VERBS))
    rows = Words.objects.filter(matter_id=matter.pk).exclude(turn__in=kept)
    said = rows.filter(erased_at__isnull=True, by_resident=True).values_list("text", flat=True)
    filters.forget_person(filters.details([*said, matter.title]))
    count = _gone(rows.exclude(field__in=ANSWER, turn__in=_turns(matter, ANSWERING)), at)
    title = matter.title
    matter.title = matter.salt = ""
    matter.items = [{**item, "text": ""} for item in matter.items]
    matter.promise = _without_reasons(matter.promise)
    matter.extension = _without_reasons(matter.extension)
    _no_place(matter)
    Matter.objects.filter(pk=matter.pk).update(
        **{name: getattr(matter, name) for name in ("title", "salt", "items", "promise", "extension", *_PLACE)}
    )
    WorkOrder.objects.filter(matter_id=matter.pk).update(task="", reason="")
    SignOff.objects.filter(matter_id=matter.pk).update(reason="", fault="")
    for row in Suggestion.objects.filter(matter_id=matter.pk):
        row.ranked = [[code, score, []] for code, score, *_ in row.ranked]
        row.save(update_fields=["ranked"])
    RedactionMark.objects.filter(matter_id=matter.pk).delete()
    ReleasedText.objects.filter(matter_id=matter.pk).delete()
    ReplyAdvice.objects.filter(matter_id=matter.pk).update(findings={})
    ImportRow.objects.filter(matter_id=matter.pk).update(cells={}, error="")
    Once.objects.filter(matter_id=matter.pk).update(answer={})
    _out_of_hot_issues(matter, title)
    find.forget(matter.pk, at=at)
    return count


_PLACE = ("place", "lat", "lon", "address")


def _no_place(matter: Matter) -> None:
    # The division stays, it is a town or a village; a door number and a point on the map are somebody's home.
    matter.place, matter.lat, matter.lon, matter.address = "", None, None, None


def _without_reasons(value: Any) -> Any:
    """A stored promise replays without the words of those who gave the reasons for its extensions."""
    if isinstance(value, dict):
        return {k: "" if k == "reason" and isinstance(v, str) else _without_reasons(v) for k, v in value.items()}
    return [_without_reasons(v) for v in value] if isinstance(value, list) else value


def _out_of_hot_issues(matter: Matter, title: str) -> None:
    for issue in HotIssue.objects.filter(members__matter_id=matter.pk):
        issue.words, issue.why, issue.place = [], {}, ""
        if issue.decided_at is None or (title and (title in issue.name or issue.name in title)):
            issue.name = "（内容已删除）"
        issue.save(update_fields=["words", "why", "place", "name"])
    HotMatter.objects.filter(matter_id=matter.pk).delete()


def _words(matter: Matter, at: datetime) -> int:
    answers = Words.objects.filter(matter_id=matter.pk, field__in=ANSWER)
    return _own_words(matter, at) + _gone(answers, at)


def _own_files(matter: Matter, at: datetime) -> int:
    return files.erase(matter, at=at)


def _files(matter: Matter, at: datetime) -> int:
    return files.erase(matter, at=at, everyone=True)


def _messages(matter: Matter, at: datetime) -> int:
    rows = Message.objects.filter(matter_id=matter.pk)
    keys = list(rows.values_list("key", flat=True))
    # What was not sent yet would be about a matter that is gone, to an address that is gone.
    rows.filter(next_at__isnull=False, way__in=["sms", "mail"]).update(state="dropped", next_at=None, lease="")
    # A notice to another platform still goes: it takes words and contact when it is sent, and there are none left.
    rows.filter(next_at__isnull=True).update(text="", subject="", address="", error="", provider_id="", seal="")
    transaction.on_commit(lambda: forget_sent(keys))
    return len(keys)


def _call_backs(matter: Matter, at: datetime) -> int:
    _gone(Words.objects.filter(matter_id=matter.pk, turn__in=_turns(matter, CALL_BACK_VERBS)), at)
    rows = CallBack.objects.filter(matter_id=matter.pk)
    # The months they were counted in are final; whose answer it was is nobody's business any more.
    return rows.update(contacted=None, solved=None, satisfied=None, caller=None)


def _reads(matter: Matter, at: datetime) -> int:
    return _gone(Words.objects.filter(matter_id=matter.pk, turn__in=_turns(matter, READ_VERBS)), at)


#: Erases one kind of a matter inside the caller's transaction; returns how much there was.
Eraser = Callable[[Matter, datetime], int]
#: By the kind of the rule book's `[retention]`.
ERASERS: Mapping[str, Eraser] = {
    "contact": _contact,
    "words": _words,
    "files": _files,
    "messages": _messages,
    "call_backs": _call_backs,
    "reads": _reads,
}
#: What a requester may have erased at once; the unit's answer stays, as the page says.
ALL_BUT_ANSWER: Mapping[str, Eraser] = {**ERASERS, "words": _own_words, "files": _own_files}

#: Column by column: the kind with which it is erased, or why it stays: it holds nothing about a person. Codes are those
#: of the rule book, marks and hashes are keyed, numbers are drawn.
#: those of a subject's own tables stand with them, as `FATES`.
FATES: Mapping[str, Mapping[str, str]] = {
    **{one.__name__: one.FATES for one in apps.get_app_config("records").get_models() if hasattr(one, "FATES")},
    "Case": {
        "life": "kept: a code",
        **dict.fromkeys(("title", "salt", "items", "place", "promise", "extension"), "words"),
        **dict.fromkeys(("code", "number", "external_id", "head"), "kept: numbers"),
        **dict.fromkeys(("kind", "category", "handling_class", "channel", "lang", "division"), "kept: codes"),
        **dict.fromkeys(("state", "outcome", "holder", "offered_to", "sender"), "kept: codes"),
        **dict.fromkeys(("supervisor_unit", "rated_by", "danger", "danger_perhaps"), "kept: codes"),
        "reads": "contact",
        "contact_ask": "kept: who asked and who agreed, no words",
        **dict.fromkeys(("about", "hidden_own", "hidden_units"), "kept: codes"),
        "route_why": "kept: a sentence of the rule book about units",
    },
    "Contact": dict.fromkeys(("name", "phone", "email", "phone_mark", "email_mark", "salt"), "contact"),
    "Words": {**dict.fromkeys(("text", "salt"), "words, call_backs, reads"), "field": "kept: a code"},
    "Attachment": {"name": "files", "kind": "kept: a content type", "sha256": "kept: of bytes that are gone"},
    "Message": {
        **dict.fromkeys(("text", "subject", "address", "error", "provider_id", "seal"), "messages"),
        **dict.fromkeys(("verb", "way", "lang", "key", "state", "lease"), "kept: codes and keys"),
    },
    "WorkOrder": {
        **dict.fromkeys(("task", "reason"), "words"),
        **dict.fromkeys(("unit", "role", "state", "sender", "way"), "kept: codes"),
    },
    # The hour of a case: when and where units sat together, or a leader received, is the town's own record.
    "Slot": {
        **dict.fromkeys(("kind", "unit", "state"), "kept: codes"),
        "place": "kept: a room of the town",
        "mark": "kept: drawn",
    },
    # Where and when somebody came is the office's record; what was promised there is words of the case.
    "Booking": dict.fromkeys(("kind", "state"), "kept: codes"),
    "Document": {
        **dict.fromkeys(("kind", "unit", "state"), "kept: codes"),
        **dict.fromkeys(("number", "code"), "kept: numbers"),
        **dict.fromkeys(("template", "digest"), "kept: digests; what they were made of is gone with the files"),
    },
    "RowPaper": {
        **dict.fromkeys(("kind", "unit", "state"), "kept: codes"),
        "code": "kept: a number",
        **dict.fromkeys(("template", "digest", "said"), "kept: digests; what they were made of is gone with the files"),
    },
    "RowPaperFile": {"kind": "kept: a content type", "sha256": "kept: of bytes that are gone"},
    "DocumentFile": {"kind": "kept: a content type", "sha256": "kept: of bytes that are gone"},
    "Task": dict.fromkeys(("code", "kind", "unit", "state"), "kept: codes and drawn numbers"),
    "SignOff": dict.fromkeys(("reason", "fault"), "words"),
    "CallBack": {"token": "kept: drawn", **dict.fromkeys(("state", "way"), "kept: codes")},
    "Suggestion": {"ranked": "words", **dict.fromkeys(("task", "source", "chosen"), "kept: codes")},
    "ReplyAdvice": {"findings": "words", "unit": "kept: a code"},
    "RedactionMark": {"kind": "words: the whole row goes"},
    "HotMatter": {},
    "HotIssue": {**dict.fromkeys(("name", "place", "words", "why"), "words"), "state": "kept: a code"},
    "Access": dict.fromkeys(("principal", "hidden", "queue"), "kept: codes"),
    "Entry": {
        "facts": "kept: sealed; never holds what a person wrote",
        "texts": "kept: salted hashes; the salt goes with the text",
        "stand": "kept: codes, instants, salted hashes, and the name of the member of staff who acted",
        **dict.fromkeys(("verb", "actor", "unit", "state", "seal"), "kept: codes and seals"),
    },
    "ImportRow": {**dict.fromkeys(("cells", "error"), "words"), **dict.fromkeys(("source", "key"), "kept: numbers")},
    "ReleasedText": dict.fromkeys(("words_hash", "marks"), "words: the whole row goes"),
    "SavedFilter": dict.fromkeys(("name", "query"), "contact, words: the whole row goes where it names the person"),
    "Once": {"answer": "words", **dict.fromkeys(("key", "digest"), "kept: for 14 days")},
}


def outbox_folder() -> Path:
    """Return where mails and text messages lie that were written to files instead of being sent."""
    return Path(settings.DATA_DIR) / "outbox"


def forget_sent(keys: list[str]) -> int:
    """Remove the files of messages by their keys; returns how many."""
    gone = 0
    for key in keys:
        for ending in ("sms", "eml"):
            with suppress(FileNotFoundError):
                (outbox_folder() / f"{key}.{ending}").unlink()
                gone += 1
    return gone


#: How long what was written to files instead of being sent may lie there; it holds numbers and codes.
KEEP_FILES = timedelta(days=1)


def forget_files(*, at: datetime) -> int:
    """Remove mails and text messages that were written to files more than a day ago; returns how many."""
    gone = 0
    if outbox_folder().is_dir():
        for entry in os.scandir(outbox_folder()):
            with suppress(FileNotFoundError):
                if entry.stat().st_mtime < (at - KEEP_FILES).timestamp():
                    os.unlink(entry.path)
                    gone += 1
    return gone


def words_of_case(case: Case, at: datetime) -> None:
    """Erase what was written in a case that is no matter: its words, its title and place; codes stay."""
    _gone(Words.objects.filter(matter_id=case.pk), at)
    case.title = case.salt = case.place = ""
    case.lat = case.lon = case.address = None
    case.save(update_fields=["title", "salt", *_PLACE])
    find.forget(case.pk, at=at)


def files_of_case(case: Case, at: datetime) -> None:
    """Erase the files of a case that is no matter, whoever brought them."""
    files.erase(case, at=at, everyone=True)


#: What is erased of such a case when its days are over, by the kind its entry names.
OF_A_CASE: Mapping[str, Callable[[Case, datetime], None]] = {"words": words_of_case, "files": files_of_case}


def run(matter: Matter, kinds: Mapping[str, Eraser], *, at: datetime) -> None:
    """Erase some kinds of one matter's personal data, inside the caller's transaction; `scrub` follows its commit."""
    for eraser in kinds.values():
        eraser(matter, at)
    transaction.on_commit(scrub)
    transaction.on_commit(lambda: note(matter.number, at=at))


#: Which matters a requester had erased, a line each, outside the database, so that a restored backup does not bring
#: them back; what the rule book lets expire expires there again by its date. No name and no word stands in it.
LIST = "erasures.jsonl"


def note(number: str, *, at: datetime) -> None:
    """Add a matter to the list of erasures; the line is on the disk when this returns."""
    line = json.dumps({"number": number, "at": at.isoformat()}) + "\n"
    with open(Path(settings.DATA_DIR) / LIST, "a", encoding="utf-8") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def noted(folder: Path) -> list[str]:
    """Return the numbers in a folder's list of erasures, each once."""
    try:
        lines = (folder / LIST).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return list(dict.fromkeys(numbers(lines)))


def numbers(lines: Iterable[str]) -> list[str]:
    """Return the numbers lines of such a list name; one cut by a power cut is passed over, the one behind it is not."""
    found = []
    for line in lines:
        with suppress(ValueError, KeyError, TypeError):
            found.append(str(json.loads(line[max(line.rfind("{"), 0) :])["number"]))
    return found


def scrub() -> bool:
    """Empty the write-ahead log (SQLite), whose pages hold what stood there before; returns whether it is empty.

    Erased values in the database file itself are overwritten (`secure_delete`), the search index is merged where SQLite
    cannot take words out of it (`find.settle`). A reader that is still on an old page
    keeps the log alive: the housekeeping asks again. PostgreSQL frees what was there by `VACUUM`, which is run on the
    tables that were touched; its own log is rotated by the server.
    """
    if connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            try:
                merged = find.settle()
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except OperationalError:
                return False
            busy = cursor.fetchone()[0]
            return merged and not busy
        for model in (Words, Matter, Message, WorkOrder, SignOff, CallBack, Attachment, ImportRow):
            cursor.execute(f"VACUUM {model._meta.db_table}")
        cursor.execute("VACUUM matter_text")
        cursor.execute(f"VACUUM {identity.Person._meta.db_table}")
    return True
