"""Measuring one town: `python -m bench.measure` in its environment; prints JSON."""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.browser import Answer, Browser
from bench.clockwork import calibrate, timed
from bench.record import Bare, Script, recorded

PASSWORD = "measured-Town-2026"
#: Tables that a create or an act writes, children first.
WRITTEN = (
    "records_once", "records_message", "records_callback", "records_signoff", "records_workorder", "records_access",
    "records_contact", "records_words", "records_entry", "records_matter",
)  # fmt: skip

Job = tuple[Browser, Callable[[], dict[str, Any]], int]


class Town:
    """The measured town from within: its application, its people, some of its matters."""

    def __init__(self, reps: int) -> None:
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.core.wsgi import get_wsgi_application
        from django.db import connection

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        self.application = get_wsgi_application()
        self.reps = reps
        self.dice = random.Random(7)
        self.connection = connection
        self.sqlite = connection.vendor == "sqlite"
        loaded = json.loads(Path(settings.DATA_DIR, "loaded.json").read_text())
        self.key, self.asked = loaded["key"], loaded["size"]
        self._address = 0
        self._signed_in: dict[str, Browser] = {}
        self.pages: dict[str, dict[str, Any]] = {}

    # ---------------------------------------------------------------------------------------------------- helpers

    def stranger(self) -> Browser:
        """A visitor from a network address of their own, so that no throttle meets them."""
        self._address += 1
        n = self._address
        return Browser(self.application, f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}")

    def signed_in(self, username: str) -> Browser:
        """A member of staff who signed in, once: a second password would end the first session."""
        if username in self._signed_in:
            return self._signed_in[username]
        from wuxiao.records.models import Staff

        person = Staff.objects.get(username=username)
        person.set_password(PASSWORD)
        person.must_change_password = False
        person.save()
        browser = Browser(self.application)
        fields = browser.get("/staff/sign-in").fields
        answer = browser.post("/staff/sign-in", {**fields, "username": username, "password": PASSWORD})
        assert answer.status == 302, answer.body.decode()[-2000:]
        self._signed_in[username] = browser
        return browser

    def settle(self) -> None:
        """Do what the worker of a living town has done: the index of likeness holds every text."""
        from django.utils import timezone

        from wuxiao.desk.assist import similar

        similar.grow(at=timezone.now(), at_once=True)

    def sql(self, text: str, *params: Any) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with self.connection.cursor() as cursor:
            cursor.execute(text, params)
            return cursor.fetchall() if cursor.description else []

    def calm(self) -> None:
        """Forget who knocked, so that no throttle is met in the next pass."""
        self.sql("DELETE FROM records_throttle")

    # ---------------------------------------------------------------------------------------------------- reading

    def read(self, name: str, browser: Callable[[], Browser], paths: Sequence[str], expect: str) -> None:
        """Measure a page that is only read, over several addresses."""
        visits = [(browser(), path) for path in paths]
        scripts: list[Script] = []
        self.calm()
        # What a process reads when it begins, and then once a minute, is no page's own; nor is the entry that the first
        # look of the day leaves in a matter's diary.
        for visitor, path in visits:
            _check(visitor.get(path), 200, expect, path)
        for visitor, path in visits:
            with recorded() as script:
                answer = visitor.get(path)
            _check(answer, 200, expect, path)
            scripts.append(script)
        self.calm()
        visits = [(browser(), path) for path in paths]
        requests = [(v, v.environ("GET", p)) for v, p in visits]
        page = timed([lambda v=v, e=e: v.call(e) for v, e in requests])
        bare = Bare()
        ready = [bare.prepare(s) for s in scripts]
        self.calm()
        for steps in ready:
            bare.play(steps)
        self.calm()
        plain = timed([lambda s=s: bare.play(s) for s in ready])
        bare.close()
        self._keep(name, page, plain, scripts, len(answer.body))

    def _keep(
        self, name: str, page: dict[str, float], bare: dict[str, float], scripts: list[Script], size: int
    ) -> None:
        self.pages[name] = {
            **page,
            "queries": max(s.queries for s in scripts),
            "bytes": size,
            "bare": bare,
            "ratio_cpu": round(
                (page["cpu_ms"] + page["server_cpu_ms"]) / max(0.001, bare["cpu_ms"] + bare["server_cpu_ms"]), 1
            ),
            "ratio_p95": round(page["p95_ms"] / max(0.001, bare["p95_ms"]), 1),
            "statements": [sql for sql, _, _ in scripts[0].steps],
        }
        print(
            f"  {name}: {page['cpu_ms']} ms, {self.pages[name]['queries']} queries, bare {bare['cpu_ms']} ms",
            file=sys.stderr,
            flush=True,
        )

    # ---------------------------------------------------------------------------------------------------- writing

    def write(self, name: str, jobs: Callable[[int], list[Job]], grown: bool = True) -> None:
        """Measure requests that write: recorded once, undone, played bare, undone, then measured, and undone."""
        few = max(8, self.reps // 2)
        mark = self._mark()
        scripts = []
        self.calm()
        first, *others = jobs(few + 1)
        _check(first[0].call(first[1]()), first[2], "", name)
        self._undo(mark)
        for visitor, make, status in others:
            environ = make()
            with recorded() as script:
                answer = visitor.call(environ)
            _check(answer, status, "", name)
            scripts.append(script)
        self._undo(mark)
        bare = Bare()
        ready = [bare.prepare(s) for s in scripts]
        plain = timed([lambda s=s: bare.play(s) for s in ready])
        bare.close()
        self._undo(mark)
        self.calm()
        todo = [(v, make(), status) for v, make, status in jobs(self.reps)]
        answers: list[Answer] = []
        page = timed([lambda v=v, e=e: answers.append(v.call(e)) for v, e, _ in todo])
        for got, (_, _, status) in zip(answers, todo, strict=True):
            _check(got, status, "", name)
        self._undo(mark)
        self._keep(name, page, plain, scripts, len(answers[-1].body))

    def _mark(self) -> dict[str, int]:
        return {t: self.sql(f"SELECT COALESCE(max(id), 0) FROM {t}")[0][0] for t in WRITTEN}

    def _undo(self, mark: dict[str, int]) -> None:
        from wuxiao.desk.base.find import _tokens

        newest = mark["records_matter"]
        if self.sqlite:
            for pk, folded in self.sql("SELECT matter_id, folded FROM matter_text WHERE matter_id > %s", newest):
                self.sql(
                    "INSERT INTO matter_search(matter_search, rowid, tokens) VALUES ('delete', %s, %s)",
                    pk,
                    _tokens(folded),
                )
        self.sql("DELETE FROM matter_text WHERE matter_id > %s", newest)
        for table in WRITTEN:
            self.sql(f"DELETE FROM {table} WHERE id > %s", mark[table])
            if self.sqlite:
                self.sql("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", mark[table], table)
            else:
                self.sql(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), %s, true)", max(1, mark[table]))

    def calm_words(self) -> str:
        """Words of a report that speak of no danger (those lead over one page more)."""
        from bench import grammar
        from wuxiao.reading import danger

        while True:
            keyword = self.dice.choice(("路灯", "物业费", "人行道", "公交站", "停车位", "夜间施工"))
            words = grammar.words(self.dice, keyword)
            if not danger.look(words).certain:
                return words

    def residents(self, count: int) -> list[Job]:
        """Residents who have filled in everything and only have to send it."""
        from bench import grammar

        ids = [row[0] for row in self.sql("SELECT id FROM records_address ORDER BY id LIMIT 2000")]
        jobs: list[Job] = []
        for _ in range(count):
            one = self.stranger()
            token = one.get("/new").fields["csrfmiddlewaretoken"]
            words = self.calm_words()
            asked: list[tuple[str, dict[str, str]]] = [
                ("/new", {"words": words}),
                ("/new/place", {"place": f"a:{self.dice.choice(ids)}"}),
                ("/new/contact", {"name": grammar.person(self.dice), "phone": "13900001234", "by_sms": "1"}),
            ]
            for path, values in asked:
                answer = one.post(path, {"csrfmiddlewaretoken": token, **values})
                assert answer.status == 302, (path, answer.body.decode()[-1500:])
            fields = one.get("/new/check").fields
            jobs.append((one, lambda one=one, fields=fields: one.form("/new/check", fields), 302))
        return jobs

    def machines(self, count: int) -> list[Job]:
        """Calls of the JSON API that create a matter."""
        from bench import grammar

        jobs: list[Job] = []
        for n in range(count):
            body = {
                "words": self.calm_words(),
                "division": "990101001002",
                "place": "文庙街12号",
                "name": grammar.person(self.dice),
                "phone": "13900001234",
            }
            one = Browser(self.application)
            jobs.append((one, self._api(one, "/api/v1/matters", body, f"bench-{time.time_ns()}-{n}"), 201))
        return jobs

    def _api(self, one: Browser, path: str, body: dict[str, Any], once: str) -> Callable[[], dict[str, Any]]:
        data = json.dumps(body, ensure_ascii=False).encode()
        return lambda: one.environ(
            "POST", path, data, "application/json", authorization=f"Bearer {self.key}", idempotency_key=once
        )


