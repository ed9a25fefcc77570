"""What is said where the database cannot be used: the way on that fits what is wrong."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection

from wuxiao.site.durable import NO_DATABASE, refuse

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="the words of SQLite")


@pytest.mark.parametrize(
    ("why", "broken", "word"),
    [
        ("database is locked", False, "wuxiao"),
        ("database table is locked", False, "wuxiao"),
        ("database or disk is full", False, "room"),
        ("attempt to write a readonly database", False, "rights"),
        ("unable to open database file", False, "DATA_DIR"),
        ("file is not a database", True, "restore a backup"),
        ("database disk image is malformed", True, "restore a backup"),
    ],
)
def test_nobody_is_sent_to_a_backup_for_a_database_that_is_whole(
    capsys: pytest.CaptureFixture[str], why: str, broken: bool, word: str
) -> None:
    with pytest.raises(SystemExit) as stopped:
        refuse(OperationalError(why))
    said = capsys.readouterr().err
    assert stopped.value.code == NO_DATABASE
    assert why in said
    assert word in said
    assert ("恢复" in said, "restore" in said) == (broken, broken)
