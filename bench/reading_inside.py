"""The whole path of reading once more inside the product: `python -m bench.reading_inside [--similar N]` prints JSON.

A temporary town takes in the segmented development messages as past decisions (near-copies of the raw ones left out),
its worker trains a model on them, a named person adopts it, then the raw messages arrive one by one as residents wrote
them: each is received, the page's suggestion is timed, and an operator classifies it with the true label. The figures
are read from the rows the product itself kept. With `--similar N` the index of likeness is filled with N messages;
`--only-similar` leaves the rest out, `--postgres` uses a PostgreSQL started for this run instead of SQLite.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CODES = {
    "城乡建设": "urban.inside.build",
    "劳动和社会保障": "urban.inside.labour",
    "教育文体": "urban.inside.edu",
    "商贸旅游": "urban.inside.trade",
    "环境保护": "urban.inside.env",
    "卫生计生": "urban.inside.health",
    "交通运输": "urban.inside.traffic",
}
#: The shipped tree's branches, for judging the category words before anything was learned.
BRANCHES = {
    "urban": "城乡建设", "housing": "城乡建设", "env": "环境保护", "traffic": "交通运输", "edu": "教育文体",
    "health": "卫生计生", "labour": "劳动和社会保障", "social": "劳动和社会保障", "market": "商贸旅游",
}  # fmt: skip
COPY = 0.3
BLANKS = re.compile(r"[\t ]+")


def rows(name: str, folder: Path) -> list[dict[str, str]]:
    """Read one of the public files; what is not valid UTF-8 in it is replaced."""
    with open(folder / name, encoding="utf-8-sig", errors="replace", newline="") as file:
        return list(csv.DictReader(file))


def book_text(folder: Path) -> str:
    """The shipped rule book with the seven labels as further categories, known by the names of the public tree."""
    from wuxiao.rules import book as rulebook

    text = (Path(rulebook.__file__).parent / "book.toml").read_text(encoding="utf-8")
    names: dict[str, list[str]] = {label: [] for label in CODES}
    for row in rows("label_tree.csv", folder):
        for name in (row["二级分类"], row["三级分类"]):
            if row["一级分类"] in names and 2 < len(name) < 12 and name not in names[row["一级分类"]]:
                names[row["一级分类"]].append(name)
    lines = ['"urban.inside" = { zh = "群众留言", en = "Messages" }']
    for label, code in CODES.items():
        words = json.dumps(names[label][:8], ensure_ascii=False)
        lines.append(f'"{code}" = {{ zh = "{label}", en = "{code.rpartition(chr(46))[2]}", keywords = {words} }}')
    head, mark, rest = text.partition('"urban.sanitation" =')
    return head + "\n".join(lines) + "\n" + mark + rest


def _past(segmented: list[tuple[str, str]], operator: Any) -> None:
    """Past decisions: matters and the operator's entries, in one stroke each (the chain of a thrown-away town)."""
    from wuxiao.desk.base.actor import SYSTEM
    from wuxiao.desk.matters import intake
    from wuxiao.desk.matters.matters import Report
    from wuxiao.records.models import Entry, ImportRow, Job, Matter

    start = datetime(2016, 1, 4, 1, 0, tzinfo=UTC)
    job = Job.objects.create(kind="bench", state="done", created_at=start, next_at=start)
    batch = [
        intake.Past(
            line=n,
            key=str(n),
            report=Report(words=text, category=CODES[label], channel="import"),
            received_at=start + timedelta(hours=n),
            closed_at=start + timedelta(hours=n + 100),
        )
        for n, (text, label) in enumerate(segmented)
    ]
    now = datetime(2017, 1, 1, tzinfo=UTC)
    for at in range(0, len(batch), 500):
        intake.take_in(job.pk, "segmented", batch[at : at + 500], by=SYSTEM, at=now)
    made = ImportRow.objects.filter(job=job, matter__isnull=False).values_list("matter_id", flat=True)
    Entry.objects.bulk_create(
        [
            Entry(matter_id=m.pk, turn=m.turn + 1, verb="classify", at=now, actor="staff", staff_id=operator.staff_id,
                  seen=True, facts={}, texts={}, seal="")
            for m in Matter.objects.filter(pk__in=list(made)).only("id", "turn")
        ],
        batch_size=2000,
    )  # fmt: skip


def _quantiles(took: Sequence[float]) -> dict[str, float]:
    ordered = sorted(took)
    at: Callable[[float], float] = lambda share: round(1000 * ordered[int(share * (len(ordered) - 1))], 2)  # noqa: E731
    return {"p50_ms": at(0.5), "p95_ms": at(0.95), "max_ms": at(1.0)}


