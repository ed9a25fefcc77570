"""Filling a town: `python -m bench.load 100000` in the environment of one measured town.

A few hundred matters are led through their lives by the desk itself; their rows are then multiplied with fresh words,
people, places, codes and numbers, week by week over three years, every chain sealed anew.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.load_shape import SHAPE

OPEN_SHARE = 0.04
BATCH = 4000
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d")
_DAY = re.compile(r'"(\d{4}-\d\d-\d\d)"')


@dataclass(slots=True)
class Pattern:
    """The rows of one matter as Python values, by table."""

    matter: dict[str, Any]
    tables: dict[str, list[dict[str, Any]]]


@dataclass(slots=True)
class Ready:
    """One pattern moved to one week: rows in the database's own form, with places for what changes."""

    rows: dict[str, list[list[Any]]] = field(default_factory=dict)
    bodies: list[tuple[str, ...]] = field(default_factory=list)
    more: str = ""
    received: datetime = datetime.min
    messages: list[tuple[str, str]] = field(default_factory=list)
    first_texts: str = ""


class Loader:
    """Multiplies patterns into the sink."""

    def __init__(self, town: Any, dice: random.Random) -> None:
        from bench.sinks import Lite
        from wuxiao.records import models
        from wuxiao.records.models import Address

        self.town, self.dice = town, dice
        self.models = {
            "matter": models.Matter,
            "entry": models.Entry,
            "words": models.Words,
            "access": models.Access,
            "order": models.WorkOrder,
            "signoff": models.SignOff,
            "callback": models.CallBack,
            "contact": models.Contact,
            "message": models.Message,
        }
        self.columns = {k: [f.attname for f in m._meta.concrete_fields] for k, m in self.models.items()}
        self.json = {
            k: {f.attname for f in m._meta.concrete_fields if f.get_internal_type() == "JSONField"}
            for k, m in self.models.items()
        }
        self.next = {k: (m.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
                     for k, m in self.models.items()}  # fmt: skip
        self.places: dict[str, list[tuple[int, str, float, float]]] = {}
        for row in Address.objects.values_list("division", "id", "full", "lat", "lon"):
            self.places.setdefault(row[0], []).append(row[1:])
        self.keywords = {c.code: c.keywords for c in town.book.categories.values()}
        self.leaf = 0
        self.taken: set[str] = set()
        self.waiting: dict[str, list[list[Any]]] = {k: [] for k in self.models}
        self.texts: list[tuple[int, str, list[str]]] = []
        self.made = 0
        self.sink: Any = None
        self._sink = Lite

    def patterns(self, ids: Sequence[int]) -> list[Pattern]:
        """Read the rows of matters."""
        found = []
        for pk in ids:
            rows = {
                k: list(m.objects.filter(**{"pk" if k == "matter" else "matter_id": pk}).order_by("pk").values())
                for k, m in self.models.items()
            }
            found.append(Pattern(rows.pop("matter")[0], rows))
        return found

    def ready(self, one: Pattern, weeks: int) -> Ready:
        """Move a pattern by whole weeks and bring it into the database's form."""
        from wuxiao.rules.codes import grouped

        shift = timedelta(weeks=weeks)
        made = Ready()

        def moved(value: Any) -> Any:
            return value + shift if isinstance(value, datetime) else value

        def moved_json(value: Any) -> Any:
            if value is None or not weeks:
                return value
            text = json.dumps(value, ensure_ascii=False)
            text = _MOMENT.sub(lambda m: (datetime.fromisoformat(m[0]) + shift).isoformat(), text)
            text = _DAY.sub(lambda m: f'"{date.fromisoformat(m[1]) + shift}"', text)
            return json.loads(text)

        value = self.sink.value
        for table, rows in {"matter": [one.matter], **one.tables}.items():
            out = []
            for row in rows:
                new = {c: moved_json(v) if c in self.json[table] else moved(v) for c, v in row.items()}
                if table == "entry":
                    # What an act sealed of its row holds for the life it came from, not for a copy with other words.
                    new["stand"] = None
                    made.bodies.append(self._body(new))
                    if new["turn"] == 1:
                        made.first_texts = value(new["texts"], True)
                if table == "message":
                    new["state"], new["next_at"], new["sent_at"] = "sent", None, new["created_at"]
                    new["text"] = (
                        new["text"]
                        .replace(one.matter["number"], "\x01")
                        .replace(one.matter["code"], "\x02")
                        .replace(grouped(one.matter["code"]), "\x03")
                    )
                    new["subject"] = new["subject"].replace(one.matter["number"], "\x01")
                    new["key"] = new["key"].split("-", 2)[2]
                out.append([value(new[c], c in self.json[table]) for c in self.columns[table]])
            made.rows[table] = out
        made.received = one.matter["received_at"] + shift
        said = [w["text"] for w in one.tables["words"] if w["turn"] > 1 and w["field"] in ("words", "reply")]
        made.more = "\n".join(said)
        return made

    @staticmethod
    def _body(entry: dict[str, Any]) -> tuple[str, ...]:
        body = {
            "matter": 10**17,
            "turn": entry["turn"],
            "verb": entry["verb"],
            "at": entry["at"].astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": entry["actor"],
            "staff": entry["staff_id"],
            "unit": entry["unit"],
            "seen": entry["seen"],
            "state": entry["state"],
            "facts": entry["facts"],
            "texts": entry["texts"] if entry["turn"] > 1 else {"words": "\x00"},
        }
        text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        head, tail = text.split(str(10**17))
        return (head, *tail.split("\\u0000"))

    def clone(self, one: Pattern, ready: Ready) -> None:
        """Add one more matter of a pattern."""
        from bench import grammar
        from wuxiao.desk.matters.matters import title_of
        from wuxiao.reading.tokens import fold, index_tokens
        from wuxiao.rules.calendar import SHANGHAI
        from wuxiao.rules.codes import grouped, new_code, new_number

        dice, value = self.dice, self.sink.value
        pk = self.next["matter"]
        self.next["matter"] += 1
        category = one.matter["category"] or one.matter["route_why"].get("guess", "")
        words = grammar.words(dice, dice.choice(self.keywords.get(category) or ("别的事情",)))
        code = new_code(dice.choice)
        on = ready.received.astimezone(SHANGHAI).date()
        number = new_number("WX", on, dice.choice)
        while number in self.taken:
            number = new_number("WX", on, dice.choice)
        self.taken.add(number)
        salt = f"{dice.getrandbits(128):032x}"
        sealed = hashlib.sha256(f"{salt}\n{words}".encode()).hexdigest()
        place = one.matter["place"]
        row = self._fresh("matter", ready, 0)
        at = self.at["matter"]
        row[at["id"]], row[at["code"]], row[at["number"]] = pk, code, number
        row[at["title"]] = value(title_of(words))
        if one.matter["address_id"] is not None:
            address, place, lat, lon = dice.choice(self.places[one.matter["division"]])
            row[at["address_id"]], row[at["place"]] = address, place
            row[at["lat"]], row[at["lon"]] = lat, lon
        seal = ""
        at = self.at["entry"]
        for n, body in enumerate(ready.bodies):
            text = f"{body[0]}{pk}{body[1]}" if n else f"{body[0]}{pk}{body[1]}{sealed}{body[2]}"
            seal = hashlib.sha256(f"{seal}\n{text}".encode()).hexdigest()
            entry = self._fresh("entry", ready, n, pk)
            entry[at["seal"]], entry[at["leaf"]] = seal, self.leaf
            if n == 0:
                entry[at["texts"]] = value({"words": sealed}, True)
            self.leaf += 1
        row[self.at["matter"]["head"]] = seal
        at = self.at["words"]
        for n in range(len(ready.rows["words"])):
            text_row = self._fresh("words", ready, n, pk)
            if n == 0:
                text_row[at["text"]], text_row[at["salt"]] = value(words), salt
        for table in ("access", "order", "signoff"):
            for n in range(len(ready.rows[table])):
                self._fresh(table, ready, n, pk)
        for n in range(len(ready.rows["callback"])):
            drawn = self._fresh("callback", ready, n, pk)
            drawn[self.at["callback"]["token"]] = f"{dice.getrandbits(144):036x}"
        for n in range(len(ready.rows["contact"])):
            at = self.at["contact"]
            contact = self._fresh("contact", ready, n, pk)
            from wuxiao.records.models import Contact
            from wuxiao.records.sealed import Sealed, keyring

            if one.tables["contact"][n]["name"]:
                contact[at["name"]] = grammar.person(dice)
            if one.tables["contact"][n]["phone"]:
                contact[at["phone"]] = grammar.phone(dice)
                contact[at["phone_mark"]] = keyring().marks(contact[at["phone"]])[0]
            # The rows were read open; they are written as the product would, sealed.
            for one_field in Contact._meta.concrete_fields:
                if isinstance(one_field, Sealed):
                    contact[at[one_field.column]] = keyring().seal(
                        str(contact[at[one_field.column]] or ""), one_field.place
                    )
        at = self.at["message"]
        for n in range(len(ready.rows["message"])):
            message = self._fresh("message", ready, n, pk)
            message[at["key"]] = f"{pk}-{pk}-{message[at['key']]}"
            message[at["subject"]] = message[at["subject"]].replace("\x01", number)
            message[at["text"]] = (
                message[at["text"]].replace("\x01", number).replace("\x02", code).replace("\x03", grouped(code))
            )
        folded = fold("\n".join((words, place, number, ready.more)))
        self.texts.append((pk, folded, list(dict.fromkeys(index_tokens(folded)))))
        self.made += 1
        if self.made % BATCH == 0:
            self.flush()

    def _fresh(self, table: str, ready: Ready, n: int, matter: int | None = None) -> list[Any]:
        row = ready.rows[table][n].copy()
        if matter is not None:
            at = self.at[table]
            row[at["id"]] = self.next[table]
            row[at["matter_id"]] = matter
            self.next[table] += 1
        self.waiting[table].append(row)
        return row

    def flush(self) -> None:
        """Hand what is waiting to the database."""
        for table, rows in self.waiting.items():
            if rows:
                self.sink.put(self.models[table]._meta.db_table, self.columns[table], rows)
                rows.clear()
        self.sink.text(self.texts)
        self.texts.clear()
        self.sink.pause()

    def run(self, closed: Sequence[Pattern], opened: Sequence[Pattern], size: int, weeks: int) -> None:
        """Multiply: closed lives week by week, then the open ones of these days."""
        self.sink = self._sink()
        self.at = {k: {c: n for n, c in enumerate(columns)} for k, columns in self.columns.items()}
        left = size - len(closed) - len(opened)
        many_open = max(0, int(size * OPEN_SHARE) - len(opened))
        many_closed = left - many_open
        closed = sorted(closed, key=lambda p: p.matter["received_at"])
        for week in range(weeks):
            todo = many_closed * (week + 1) // weeks - many_closed * week // weeks
            chosen = sorted(self.dice.choices(range(len(closed)), k=todo))
            last, ready = -1, Ready()
            for n in chosen:
                if n != last:
                    last, ready = n, self.ready(closed[n], week)
                self.clone(closed[n], ready)
            if week % 26 == 0:
                print(f"  week {week + 1} of {weeks}: {self.made:,} matters", file=sys.stderr, flush=True)
        readies = [self.ready(one, 0) for one in opened]
        for n in sorted(self.dice.choices(range(len(opened)), k=many_open)):
            self.clone(opened[n], readies[n])
        self.flush()
        print("  indexes and statistics", file=sys.stderr, flush=True)
        self.sink.finish()


def load(size: int, seed: int = 20261122) -> dict[str, Any]:
    """Fill the configured, empty database with `size` matters; returns what was done."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from bench import lives

    begun = time.monotonic()
    now = timezone.now()
    dice = random.Random(seed)
    if connection.vendor != "sqlite":
        raise SystemExit("A town is made on SQLite; bench.transfer brings it to PostgreSQL.")
    call_command("migrate", verbosity=0)
    connection.cursor().execute("PRAGMA synchronous=OFF")
    town, key = lives.settle(now, dice)
    weeks = 52 * lives.YEARS - 3
    first = lives.monday_of(now) - timedelta(weeks=weeks + 3)
    closed = lives.closed_lives(town, min(240, max(60, size // 100)), first, dice)
    opened = lives.open_lives(town, min(200, max(60, size // 200)), now, dice)
    led = time.monotonic()
    print(f"  {len(closed) + len(opened)} lives led in {led - begun:.0f} s", file=sys.stderr, flush=True)
    loader = Loader(town, dice)
    loader.run(loader.patterns(closed), loader.patterns(opened), size, weeks)
    done = {
        "size": size,
        "shape": SHAPE,
        "at": now.isoformat(),
        "key": key,
        "seconds": round(time.monotonic() - begun, 1),
        "rows": {k: n - 1 for k, n in loader.next.items()},
    }
    return done


if __name__ == "__main__":
    from django.conf import settings

    made = load(int(sys.argv[1]))
    Path(settings.DATA_DIR, "loaded.json").write_text(json.dumps(made, indent=1), encoding="utf-8")
    print(json.dumps(made))
