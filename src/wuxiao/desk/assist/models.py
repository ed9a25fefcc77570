"""Models learned from the town's own confirmed decisions: trained by the worker, adopted by a named person.

A model is a folder of arrays and a card under `DATA_DIR/models`, and a row. Older decisions teach it, the newest judge
it against what is in use; only a better one may be adopted, by a named person, with an entry in the town's diary. One
that served before can be taken back into use. With no model the category words serve.
"""

from __future__ import annotations

import secrets
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from django.conf import settings
from django.db import transaction
from numpy.typing import NDArray

from wuxiao.desk.base import fresh, jobs
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.diary import diary
from wuxiao.desk.town import books
from wuxiao.reading import guess, redact
from wuxiao.reading.classify import Challenge, Classifier, by_time, card_text, challenge
from wuxiao.reading.guess import CategoryWords
from wuxiao.records.models import Entry, Job, Matter, ReadingModel, ReadingSetting, Words
from wuxiao.rules.access import Power
from wuxiao.rules.words import Text

#: What a model may decide on, and the column of the matter that holds the confirmed answer.
TASKS: dict[str, str] = {"category": "category", "handling_class": "handling_class"}
TASK_NAMES: dict[str, Text] = {
    "category": Text("事项分类", "category"),
    "handling_class": Text("办理类别", "handling class"),
    "unit": Text("承办单位", "handling unit"),
}
#: Everything a model may be learned for; the last two answer in modules of their own (`desk.merges`, `desk.personal`).
LEARNED: dict[str, Text] = {
    **{task: TASK_NAMES[task] for task in TASKS},
    "duplicate": Text("是否重复", "duplicate or not"),
    "personal": Text("姓名和地址", "names and addresses"),
}
#: Fewer confirmed decisions than this teach nothing worth judging.
LEAST = 200
LEAST_NEW = 30
NEWEST = 0.2
#: Decisions older than the newest so many say more about the past than about today.
MOST = 60_000
ERROR = "accepted_error"
DEFAULT_ERROR = 0.05


@dataclass(slots=True)
class _Seen:
    watch: fresh.Watch = field(default_factory=fresh.Watch)
    rows: dict[str, tuple[int, str]] | None = None
    error: float = DEFAULT_ERROR


_seen = _Seen()
_loaded: dict[int, Classifier] = {}
_lock = threading.Lock()
_learners: dict[str, Callable[..., ReadingModel]] = {}
_Learner = TypeVar("_Learner", bound=Callable[..., ReadingModel])


def learns(task: str) -> Callable[[_Learner], _Learner]:
    """Register how a model for a task is trained (`at=` in, the row out); the worker calls it."""

    def register(learner: _Learner) -> _Learner:
        _learners[task] = learner
        return learner

    return register


def serving(task: str) -> tuple[int, Path] | None:
    """Return number and folder of the model that a named person put into use for a task, or `None`."""
    found = _look().get(task)
    return (found[0], folder() / found[1]) if found is not None else None


def folder() -> Path:
    """Return where the models lie."""
    return Path(settings.DATA_DIR) / "models"


def forget() -> None:
    """Forget which models are in use; the next question reads the table again."""
    fresh.forget()


def accepted_error() -> float:
    """Return the share of wrong suggestions that the town accepts; below its threshold a model says "I do not know"."""
    _look()
    return _seen.error


def _look() -> dict[str, tuple[int, str]]:
    mark = _seen.watch.changed()
    if _seen.rows is None or mark is not None:
        rows = {
            task: (pk, name)
            for task, pk, name in ReadingModel.objects.filter(state="in_use").values_list("task", "id", "folder")
        }
        error = ReadingSetting.objects.filter(name=ERROR).values_list("value", flat=True).first()
        with _lock:
            _seen.rows, _seen.error = rows, DEFAULT_ERROR if error is None else error
            if mark is not None:
                _seen.watch.keep(mark)
    assert _seen.rows is not None
    return _seen.rows