def _check(answer: Answer, status: int, expect: str, where: str) -> None:
    text = answer.body.decode(errors="replace")
    assert answer.status == status, f"{where}: {answer.status}\n{text[-1500:]}"
    assert expect in text, f"{where}: “{expect}” is not on the page"


def words_of_length(length: int, count: int, dice: random.Random) -> list[str]:
    """Return search words of a length that the town's texts hold, common and rare ones."""
    from django.utils import timezone

    from bench import grammar
    from wuxiao.desk.town import books

    book = books.current(timezone.now()).book
    found = {k for c in book.categories.values() for k in c.keywords if len(k) == length and k.isalpha()}
    found |= {w for w in (*grammar.STREETS, *grammar.ESTATES, *grammar.WHEN) if len(w) == length}
    return dice.sample(sorted(found), min(count, len(found)))


#: Which part of the house a module belongs to, first match.
PARTS = (
    (
        "the database itself",
        ("<method 'execute", "<method 'fetch", "<method 'commit", "<function SQLiteCursor", "psycopg"),
    ),
    ("Django: building SQL, rows to objects", ("django/db",)),
    ("Django: session, account, middleware, request", ("django/",)),
    ("templates", ("jinja2", "markupsafe", "/templates/")),
    ("reading: danger, guesses, search words", ("wuxiao/reading", "<method 'search' of 're", "<method 'sub' of 're")),
    ("desk and rules", ("wuxiao/desk", "wuxiao/rules", "wuxiao/records")),
    ("pages and feeds", ("wuxiao/web", "wuxiao/feeds")),
)


