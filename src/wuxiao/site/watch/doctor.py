"""What an operator would look at if they had an hour: each check says what it saw and how to mend what is wrong.

Reads only; nothing personal is in what it says. Runs beside a working town and also where the town cannot start: a
check that breaks is a finding, not a traceback.
"""

from __future__ import annotations

import os
import platform
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from wuxiao.rules.words import Text
from wuxiao.site import english, environment, folder

#: Less free disk than this, in bytes or as a share, is too little to work with.
LEAST_DISK = 1_000_000_000
LEAST_SHARE = 0.05
#: A worker that has not beaten for this long is gone, hung or stopped.
LONGEST_SILENCE = timedelta(minutes=2)
#: A message that should have gone this long ago says that sending stands still.
LONGEST_QUEUE = timedelta(minutes=30)
#: Danger that nobody looked at for this long is somebody's life perhaps.
LONGEST_UNLOOKED = timedelta(minutes=10)
LARGEST_WAL = 256_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is in order, what was seen, and how to mend it."""

    name: str
    ok: bool
    text: Text
    mend: Text | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        found: dict[str, Any] = {"name": self.name, "ok": self.ok, "zh": self.text.zh, "en": self.text.en}
        if self.mend and not self.ok:
            found["mend"] = {"zh": self.mend.zh, "en": self.mend.en}
        return found


def look(*, quick: bool = False) -> list[Finding]:
    """Look at everything and return the findings in the order a person would mend them."""
    mend = Text("按这句话改好再试", "mend what it says and try again")
    typed = [
        *(
            Finding(name, False, text, Text(f"改正或去掉 {name}", f"mend {name} or leave it out"))
            for name, text in {**environment.wrong(), **environment.unknown()}.items()
        )
    ]
    if environment.wrong():
        return typed
    if said := folder.no_town(os.environ.get("WUXIAO_DATA_DIR", "data")):
        zh, _, en = said.partition("\n")
        return [*typed, Finding("town", False, Text(zh, en), mend)]
    try:
        import django

        django.setup()
    except (Exception, SystemExit) as error:
        why = Text(f"设置读不了：{error}", f"the settings cannot be read: {error}")
        return [*typed, Finding("settings", False, why, mend)]
    from django.conf import settings
    from django.utils import timezone

    data, at = Path(settings.DATA_DIR), timezone.now()
    checks: tuple[tuple[str, Callable[[], Iterator[Finding] | Finding]], ...] = (
        ("disk", lambda: _disk(data)),
        ("modes", lambda: _modes(data)),
        ("keys", lambda: _keys(data)),
        ("restore", lambda: _restore(data)),
        ("english", _english),
        ("papers", _papers),
    )
    of_database: tuple[tuple[str, Callable[[], Iterator[Finding] | Finding]], ...] = (
        ("integrity", lambda: _integrity(quick)),
        ("wal", lambda: _wal(data)),
        ("versions", _versions),
    )
    # Each of these reads rows, and in tables of another version none would say what is wrong.
    of_rows: tuple[tuple[str, Callable[[], Iterator[Finding] | Finding]], ...] = (
        ("book", lambda: _book(at)),
        ("worker", lambda: _worker(at)),
        ("clock", lambda: _clock(at)),
        ("outbox", lambda: _outbox(at)),
        ("danger", lambda: _danger(at)),
        ("jobs", lambda: _jobs(at)),
        ("files", lambda: _files(at)),
        ("templates", _templates),
        ("identity key", _identity_key),
        ("interface keys", lambda: _interface_keys(at)),
        ("sending", _sending),
    )
    # Each of those of the database would wait for one that is away, one after the other.
    found = [*typed, *(one for name, check in checks for one in _seen(name, check)), reached := _reached()]
    if reached.ok:
        tables = _seen("tables", _tables)
        fit = all(one.ok for one in tables)
        found += [*tables, *(one for name, check in of_database for one in _seen(name, check))]
        found += [one for name, check in of_rows if fit for one in _seen(name, check)]
    return found


def _seen(name: str, check: Callable[[], Iterator[Finding] | Finding]) -> list[Finding]:
    """Return what a check says; one that breaks is a finding."""
    try:
        seen = check()
        return [seen] if isinstance(seen, Finding) else list(seen)
    except Exception as error:
        said = _short(error)
        return [Finding(name, False, Text(f"查不了：{said}", f"cannot be looked at: {said}"))]


def _disk(data: Path) -> Finding:
    place = data if data.exists() else data.parent
    usage = shutil.disk_usage(place)
    ok = usage.free >= LEAST_DISK and usage.free >= usage.total * LEAST_SHARE
    gb = usage.free / 1e9
    return Finding(
        "disk",
        ok,
        Text(f"数据盘剩余 {gb:.1f} GB", f"{gb:.1f} GB free where the data lies"),
        Text("腾出空间或换大盘；登记会先失败", "free some space; receiving fails first"),
    )


def _english() -> Finding:
    stale = english.stale()
    return Finding(
        "english",
        not stale,
        Text("英文译文不是最新的，有些句子会显示中文", "the English is out of date, some sentences will be Chinese")
        if stale
        else Text("英文译文是最新的", "the English is up to date"),
        Text("运行 python tools/messages.py compile", "run python tools/messages.py compile"),
    )


def _papers() -> Finding:
    """Set the least paper of every kind: what is missing here would keep every order and answer from going out."""
    from wuxiao.desk.documents import check, documents, typeset
    from wuxiao.rules.papers import KINDS

    mend = Text(
        "重装程序和它的依赖，再运行一次 wuxiao doctor", "install the program with what it needs anew, then look again"
    )
    for kind in KINDS.values():
        try:
            documents.ours(kind.code, check.hardest(kind.code, check.BARE))
        except typeset.CannotSet as error:
            why = error.cause
            said = Text(
                f"文书做不出来，通知书、答复都发不了：{why.zh}", f"no paper can be made, none goes out: {why.en}"
            )
            return Finding("papers", False, said, mend)
        except Exception as error:
            said = Text(f"{kind.name.zh}做不出来：{_short(error)}", f"no {kind.name.en} can be made: {_short(error)}")
            return Finding("papers", False, said, mend)
    said = Text(f"{len(KINDS)} 种文书都做得出来", f"papers of all {len(KINDS)} kinds can be made")
    return Finding("papers", True, said)


def _templates() -> Finding:
    """Fill the town's own templates: one that cannot be filled is left for ours, and its town should know."""
    from wuxiao.desk.documents import check, documents
    from wuxiao.rules.papers import KINDS

    own = {code: row for code in KINDS if (row := documents.in_force(code)) is not None}
    bad = [KINDS[code] for code, row in own.items() if not check.check(bytes(row.body), code).ok]
    if bad:
        zh, en = "、".join(one.name.zh for one in bad), ", ".join(one.name.en for one in bad)
        said = Text(
            f"本地自己的模板填不进去，发出的是程序自带的样式：{zh}",
            f"own templates cannot be filled, ours are used: {en}",
        )
    else:
        said = Text(f"{len(own)} 个本地自己的模板都填得进去", f"all {len(own)} own templates can be filled")
    return Finding(
        "templates", not bad, said, Text("在页面“文书模板”里换一个", "adopt another on the page “Paper templates”")
    )


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]