def in_use(task: str) -> tuple[int, Classifier] | None:
    """Return number and model that serve a task, or `None`: then the category words serve.

    A model whose files are gone or of another version is as if there were none: reading must never stop a call.
    """
    found = _look().get(task)
    if found is None:
        return None
    pk, name = found
    try:
        model = load(pk, name)
    except (OSError, ValueError):
        return None
    if model.error != _seen.error:
        model.accept(_seen.error)
    return pk, model


def load(pk: int, name: str) -> Classifier:
    """Return a trained model, read once per process; raises `OSError` or `ValueError` when its files do not serve."""
    with _lock:
        if pk not in _loaded:
            if len(_loaded) >= 6:
                _loaded.pop(next(iter(_loaded)))
            _loaded[pk] = Classifier.load(folder() / name)
        return _loaded[pk]


# ---------------------------------------------------------------------------------------------------------- learning

_NUMBERS = ("phone", "plate", "id_number", "bank_card", "email", "qq", "wechat")


def bare(text: str) -> str:
    """Return a text with persons' numbers blanked, its length kept: no subject, nothing to learn."""
    out = text
    for mark in redact.find(text, classes=_NUMBERS):
        out = out[: mark.start] + " " * (mark.end - mark.start) + out[mark.end :]
    return out


@dataclass(frozen=True, slots=True)
class Decisions:
    """Messages with the answers that named persons confirmed, in the order of receipt."""

    texts: list[str]
    answers: list[str]
    moments: list[datetime]


def decisions(task: str) -> Decisions:
    """Return what members of staff confirmed on the newest 60,000 matters they classified; erased ones are left out."""
    column = TASKS[task]
    confirmed = Entry.objects.filter(verb="classify", actor="staff").values("matter_id")
    rows = list(
        Matter.objects.filter(pk__in=confirmed)
        # What is hidden from somebody teaches nobody: the words a model learned are shown to every desk.
        .filter(hidden_units="", shielded=False)
        .exclude(**{column: ""})
        .order_by("-received_at", "-id")
        .values_list("id", column, "received_at")[:MOST]
    )
    rows.reverse()
    texts: dict[int, str] = {}
    ids = [pk for pk, _, _ in rows]
    for start in range(0, len(ids), 5000):
        texts |= dict(
            Words.objects.filter(
                matter_id__in=ids[start : start + 5000], turn=1, field="words", erased_at__isnull=True
            ).values_list("matter_id", "text")
        )
    kept = [(bare(texts[pk]), str(answer), at) for pk, answer, at in rows if texts.get(pk, "").strip()]
    return Decisions([t for t, _, _ in kept], [a for _, a, _ in kept], [at for _, _, at in kept])


class _Rival:
    """The category words in the shape of a model, so that the first model too must beat what is in use."""

    def __init__(self, task: str, rules: books.Rules) -> None:
        self.task = task
        self.words = tuple(
            CategoryWords(c.code, c.kind, c.name.zh, c.name.en, c.keywords)
            for c in rules.book.categories.values()
            if c.leaf
        )
        codes = rules.book.categories if task == "category" else rules.book.classes
        self.labels = [*codes, ""]

    def chances(self, texts: Sequence[str]) -> NDArray[np.float64]:
        table = np.zeros((len(texts), len(self.labels)))
        at = {label: n for n, label in enumerate(self.labels)}
        for row, text in enumerate(texts):
            if self.task == "category":
                found = guess.guess(text, self.words, limit=1)
                said = found[0].code if found else ""
            else:
                said = guess.handling(text).code
            table[row, at.get(said, len(self.labels) - 1)] = 1.0
        return table