def profile(calls: Sequence[Callable[[], Any]]) -> dict[str, Any]:
    """Run calls under the profiler (CPU clock); returns shares by part of the house and the longest functions."""
    import cProfile
    import pstats

    watcher = cProfile.Profile(time.process_time)
    watcher.enable()
    for call in calls:
        call()
    watcher.disable()
    shares: dict[str, float] = dict.fromkeys([name for name, _ in PARTS], 0.0)
    rows = []
    for (file, line, function), (_, count, own, whole, _callers) in pstats.Stats(watcher).stats.items():  # type: ignore[attr-defined]
        where = f"{file} {function}"
        part = next((name for name, marks in PARTS if any(m in where for m in marks)), "Python itself and the rest")
        shares[part] = shares.get(part, 0.0) + own
        if "wuxiao" in file:
            rows.append((whole, count, f"{file.rpartition('wuxiao/')[2]}:{line} {function}"))
    total = sum(shares.values()) or 1.0
    rows.sort(reverse=True)
    return {
        "shares": {name: round(own / total, 3) for name, own in sorted(shares.items(), key=lambda x: -x[1])},
        "top": [f"{whole / total:.0%} {name}" for whole, _, name in rows[:14]],
    }


def measure(reps: int, only: Sequence[str] = (), with_profile: bool = False) -> dict[str, Any]:
    """Measure every page of the configured town; returns figures by page."""
    town = Town(reps)
    town.settle()
    dice = town.dice
    top = town.sql("SELECT max(id) FROM records_matter")[0][0]
    some = [dice.randrange(1, top + 1) for _ in range(reps)]
    marks = ",".join(map(str, some))
    rows = town.sql(f"SELECT number, code FROM records_matter WHERE id IN ({marks})")
    operator = town.signed_in("operator")
    known = {row[0] for row in town.sql("SELECT username FROM records_staff")}

    def most(sql: str) -> Browser:
        """A handler of the unit that a count puts first."""
        return town.signed_in(next(f"handler_{u}" for u, _ in town.sql(sql) if f"handler_{u}" in known))

    handler = most(
        "SELECT holder, count(*) FROM records_matter WHERE closed_at IS NULL GROUP BY holder ORDER BY 2 DESC"
    )
    # A unit set over others sees all of theirs, and has few of its own among them.
    overseer = most(
        "SELECT substr(principal, 3), count(*) FROM records_access WHERE queue = 'handle' AND principal LIKE 'u:%%' "
        "GROUP BY principal ORDER BY 2 DESC"
    )
    supervisor = town.signed_in("supervisor")
    two, four = (words_of_length(n, reps, dice) for n in (2, 4))

    def chosen(name: str) -> bool:
        return not only or name in only

    plan: list[tuple[str, Callable[[], None]]] = [
        ("create, resident's page", lambda: town.write("create, resident's page", town.residents)),
        ("create, JSON API", lambda: town.write("create, JSON API", town.machines)),
        ("inbox, operator", lambda: town.read("inbox, operator", lambda: operator, ["/staff/"] * reps, "data-")),
        ("inbox, department", lambda: town.read("inbox, department", lambda: handler, ["/staff/"] * reps, "data-")),
        (
            "inbox, overseeing unit",
            lambda: town.read("inbox, overseeing unit", lambda: overseer, ["/staff/"] * reps, "data-"),
        ),
        (
            "inbox, supervision",
            lambda: town.read("inbox, supervision", lambda: supervisor, ["/staff/"] * reps, "data-"),
        ),
        (
            "matter page",
            lambda: town.read("matter page", lambda: operator, [f"/staff/m/{n}" for n, _ in rows], "WX"),
        ),
        ("progress page", lambda: town.read("progress page", town.stranger, [f"/p/{c}" for _, c in rows], "main")),
        (
            "search, two characters",
            lambda: town.read(
                "search, two characters", lambda: operator, [f"/staff/search?q={_q(w)}" for w in two], ""
            ),
        ),
        (
            "search, four characters",
            lambda: town.read(
                "search, four characters", lambda: operator, [f"/staff/search?q={_q(w)}" for w in four], ""
            ),
        ),
        (
            "search, department",
            lambda: town.read("search, department", lambda: handler, [f"/staff/search?q={_q(w)}" for w in two], ""),
        ),
    ]
    for name, run in plan:
        if chosen(name):
            run()
    profiles: dict[str, Any] = {}
    if with_profile:
        mark = town._mark()
        town.calm()
        todo = [(v, make()) for v, make, _ in town.residents(30)]
        profiles["create, resident's page"] = profile([lambda v=v, e=e: v.call(e) for v, e in todo])
        town._undo(mark)
        visits = [operator.environ("GET", "/staff/") for _ in range(30)]
        profiles["inbox, operator"] = profile([lambda e=e: operator.call(e) for e in visits])
        visits = [operator.environ("GET", f"/staff/m/{n}") for n, _ in rows[:30]]
        profiles["matter page"] = profile([lambda e=e: operator.call(e) for e in visits])
    return {
        "profiles": profiles,
        "engine": "sqlite" if town.sqlite else "postgres",
        "asked": town.asked,
        "matters": top,
        "calibration_ms": calibrate(),
        "pages": town.pages,
    }


def _q(text: str) -> str:
    from urllib.parse import quote

    return quote(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--reps", type=int, default=40)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    print(json.dumps(measure(given.reps, given.only, given.profile), ensure_ascii=False))
