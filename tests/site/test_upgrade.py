"""An old town is brought up to this version: clear names are sealed, whenever the change is killed."""

from __future__ import annotations

import json

import pytest

from tests.support.town import Town, TownMaker

BACK = """
import django; django.setup()
from django.core.management import call_command
from django.db.models import QuerySet
from wuxiao.records.models import Access, AgendaItem, Attachment, Case, Conference, Entry, Finding, Inspection
from wuxiao.records.models import Booking, CalendarKey, Publication, ServicePoint, Slot, TakenOver
from wuxiao.records.models import Document, DocumentFile, Invitation, Premises, Row, Series, StandAside, Task, Words
# Deleted raw: the tables of later versions are gone by then, and a cascade would look for them.
def refused(word):
    try:
        call_command("migrate", "records", "0024", verbosity=0)
    except RuntimeError as error:
        assert word in str(error), error
    else:
        raise AssertionError(f"a version without {word} took a town that has some")
refused("tasks")
for model in (Task, Invitation, AgendaItem, Conference):
    QuerySet(model)._raw_delete("default")
refused("papers")
for model in (DocumentFile, Document, Series):
    QuerySet(model)._raw_delete("default")
refused("published hours")
for model in (Booking, TakenOver, CalendarKey, Slot):
    QuerySet(model)._raw_delete("default")
refused("service points")
QuerySet(ServicePoint)._raw_delete("default")
refused("publications")
QuerySet(Publication)._raw_delete("default")
refused("inspections")
others = list(Case.objects.exclude(life="matter").values_list("pk", flat=True))
for model in (Finding, Inspection, StandAside, Access, Attachment, Words, Entry):
    QuerySet(model).filter(matter_id__in=others)._raw_delete("default")
QuerySet(Case).filter(pk__in=others)._raw_delete("default")
refused("premises")
# The town of that time kept no registers.
for model in (Words, Entry):
    QuerySet(model).filter(row_id__isnull=False)._raw_delete("default")
for model in (Premises, Row):
    QuerySet(model)._raw_delete("default")
call_command("migrate", "records", "0014", verbosity=0)
"""
#: Brings the tables up as `wuxiao migrate` does, and dies as a machine without power at the n-th name it seals.
DYING = """
import os, sys, django; django.setup()
from wuxiao.records import sealed
from wuxiao.site.commands.town import prepare
left, real = int(sys.argv[1]), sealed.Keyring.seal
def seal(self, *given):
    global left
    left -= 1
    if not left:
        os._exit(9)
    return real(self, *given)
sealed.Keyring.seal = seal
prepare()
"""
READ = """
import json, django; django.setup()
from wuxiao.records.models import Contact
print(json.dumps(sorted(Contact.objects.values_list("name", "phone", "email"))))
"""


@pytest.fixture
def old_town(_town_maker: TownMaker) -> Town:
    """The demo county, not served."""
    return _town_maker.copy(demo=True)


def test_clear_names_of_an_old_town_are_sealed_and_an_upgrade_may_be_killed_anywhere(old_town: Town) -> None:
    town = old_town
    known = json.loads(town.python("-c", READ).stdout)
    assert len([row for row in known if row[1]]) > 50
    town.python("-c", BACK)
    clear = town.rows("SELECT name, phone, email FROM records_contact")
    assert sorted([[row["name"], row["phone"], row["email"]] for row in clear]) == known
    for at in (1, 150):
        assert town.python("-c", DYING, str(at), check=False).returncode == 9
        assert town.rows("SELECT name, phone, email FROM records_contact") == clear, "as if it had not begun"
    town.wuxiao("migrate")
    rows = town.rows("SELECT name, phone, email, phone_mark FROM records_contact")
    assert all(row["name"].startswith("v1.") for row in rows if row["name"])
    assert len([row for row in rows if row["phone_mark"]]) == len([row for row in known if row[1]])
    assert json.loads(town.python("-c", READ).stdout) == known
    if not town.database_url:
        # Nor on a page that was freed: whatever was not said elsewhere is nowhere in the file.
        whole = b"".join(path.read_bytes() for path in town.data_dir.glob("wuxiao.sqlite3*"))
        said = "".join(
            row["text"]
            for row in town.rows("SELECT text FROM records_words UNION ALL SELECT text FROM records_message")
        )
        said += "".join(row["phone"] for row in town.rows("SELECT phone FROM records_staff"))
        assert not [row[1] for row in known if row[1] and row[1] not in said and row[1].encode() in whole]
