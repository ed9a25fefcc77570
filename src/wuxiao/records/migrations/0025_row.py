"""Registers: the spine of their rows, and a chain of sealed entries for each row.

Nothing of a town's diary is copied. On SQLite a column with its check is added to the large tables in no time, where
Django would write them anew to add the check; unique indexes with a condition are only indexes.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

ONE = models.Q(("row__isnull", True), ("matter__isnull", True), _connector="OR")


class AddRow(migrations.AddField):
    """Add the key of a row; on SQLite with the check beside it."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.execute(
            f'ALTER TABLE "{model._meta.db_table}" ADD COLUMN "row_id" bigint NULL '
            'REFERENCES "records_row" ("id") DEFERRABLE INITIALLY DEFERRED '
            f'CONSTRAINT "{self.model_name}_of_one" CHECK ("row_id" IS NULL OR "matter_id" IS NULL)'
        )


class AddCheck(migrations.AddConstraint):
    """Add the check; on SQLite it came with the column."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)


def stay(apps: Any, editor: Any) -> None:
    """The version before knows two kinds of entries, a matter's and the town's: it cannot hold those of rows."""
    if apps.get_model("records", "Row").objects.exists():
        raise RuntimeError("there are rows of registers: the version before cannot hold them")


def _key(name: str) -> Any:
    return models.ForeignKey(
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=name,
        to="records.row",
    )


class Migration(migrations.Migration):
    dependencies = [("records", "0024_case_life")]

    operations = [
        migrations.CreateModel(
            name="Row",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("register", models.CharField(max_length=20)),
                ("code", models.CharField(max_length=40)),
                ("kind", models.CharField(max_length=24)),
                ("title", models.CharField(max_length=120)),
                ("unit", models.CharField(max_length=40)),
                ("division", models.CharField(max_length=12)),
                ("address", models.CharField(blank=True, max_length=200)),
                ("lat", models.FloatField(null=True)),
                ("lon", models.FloatField(null=True)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("checked_at", models.DateTimeField()),
                ("state", models.CharField(default="live", max_length=12)),
                ("folded", models.TextField(blank=True)),
                ("retire_on", models.DateField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("turn", models.PositiveIntegerField(default=0)),
                ("head", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["register", "code"], name="row_code"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "live")),
                        fields=["register", "kind", "title", "address"],
                        name="row_same",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["register", "state", "kind", "id"], name="row_kind"),
                    models.Index(fields=["register", "state", "id"], name="row_listed"),
                    models.Index(fields=["register", "state", "checked_at", "id"], name="row_checked"),
                    models.Index(
                        condition=models.Q(("retire_on__isnull", False)), fields=["retire_on"], name="row_retire"
                    ),
                ],
            },
        ),
        migrations.RemoveConstraint("entry", "entry_town_turn"),
        AddRow("entry", "row", _key("entries")),
        AddCheck("entry", models.CheckConstraint(condition=ONE, name="entry_of_one")),
        migrations.AddConstraint(
            "entry",
            models.UniqueConstraint(
                condition=models.Q(("matter__isnull", True), ("row__isnull", True)),
                fields=("turn",),
                name="entry_town_turn",
            ),
        ),
        migrations.AddConstraint(
            "entry",
            models.UniqueConstraint(
                condition=models.Q(("row__isnull", False)), fields=("row", "turn"), name="entry_row_turn"
            ),
        ),
        AddRow("words", "row", _key("words")),
        AddCheck("words", models.CheckConstraint(condition=ONE, name="words_of_one")),
        migrations.AddConstraint(
            "words",
            models.UniqueConstraint(
                condition=models.Q(("row__isnull", False)), fields=("row", "turn", "field"), name="words_row_once"
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, stay, elidable=True),
    ]