def ask_to_train(task: str, *, by: Actor, at: datetime) -> Job:
    """Queue the training of a model for a task; raises `Refused` without the power or while one is being trained."""
    _needs_power(by)
    if task not in LEARNED:
        raise NotFound
    if Job.objects.filter(kind="train", state__in=["queued", "running"], payload__task=task).exists():
        raise Refused(Text("正在训练，请稍后再看。", "A model is being trained; look again later."), "training")
    return jobs.add("train", {"task": task}, at=at, staff_id=by.staff_id)


@jobs.handles("train")
def _train_job(job: Job, report: jobs.Report) -> dict[str, Any]:
    report(0, 1)
    task = job.payload["task"]
    row = _learners[task](at=job.created_at) if task in _learners else train(task, at=job.created_at)
    report(1, 1)
    return {"model": row.pk, "better": row.better}


def train(task: str, *, at: datetime) -> ReadingModel:
    """Learn from the older decisions, judge on the newest against what is in use, and keep the model for a person.

    Raises `Invalid` when there is too little to learn from or to judge by.
    """
    made = decisions(task)
    older, newest = by_time(made.moments, NEWEST) if made.moments else ([], [])
    now = ReadingModel.objects.filter(task=task, state="in_use").first()
    if now is not None:
        # The one in use must not be judged on what it has learned.
        newest = [n for n in newest if made.moments[n] > now.learned_to]
    if len(older) + len(newest) < LEAST or len(newest) < LEAST_NEW or len({made.answers[n] for n in older}) < 2:
        zh = (
            f"已核定的事项不够：至少要{LEAST}件，其中最近要有{LEAST_NEW}件没有用来训练；"
            f"现在有{len(made.texts)}件，最近{len(newest)}件。"
        )
        en = (
            f"Too few confirmed decisions: at least {LEAST} are needed, {LEAST_NEW} of them new; "
            f"there are {len(made.texts)}, {len(newest)} of them new."
        )
        raise Invalid({"task": Text(zh, en)})
    source = f"confirmed decisions, {made.moments[older[0]]:%Y-%m-%d} to {made.moments[older[-1]]:%Y-%m-%d}"
    try:
        model = Classifier.train(
            [made.texts[n] for n in older], [made.answers[n] for n in older], made_at=at, source=source
        )
    except ValueError as error:
        zh = "这些事项彼此太像或答案太少，学不出可以检验的模型，请等有更多不同的事项"
        raise Invalid({"task": Text(zh, f"These matters teach nothing that could be judged: {error}")}) from None
    found = in_use(task) if now is not None else None
    old = found[1] if found is not None else cast(Classifier, _Rival(task, books.current(at)))
    told = challenge(old, model, [made.texts[n] for n in newest], [made.answers[n] for n in newest], least=LEAST_NEW)
    return keep(
        task,
        model.save,
        at=at,
        learned=[made.moments[n] for n in older],
        judged_to=made.moments[newest[-1]],
        card={"text": card_text(model), "held_out": cast(dict[str, Any], model.card["held_out"])},
        told=told,
        against="model" if found is not None else "words",
    )


def keep(
    task: str,
    save: Callable[[Path], None],
    *,
    at: datetime,
    learned: Sequence[datetime],
    judged_to: datetime,
    card: dict[str, Any],
    told: Challenge,
    against: str,
) -> ReadingModel:
    """Keep a trained model for a person to decide on: `save` writes its files into a new folder that holds a
    `model.json`; `learned` are the moments of what it learned from, in order; `against` says what it was judged
    against (`model`, `words` or `rule`)."""
    name = f"{task}-{at:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    save(folder() / name)
    try:
        return ReadingModel.objects.create(
            task=task,
            state="waiting",
            folder=name,
            made_at=at,
            learned_from=learned[0],
            learned_to=learned[-1],
            judged_to=judged_to,
            texts=len(learned),
            card=card,
            judged=_judged(told, against),
            better=told.better,
        )
    except BaseException:
        shutil.rmtree(folder() / name, ignore_errors=True)
        raise