def inside(folder: Path, at_most: int) -> dict[str, Any]:
    """Run the path and return its figures."""
    import numpy as np

    from wuxiao.desk.assist import models, suggest
    from wuxiao.desk.base import jobs
    from wuxiao.desk.base.actor import RESIDENT, SYSTEM, of_staff
    from wuxiao.desk.case.act import act
    from wuxiao.desk.doors.staff import Appointment, create
    from wuxiao.desk.look import suggestions
    from wuxiao.desk.matters import matters
    from wuxiao.desk.matters.matters import Report
    from wuxiao.desk.town import books
    from wuxiao.reading.classify import figures
    from wuxiao.reading.similar import SimilarIndex
    from wuxiao.records.models import Job, ReadingModel, Suggestion
    from wuxiao.rules.access import Role, Scope

    begin = datetime(2015, 1, 1, tzinfo=UTC)
    rules = books.adopt(book_text(folder), name="inside", effective_from=begin, by=SYSTEM, at=begin)
    people = {}
    for name, post in (
        ("operator", Appointment(Role.OPERATOR, "hotline")),
        ("chief", Appointment(Role.CHIEF, "gov", Scope.COUNTY)),
    ):
        person, _ = create(name, name, [post], by=SYSTEM, at=begin, encoded="unusable")
        people[name] = of_staff(person, rules.book)
    raw = [
        ("\n".join((r["留言主题"].strip(), BLANKS.sub("", r["留言详情"]).strip())), r["label"], r["留言时间"])
        for r in rows("messages_raw_dev.csv", folder)
    ]
    index = SimilarIndex()
    index.add_many((n, text) for n, (text, _, _) in enumerate(raw))
    segmented, copies = [], 0
    for r in rows("messages_segmented_dev.csv", folder):
        text = "".join(r["text"].split())
        near = index.search(text, 1)
        if near and near[0].score >= COPY:
            copies += 1
        elif text:
            segmented.append((text, r["label"]))
    raw = raw[:at_most]
    # The file is sorted by label; a town's weeks are not.
    random.Random(0).shuffle(segmented)
    _past(segmented, people["operator"])

    label_of = {code: label for label, code in CODES.items()}

    def branch(code: str) -> str:
        return label_of.get(code) or BRANCHES.get(code.split(".")[0], "")

    by_words = []
    for text, label, _ in raw:
        said = suggest.category(text, rules)
        by_words.append((branch(said.best), label))

    now = datetime(2017, 1, 1, tzinfo=UTC)
    started = time.perf_counter()
    models.ask_to_train("category", by=people["chief"], at=now)
    jobs.run_due(now=lambda: now)
    job = Job.objects.get(kind="train")
    if job.state != "done":
        raise SystemExit(job.error)
    trained = time.perf_counter() - started
    row = ReadingModel.objects.get()
    models.set_error(0.02, by=people["chief"], at=now)
    models.adopt(row.pk, by=people["chief"], at=now)

    took: list[float] = []
    for text, label, when in raw:
        day, clock = when.split(" ")
        moment = datetime(*(int(x) for x in day.split("/")), *(int(x) for x in clock.split(":")), tzinfo=UTC)  # type: ignore[arg-type,misc]
        matter = matters.receive(Report(words=text[: matters.MAX_WORDS]), by=RESIDENT, at=moment, quiet=True)
        clocked = time.perf_counter()
        suggest.suggest(text, rules, at=moment)
        took.append(time.perf_counter() - clocked)
        given = {"category": CODES[label], "handling_class": "request"}
        if matter.danger_open:
            act(matter.pk, "look", {"reason": "已看过"}, by=people["operator"], at=moment)
        act(matter.pk, "classify", given, by=people["operator"], at=moment)
    kept = list(
        Suggestion.objects.filter(task="category").order_by("id").values_list("ranked", "known", "chosen", "place")
    )
    truth = [chosen for _, _, chosen, _ in kept]
    said_codes = [ranked[0][0] if ranked else "" for ranked, _, _, _ in kept]
    chances = np.asarray([ranked[0][1] if ranked else 0.0 for ranked, _, _, _ in kept])
    whole = figures(truth, said_codes, chances)
    known = [(s, t) for (_, ok, t, _), s in zip(kept, said_codes, strict=True) if ok]
    counted = suggestions.report("category", at=datetime(2030, 1, 1, tzinfo=UTC), days=10_000)
    wrong_words = [(w.word, w.spoke, w.wrong) for w in counted.words[:8]]
    hit = sum(s == t for s, t in by_words)
    spoke = [(s, t) for s, t in by_words if s]
    return {
        "messages": len(kept),
        "learned_from": row.texts,
        "left_out_as_copies": copies,
        "trained_seconds": round(trained, 1),
        "judged_on_newest": {k: row.judged[k] for k in ("n", "old_right", "new_right", "better", "against")},
        "category_words_alone": {
            "right": round(hit / len(raw), 4),
            "spoke": round(len(spoke) / len(raw), 4),
            "right_when_spoke": round(sum(s == t for s, t in spoke) / max(1, len(spoke)), 4),
        },
        "model": {
            "macro_f1": whole["macro_f1"],
            "top1": whole["accuracy"],
            "top3": round(counted.total.three / counted.total.n, 4),
            "calibration_error": whole["calibration_error"],
            "share_at_98_percent_chosen_afterwards": whole["coverage"],
        },
        "with_accepted_error_2_percent": {
            "decided": round(len(known) / len(kept), 4),
            "right": round(sum(s == t for s, t in known) / max(1, len(known)), 4),
        },
        "words_that_mislead": wrong_words,
        "suggestion": _quantiles(took),
    }


