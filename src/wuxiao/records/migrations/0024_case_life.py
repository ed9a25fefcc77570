"""A row of the wide table is a case and says which life it has; the five small matters are those of the first.

Nothing is copied: what Django would do (fifteen tables made anew on SQLite, minutes of lock in a large town) is said to
its state alone, and the database is asked for two columns. SQLite keeps no lengths, so there they are only said; on
PostgreSQL they are widened in the catalogue. Whatever holds a lock there for a moment (an autovacuum) is waited for.
"""

import time
from collections.abc import Sequence
from typing import Any

from django.db import OperationalError, migrations, models, transaction
from django.db.models.deletion import CASCADE, PROTECT

#: Table, column, length: what words of other lives need.
WIDER = (
    ("records_matter", "state", 24, 12),
    ("records_access", "principal", 64, 44),
    ("records_access", "queue", 24, 12),
    ("records_entry", "state", 24, 12),
    ("records_entry", "verb", 32, 20),
    ("records_message", "verb", 32, 20),
    ("records_chain", "name", 40, 24),
)
COLUMNS = (
    "ALTER TABLE records_matter ADD COLUMN life varchar(16) DEFAULT 'matter' NOT NULL",
    "ALTER TABLE records_matter ADD COLUMN parent_id bigint NULL REFERENCES records_matter (id)"
    " DEFERRABLE INITIALLY DEFERRED",
)
_TRIES, _WAIT, _BETWEEN = 5, "3s", 1.0


def _length(table: str, column: str, most: int) -> str:
    return f"ALTER TABLE {table} ALTER COLUMN {column} TYPE varchar({most})"


def _run(editor: Any, statements: Sequence[str]) -> None:
    """Run statements together; on PostgreSQL again where somebody else held a lock for too long."""
    connection = editor.connection
    for left in range(_TRIES, 0, -1):
        try:
            with transaction.atomic(using=connection.alias):
                if connection.vendor == "postgresql":
                    editor.execute(f"SET LOCAL lock_timeout = '{_WAIT}'", params=None)
                for sql in statements:
                    editor.execute(sql, params=None)
                if connection.vendor == "postgresql":
                    editor.execute("SET LOCAL lock_timeout = DEFAULT", params=None)
            return
        except OperationalError:
            if connection.vendor != "postgresql" or left == 1:
                raise
            time.sleep(_BETWEEN)


def forward(apps: Any, editor: Any) -> None:
    wider = [_length(table, column, most) for table, column, most, _ in WIDER]
    _run(editor, [*COLUMNS, *(wider if editor.connection.vendor == "postgresql" else ())])


def backward(apps: Any, editor: Any) -> None:
    # Cases of another life would become matters without it.
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM records_matter WHERE life <> 'matter'")
        if cursor.fetchone()[0]:
            raise RuntimeError("there are cases that are no matters: the version before cannot hold them")
    narrower = [_length(table, column, most) for table, column, _, most in WIDER]
    taken = [f"ALTER TABLE records_matter DROP COLUMN {name}" for name in ("parent_id", "life")]
    _run(editor, [*taken, *(narrower if editor.connection.vendor == "postgresql" else ())])


def _to_matter(model: str, related: str, *, one: bool = False, null: bool = False, indexed: bool = True) -> Any:
    made = models.OneToOneField if one else models.ForeignKey
    more: dict[str, Any] = ({"null": True} if null else {}) | ({} if indexed else {"db_index": False})
    field = made("records.matter", on_delete=CASCADE, related_name=related, **more)
    return migrations.AlterField(model, "matter", field)


STATE = [
    migrations.RenameModel("Matter", "Case"),
    migrations.AlterModelTable("case", "records_matter"),
    migrations.CreateModel(
        name="Matter", fields=[], options={"proxy": True, "indexes": [], "constraints": []}, bases=("records.case",)
    ),
    migrations.AddField("case", "life", models.CharField(db_default="matter", default="matter", max_length=16)),
    migrations.AddField(
        "case",
        "parent",
        models.ForeignKey("records.case", db_index=False, null=True, on_delete=PROTECT, related_name="parts"),
    ),
    *(
        migrations.AlterField(
            "case",
            name,
            models.ForeignKey("records.matter", db_index=False, null=True, on_delete=PROTECT, related_name=related),
        )
        for name, related in (("merged_into", "merged"), ("split_from", "splits"))
    ),
    _to_matter("callback", "call_backs", indexed=False),
    _to_matter("contact", "contact", one=True),
    _to_matter("hotmatter", "hot", one=True),
    _to_matter("importrow", "+", null=True),
    _to_matter("redactionmark", "redactions"),
    _to_matter("releasedtext", "released", one=True),
    _to_matter("replyadvice", "reply_advice"),
    _to_matter("signoff", "signoffs", indexed=False),
    _to_matter("suggestion", "suggestions"),
    _to_matter("workorder", "orders", indexed=False),
    migrations.AlterField("case", "state", models.CharField(max_length=24)),
    migrations.AlterField("access", "principal", models.CharField(max_length=64)),
    migrations.AlterField("access", "queue", models.CharField(max_length=24)),
    migrations.AlterField("entry", "state", models.CharField(blank=True, max_length=24)),
    migrations.AlterField("entry", "verb", models.CharField(max_length=32)),
    migrations.AlterField("message", "verb", models.CharField(max_length=32)),
    migrations.AlterField("chain", "name", models.CharField(max_length=40, unique=True)),
]
#: The life stands last in the indexes that figures are counted from, so that they need not look at the rows.
COUNTED = (
    models.Index(fields=["received_at", "kind", "category", "life"], name="matter_received"),
    models.Index(fields=["closed_at", "kind", "category", "life"], name="matter_closed"),
    models.Index(
        fields=["answered_at", "outcome", "life"],
        name="matter_answered",
        condition=models.Q(("answered_at__isnull", False)),
    ),
)


class Migration(migrations.Migration):
    dependencies = [("records", "0023_danger_clock")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(forward, backward)], state_operations=STATE
        ),
        *(
            operation
            for index in COUNTED
            for operation in (migrations.RemoveIndex("case", index.name), migrations.AddIndex("case", index))
        ),
        migrations.AddIndex(
            "case",
            models.Index(
                condition=models.Q(("parent__isnull", False)), fields=["parent"], name="case_parent"
            ),
        ),
    ]
