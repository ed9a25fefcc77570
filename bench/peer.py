"""The peer, django-helpdesk, in a virtual environment of its own; `python -m bench.peer` inside it prints figures.

It gets what it is best at: SQLite, its own public form for a new ticket, no mail sent, and the list of its own table
(the rows alone as JSON, without the page around them).
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

VERSION = "2.6.1"
TICKETS = 100_000


def install(home: Path) -> Path:
    """Make the peer's virtual environment and return its Python."""
    python = home / "venv" / "bin" / "python"
    if not (home / "installed").exists():
        home.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", str(home / "venv")], check=True)
        wanted = [f"django-helpdesk=={VERSION}", "django>=5.2,<5.3", "setuptools"]
        subprocess.run([str(python), "-m", "pip", "install", "-q", *wanted], check=True)
        (home / "installed").write_text(VERSION)
    return python


def run(home: Path, root: Path, tickets: int, reps: int) -> dict[str, Any]:
    """Install if needed, fill if needed, measure; returns figures."""
    python = install(home)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("WUXIAO_", "DJANGO_"))}
    env |= {"PYTHONPATH": str(root), "PEER_HOME": str(home)}
    done = subprocess.run(
        [str(python), "-m", "bench.peer", str(tickets), str(reps)],
        env=env,
        cwd=root,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _settings(home: Path, tickets: int) -> None:
    from django.conf import settings

    settings.configure(
        SECRET_KEY="a peer is measured, nothing is kept",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="bench.peer_urls",
        USE_TZ=True,
        TIME_ZONE="Asia/Shanghai",
        LANGUAGE_CODE="en-us",
        STATIC_URL="/static/",
        SITE_ID=1,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        LOGIN_URL="/login/",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        HELPDESK_DEFAULT_SETTINGS={},
        HELPDESK_TEAMS_MODE_ENABLED=False,
        HELPDESK_TEAMS_MODEL="auth.Group",
        HELPDESK_TEAMS_MIGRATION_DEPENDENCIES=[("auth", "0001_initial")],
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.sites",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "django.contrib.humanize",
            "django.contrib.admin",
            "rest_framework",
            "helpdesk",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(home / f"peer-{tickets}.sqlite3"),
                "CONN_MAX_AGE": None,
                "OPTIONS": {
                    "transaction_mode": "IMMEDIATE",
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; "
                    "PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY",
                },
            }
        },
    )


def _fill(tickets: int) -> None:
    from django.contrib.auth.models import User
    from django.utils import timezone
    from helpdesk.models import FollowUp, Queue, Ticket

    from bench import grammar

    dice = random.Random(5)
    staff = [User.objects.create_user(f"staff{n}", f"s{n}@example.org", "x", is_staff=True) for n in range(20)]
    User.objects.create_superuser("boss", "boss@example.org", "x")
    queues = [
        Queue.objects.create(title=f"Unit {n}", slug=f"unit{n}", allow_public_submission=True, email_address="")
        for n in range(40)
    ]
    now = timezone.now()
    for first in range(0, tickets, 2000):
        made = Ticket.objects.bulk_create(
            Ticket(
                title=grammar.words(dice, "路灯")[:60],
                queue=dice.choice(queues),
                created=now - timedelta(minutes=tickets - first - n),
                modified=now,
                submitter_email="someone@example.org",
                assigned_to=dice.choice(staff),
                status=dice.choice((1, 2)) if dice.random() < 0.04 else dice.choice((3, 4)),
                description=grammar.words(dice, "物业费"),
                priority=dice.randrange(1, 6),
                secret_key=f"{first + n:036d}",
            )
            for n in range(min(2000, tickets - first))
        )
        FollowUp.objects.bulk_create(
            FollowUp(ticket=one, date=now, title="Update", comment=grammar.words(dice, "公交站"), public=True)
            for one in made
            for _ in range(2)
        )
    from django.db import connection

    connection.cursor().execute("ANALYZE")


def main() -> None:
    """Fill and measure inside the peer's environment."""
    tickets, reps = int(sys.argv[1]), int(sys.argv[2])
    home = Path(os.environ["PEER_HOME"])
    _settings(home, tickets)
    import django

    django.setup()
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    filled = home / f"filled-{tickets}"
    if not filled.exists():
        (home / f"peer-{tickets}.sqlite3").unlink(missing_ok=True)
        call_command("migrate", verbosity=0)
        _fill(tickets)
        filled.write_text("")
    from django.contrib.auth.models import User

    from bench.browser import Browser
    from bench.clockwork import calibrate, timed

    application = get_wsgi_application()
    boss = User.objects.get(username="boss")
    boss.set_password("peer-password")
    boss.save()
    staff = Browser(application)
    fields = staff.get("/login/").fields
    answer = staff.post("/login/", {**fields, "username": "boss", "password": "peer-password"})
    assert answer.status == 302, answer.body.decode()[-800:]
    page = staff.get("/tickets/")
    assert page.status == 200, page.body.decode()[-800:]
    found = re.search(rb'"url":\s*"(/datatables_ticket_list/[^"]+)"', page.body)
    assert found, "the list has no table"
    rows = found[1].decode() + "?draw=1&start=0&length=50&order%5B0%5D%5Bcolumn%5D=0&order%5B0%5D%5Bdir%5D=desc"
    rows += "&search%5Bvalue%5D=&search%5Bregex%5D=false"
    listed = staff.get(rows)
    assert listed.status == 200, listed.body.decode()[-800:]
    assert len(json.loads(listed.body)["data"]) == 50
    figures: dict[str, Any] = {"version": VERSION, "tickets": tickets, "calibration_ms": calibrate()}
    for name, path in (("list, rows as JSON", rows), ("list, page without rows", "/tickets/")):
        todo = [staff.environ("GET", path) for _ in range(reps)]
        staff.call(dict(todo[0]))
        figures[name] = timed([lambda e=e: staff.call(e) for e in todo])
    visitor = Browser(application)
    first = visitor.get("/tickets/submit/")
    token = first.fields["csrfmiddlewaretoken"]
    queue = re.search(rb'<option value="(\d+)"', first.body[first.body.find(b'name="queue"') :])
    assert queue
    form = {
        "csrfmiddlewaretoken": token,
        "queue": queue[1].decode(),
        "title": "文庙街路灯不亮",
        "body": "文庙街 12 号门口的路灯三盏都不亮，一个多星期了，请尽快修好。",
        "priority": "3",
        "submitter_email": "someone@example.org",
        "due_date": "",
    }
    answer = visitor.post("/tickets/submit/", form)
    assert answer.status == 302, answer.body.decode()[-3000:]
    todo = [
        visitor.form("/tickets/submit/", {**form, "title": f"文庙街路灯不亮 {time.time_ns()}"}) for _ in range(reps)
    ]
    figures["create"] = timed([lambda e=e: visitor.call(e) for e in todo])
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