def _modes(data: Path) -> Finding:
    open_ones = [
        path.relative_to(data).as_posix() or "."
        for path in [data, *data.rglob("*")]
        if not path.is_symlink()
        and "static" not in path.relative_to(data).parts
        and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    shown = "、".join(open_ones[:3]) + ("…" if len(open_ones) > 3 else "")
    said = Text("数据只有本账号能读", "only this account can read the data")
    if open_ones:
        said = Text(
            f"别的账号能读 {len(open_ones)} 处：{shown}", f"other accounts can read {len(open_ones)} places: {shown}"
        )
    return Finding(
        "modes",
        not open_ones,
        said,
        Text(f"chmod -R go= {data}", f"chmod -R go= {data}"),
    )


def _keys(data: Path) -> Finding:
    path = data / "secret-key"
    ok = bool(environment.value("SECRET_KEY")) or (path.is_file() and len(path.read_text().strip()) >= 32)
    return Finding(
        "keys",
        ok,
        Text("密钥在位", "the key is in its place") if ok else Text("密钥缺失或是空的", "the key is missing or empty"),
        Text("从备份取回 secret-key；换新会使登录和回访抽样失效", "bring secret-key back from a backup"),
    )


def _identity_key() -> Finding:
    from wuxiao.records.sealed import key_lost

    ok = not key_lost()
    return Finding(
        "identity key",
        ok,
        Text("封存姓名和电话的钥匙在位", "the key of sealed names and phones is in its place")
        if ok
        else Text("封存姓名和电话的钥匙不见了", "the key of sealed names and phones is gone"),
        Text("从备份取回 identity-key，不要新做", "bring identity-key back from a backup; make no new one"),
    )


def _restore(data: Path) -> Finding:
    ok = not folder.unfinished(data)
    return Finding(
        "restore",
        ok,
        Text("没有做到一半的恢复", "no restore stopped halfway")
        if ok
        else Text("恢复没有做完", "a restore stopped halfway"),
        Text("再运行一次 wuxiao restore", "run wuxiao restore again"),
    )


def _reached() -> Finding:
    from wuxiao.site import durable

    why = durable.why_away()
    return Finding(
        "database",
        not why,
        Text("数据库连得上", "the database answers")
        if not why
        else Text(f"数据库连不上或打不开：{why}", f"the database cannot be reached or opened: {why}"),
        Text("看数据库是否在运行、地址和权限是否对", "see whether it runs, and its address and rights"),
    )


def _tables() -> Finding:
    from wuxiao.site.durable import unknown_migrations, waiting_migrations

    unknown, waiting = unknown_migrations(), waiting_migrations()
    if unknown:
        text = Text(f"数据库比程序新：{unknown[-1]}", f"the tables are newer than this program: {unknown[-1]}")
        return Finding("tables", False, text, Text("装回较新的版本", "install the newer version again"))
    if waiting:
        text = Text(f"{len(waiting)} 步表结构还没升级", f"{len(waiting)} changes of the tables are waiting")
        return Finding("tables", False, text, Text("运行 wuxiao migrate", "run wuxiao migrate"))
    return Finding("tables", True, Text("表结构与程序一致", "the tables fit this program"))


def _integrity(quick: bool) -> Finding:
    from django.db import connection

    mend = Text("停机，保留现场，从备份恢复", "stop, keep everything as it is, restore from a backup")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA quick_check(5)" if quick else "PRAGMA integrity_check(5)")
            said = [row[0] for row in cursor.fetchall()]
            ok = said == ["ok"]
            text = Text("数据库自检正常", "the database's own check is in order")
            return Finding("integrity", ok, text if ok else Text(f"数据库损坏：{said[0]}", f"damaged: {said[0]}"), mend)
        count = 0
        for table in connection.introspection.table_names(cursor):
            if not quick:
                cursor.execute(f'SELECT count(*) FROM (SELECT t.* FROM "{table}" t) everything')
                cursor.fetchone()
            count += 1
    return Finding("integrity", True, Text(f"{count} 张表都读得出", f"all {count} tables can be read"), mend)


def _book(at: datetime) -> Finding:
    """Read the rule book in force, and every one that a case still stands on: without it no page is answered."""
    from wuxiao.desk.base.errors import Refused
    from wuxiao.desk.town import books
    from wuxiao.records.models import BookVersion, Case
    from wuxiao.rules.book import BookError

    mend = Text(
        "装回能读它的程序版本；改程序的人要给新加的数写明旧手册里怎么算（Section.later）",
        "install the version that can read it; whoever changes the program says what holds in older books "
        "(Section.later)",
    )
    try:
        books.current(at)
        needed = Case.objects.filter(closed_at=None).values("book_id")
        rows = BookVersion.objects.filter(pk__in=needed).values_list("pk", flat=True)
        for pk in rows:
            books.of_version(pk)
    except Refused as error:
        return Finding("book", False, error.text, Text("运行 wuxiao rules adopt", "run wuxiao rules adopt"))
    except BookError as error:
        zh, en = ("；".join(error.say(lang).splitlines()[:3]) for lang in ("zh", "en"))
        said = Text(f"启用过的规则手册读不了：{zh}", f"an adopted rule book cannot be read: {en}")
        return Finding("book", False, said, mend)
    return Finding("book", True, Text("规则手册读得了", "the rule book can be read"))


def _worker(at: datetime) -> Finding:
    from wuxiao.records.models import Beat

    row = Beat.objects.filter(name="worker").first()
    beat_at = row.beat_at if row else None
    ok = beat_at is not None and at - beat_at <= LONGEST_SILENCE
    mend = Text("看日志并重新启动 wuxiao serve", "look at the log and start wuxiao serve again")
    if beat_at is None:
        return Finding("worker", False, Text("后台还没有运行过", "the worker has never run"), mend)
    seconds = int((at - beat_at).total_seconds())
    return Finding("worker", ok, Text(f"后台 {seconds} 秒前还在运行", f"the worker beat {seconds} seconds ago"), mend)


def _clock(at: datetime) -> Finding:
    from wuxiao.desk.house import beat

    since = beat.doubted()
    return Finding(
        "clock",
        since is None,
        Text(f"系统时钟 {at:%Y-%m-%d %H:%M:%S} UTC", f"the clock says {at:%Y-%m-%d %H:%M:%S} UTC")
        if since is None
        else Text("系统时钟和封存的记录对不上，提醒和清理已停", "the clock does not follow from what was sealed"),
        Text("核对后运行 wuxiao clock confirm --by 姓名", "check it, then wuxiao clock confirm --by NAME"),
    )


def _outbox(at: datetime) -> Iterator[Finding]:
    from wuxiao.desk.case import outbox
    from wuxiao.records.models import Message

    oldest = (
        Message.objects.filter(state__in=["queued", "sending"], next_at__lte=at)
        .order_by("next_at")
        .values_list("next_at", flat=True)
        .first()
    )
    waited = at - oldest if oldest else timedelta()
    minutes = int(waited.total_seconds() // 60)
    yield Finding(
        "outbox",
        waited <= LONGEST_QUEUE,
        Text(f"最久一条消息等了 {minutes} 分钟", f"the oldest message due has waited {minutes} minutes"),
        Text("看后台是否在运行、短信和邮件服务是否通", "see whether the worker runs and the far ends answer"),
    )
    counts = outbox.counts(viewer=None)
    trouble = counts["doubt"] + counts["failed"]
    yield Finding(
        "decisions",
        trouble == 0,
        Text(f"{trouble} 条消息等人决定", f"{trouble} messages wait for a decision"),
        Text("在页面“发件箱”里处理", "decide them on the page “Outbox”"),
    )


def _danger(at: datetime) -> Finding:
    from wuxiao.desk.case import heard

    count, oldest = heard.waiting()
    minutes = int((at - oldest).total_seconds() // 60) if oldest else 0
    return Finding(
        "danger",
        oldest is None or at - oldest <= LONGEST_UNLOOKED,
        Text(
            f"{count} 件险情还没有人看，最久的等了 {minutes} 分钟",
            f"{count} dangers unlooked at, the oldest for {minutes} minutes",
        ),
        Text("请值班的人马上看页面“险情未看”", "have whoever is on duty look at the list “Danger not looked at” now"),
    )


def _jobs(at: datetime) -> Finding:
    from wuxiao.records.models import Job

    stuck = Job.objects.filter(state__in=["queued", "running"], next_at__lt=at - timedelta(hours=1)).count()
    return Finding(
        "jobs",
        stuck == 0,
        Text(f"{stuck} 个后台任务一小时没有动静", f"{stuck} jobs have not moved for an hour"),
        Text("看日志；任务会从断处继续", "look at the log; a job goes on where it stopped"),
    )


def _files(at: datetime) -> Finding:
    from wuxiao.desk.files import files

    missing = files.missing(at=at)
    if not missing:
        return Finding("files", True, Text("每个附件都有文件", "every attachment has its file"))
    return Finding(
        "files",
        False,
        Text(
            f"{len(missing)} 个附件的文件不见了，涉及事项：{'、'.join(missing[:3])}{'…' if len(missing) > 3 else ''}",
            f"the files of {len(missing)} attachments are gone, in matters {', '.join(missing[:3])}"
            f"{' …' if len(missing) > 3 else ''}",
        ),
        Text("从备份取回 files 文件夹里缺的文件", "bring the missing files of the folder “files” back from a backup"),
    )


def _interface_keys(at: datetime) -> Finding:
    from wuxiao.desk.doors import keys

    rows = keys.ending(at=at)
    names = "、".join(key.name for key in rows[:3]) + ("…" if len(rows) > 3 else "")
    return Finding(
        "interface keys",
        not rows,
        Text(f"{len(rows)} 个接口密钥已到期或两周内到期：{names}", f"{len(rows)} keys ended or end soon: {names}")
        if rows
        else Text("没有快到期的接口密钥", "no interface key ends soon"),
        Text("在页面“接口密钥”里换新的或改期", "make new ones or set the last day on the page “Interface keys”"),
    )


def _wal(data: Path) -> Finding:
    from django.db import connection

    if connection.vendor != "sqlite":
        return Finding("wal", True, Text("由 PostgreSQL 管理", "kept by PostgreSQL"))
    path = data / "wuxiao.sqlite3-wal"
    size = path.stat().st_size if path.exists() else 0
    return Finding(
        "wal",
        size <= LARGEST_WAL,
        Text(f"写前日志 {size / 1e6:.1f} MB", f"write-ahead log {size / 1e6:.1f} MB"),
        Text("找出一直读着数据库的程序并结束它", "find the program that keeps a reading open and end it"),
    )


def _sending() -> Iterator[Finding]:
    from django.conf import settings

    from wuxiao.desk.ways import sms

    for name, value in (("mail", settings.MAIL_URL), ("sms", settings.SMS_GATEWAY)):
        real = settings.DEMO or bool(value and not value.startswith(("file:", "console:")))
        text = Text("已配置", "set up")
        if not real:
            text = (
                Text("只写进文件，一天后删除", "messages only go to files, which are removed after a day")
                if value
                else Text("没有配置，消息在等", "not set up: messages wait")
            )
        ok, why = real, text
        if name == "sms" and real and not settings.DEMO:
            try:
                sms.gateway()
            except sms.GatewayError as error:
                ok, why = False, Text(str(error), str(error))
        setting = "WUXIAO_MAIL_URL" if name == "mail" else "WUXIAO_SMS_GATEWAY"
        yield Finding(name, ok, why, Text(f"设置 {setting}", f"set {setting}"))


def _versions() -> Finding:
    import sqlite3

    import django
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            server = f"SQLite {sqlite3.sqlite_version}"
        else:
            cursor.execute("SHOW server_version")
            server = f"PostgreSQL {cursor.fetchone()[0]}"
    said = f"Python {platform.python_version()}, Django {django.get_version()}, {server}, {time.strftime('%Z')}"
    return Finding("versions", True, Text(said, said))