def _judged(told: Challenge, against: str) -> dict[str, Any]:
    figures = asdict(told)
    figures["why"] = {"zh": told.why.zh, "en": told.why.en}
    figures["against"] = against
    return figures


# ---------------------------------------------------------------------------------------------------------- deciding


def _needs_power(by: Actor) -> None:
    if by.kind != "staff" or by.viewer is None or Power.SUPERVISION not in by.viewer.powers:
        raise Refused(
            Text(
                "只有值班长、督查员和县领导可以决定建议怎么给。",
                "Only shift leads, supervision officers and county leaders decide this.",
            ),
            "post",
        )


def adopt(model_id: int, *, by: Actor, at: datetime) -> ReadingModel:
    """Put a model into use: a waiting one only if it was better on the newest weeks, or one that served before.

    Raises `Refused` if it is not better or was refused, `NotFound` if its files are gone.
    """
    _needs_power(by)
    with transaction.atomic():
        row = ReadingModel.objects.select_for_update().filter(pk=model_id).first()
        if row is None or not (folder() / row.folder / "model.json").exists():
            raise NotFound(Text("没有这个模型，或它的文件已不在。", "There is no such model, or its files are gone."))
        if row.state == "in_use":
            return row
        if row.state == "refused" or (row.state == "waiting" and not row.better):
            raise Refused(
                Text(
                    "在最近几周的事项上没有明显更好，不能启用。",
                    "It was not clearly better on the newest weeks and cannot be used.",
                ),
                "not_better",
            )
        back = row.state == "retired"
        ReadingModel.objects.filter(task=row.task, state="in_use").update(state="retired")
        row.state, row.decided_at, row.decided_by_id = "in_use", at, by.staff_id
        row.save(update_fields=["state", "decided_at", "decided_by"])
        _tell(row, "taken_back" if back else "adopted", by=by, at=at)
    forget()
    return row


def refuse(model_id: int, *, by: Actor, at: datetime) -> ReadingModel:
    """Decide against a waiting model; its figures stay, its files go."""
    _needs_power(by)
    with transaction.atomic():
        row = ReadingModel.objects.select_for_update().filter(pk=model_id, state="waiting").first()
        if row is None:
            raise NotFound
        row.state, row.decided_at, row.decided_by_id = "refused", at, by.staff_id
        row.save(update_fields=["state", "decided_at", "decided_by"])
        _tell(row, "refused", by=by, at=at)
    shutil.rmtree(folder() / row.folder, ignore_errors=True)
    return row


def stop(task: str, *, by: Actor, at: datetime) -> None:
    """Take the model of a task out of use, so that the category words serve again."""
    _needs_power(by)
    with transaction.atomic():
        row = ReadingModel.objects.select_for_update().filter(task=task, state="in_use").first()
        if row is None:
            raise NotFound
        row.state = "retired"
        row.save(update_fields=["state"])
        _tell(row, "stopped", by=by, at=at)
    forget()


def _tell(row: ReadingModel, choice: str, *, by: Actor, at: datetime) -> None:
    facts = {"who": by.name, "model": row.pk, "task": row.task, "choice": choice}
    diary.write_town("reading_model", by=by, at=at, facts=facts)


def set_error(error: float, *, by: Actor, at: datetime) -> None:
    """Set the share of wrong suggestions the town accepts (0.001 to 0.5); raises `Invalid` outside."""
    _needs_power(by)
    if not 0.001 <= error <= 0.5:
        raise Invalid({"error": Text("应在0.1%到50%之间", "must be from 0.1 % to 50 %")})
    with transaction.atomic():
        ReadingSetting.objects.update_or_create(
            name=ERROR, defaults={"value": error, "set_at": at, "set_by_id": by.staff_id}
        )
        diary.write_town(
            "reading_error", by=by, at=at, facts={"who": by.name, "error": f"{error:.1%}", "value": str(error)}
        )
    forget()