def _one_matter(at: datetime) -> int:
    """A town of the shipped rule book with one matter to hang the generated texts on."""
    from wuxiao.desk.base.actor import RESIDENT, SYSTEM
    from wuxiao.desk.matters import matters
    from wuxiao.desk.matters.matters import Report
    from wuxiao.desk.town import books
    from wuxiao.rules import book as rulebook

    text = (Path(rulebook.__file__).parent / "book.toml").read_text(encoding="utf-8")
    books.adopt(text, name="inside", effective_from=datetime(2015, 1, 1, tzinfo=UTC), by=SYSTEM, at=at)
    return matters.receive(Report(words="路灯不亮"), by=RESIDENT, at=at, quiet=True).pk


def likeness(count: int) -> dict[str, Any]:
    """Fill the index with generated messages and time what a page pays, and what receiving pays (nothing)."""
    from wuxiao.desk.assist import similar
    from wuxiao.reading.measure import made_message
    from wuxiao.records.models import Matter, Words

    dice = random.Random(5)
    at = datetime(2021, 1, 1, tzinfo=UTC)
    some = Matter.objects.order_by("-id").values_list("id", flat=True).first() or _one_matter(at)
    turn = 10
    for start in range(0, count, 5000):
        part = [
            Words(matter_id=some, turn=turn + n, field="bench", text=made_message(dice), salt="")
            for n in range(start, min(count, start + 5000))
        ]
        Words.objects.bulk_create(part)
    # One matter cannot have many first words: the index is told to read the generated ones instead.
    plain = similar._rows
    similar._rows = lambda which: (  # type: ignore[assignment]
        Words.objects.filter(field="bench") if which == similar.MATTERS else plain(which)
    )
    started = time.perf_counter()
    similar.grow(at=at, at_once=True)
    built = time.perf_counter() - started
    similar.forget()
    reader = similar._readers[similar.MATTERS]
    questions = list(Words.objects.filter(field="bench").order_by("?").values_list("pk", "text")[:200])
    took, spent, found = [], [], 0
    with reader.lock:
        reader.fresh()
    for pk, text in questions:
        asked = text[: max(12, int(len(text) * 0.8))]
        clocked, worked = time.perf_counter(), time.process_time()
        with reader.lock:
            near = reader.fresh().search(asked, 40)
        took.append(time.perf_counter() - clocked)
        spent.append(time.process_time() - worked)
        found += any(n.key == pk for n in near[:10])
    size = sum(p.stat().st_size for p in similar.folder(similar.MATTERS).glob("*"))
    return {
        "texts": count,
        "built_seconds": round(built, 1),
        "megabytes": round(size / 1e6, 1),
        "question": _quantiles(took),
        "question_cpu": _quantiles(spent),
        "recall_at_10_of_a_shortened_copy": round(found / len(questions), 4),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run the bench in a temporary town and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the public data (default: $WUXIAO_DATA or ../shared/data)")
    parser.add_argument("--similar", type=int, default=0, metavar="N", help="also fill the index with N messages")
    parser.add_argument("--only-similar", action="store_true", help="likeness alone")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own")
    parser.add_argument("--messages", type=int, default=10_000, help="at most so many raw messages")
    args = parser.parse_args(argv)
    data = args.data or Path(os.environ.get("WUXIAO_DATA", ROOT.parent / "shared" / "data"))
    if not args.only_similar and not (data / "hotline").is_dir():
        print("needs the public data: name its folder with --data or WUXIAO_DATA", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="wuxiao-inside-") as folder:
        os.environ["WUXIAO_DATA_DIR"] = folder
        os.environ.pop("DATABASE_URL", None)
        if args.postgres:
            from tests.support import postgres

            os.environ["DATABASE_URL"] = postgres.start()
        os.environ["DJANGO_SETTINGS_MODULE"] = "wuxiao.site.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        figures: dict[str, Any] = {"database": "PostgreSQL" if args.postgres else "SQLite"}
        if not args.only_similar:
            figures["inside"] = inside(data / "hotline", args.messages)
        if args.similar:
            figures["similar"] = likeness(args.similar)
    print(json.dumps(figures, ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
