"""What declared pages say in further languages, and which of them a requester said she reads.

The column comes by `ADD COLUMN` with a constant default: on SQLite Django would copy the whole table of cases.
"""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

COLUMN = "ALTER TABLE records_matter ADD COLUMN reads varchar(8) DEFAULT '' NOT NULL"
GONE = "ALTER TABLE records_matter DROP COLUMN reads"


def stay(apps: Any, editor: Any) -> None:
    if apps.get_model("records", "Wording").objects.exists() or apps.get_model("records", "Case").objects.exclude(reads="").exists():
        raise RuntimeError("there are texts in further languages: the version before cannot hold them")


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0040_papers_of_rows"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(COLUMN, GONE)],
            state_operations=[
                migrations.AddField(
                    model_name="case",
                    name="reads",
                    field=models.CharField(blank=True, db_default="", default="", max_length=8),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Wording",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lang", models.CharField(max_length=8)),
                ("of", models.CharField(max_length=32)),
                ("text", models.TextField()),
                ("entered_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "entered_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "read_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["lang", "of"], name="wording_of")],
            },
        ),
        migrations.RunPython(migrations.RunPython.noop, stay),
    ]
