"""Papers that go out: their series of numbers, the papers, and the files of each."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def stay(apps: Any, editor: Any) -> None:
    if apps.get_model("records", "Document").objects.exists():
        raise RuntimeError("there are papers that were given out: the version before cannot hold them")


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0031_slot"),
    ]

    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=12)),
                ("year", models.PositiveSmallIntegerField()),
                ("no", models.PositiveIntegerField()),
                ("number", models.CharField(max_length=40)),
                ("code", models.CharField(max_length=12, unique=True)),
                ("unit", models.CharField(max_length=40)),
                ("day", models.DateField()),
                ("issued_at", models.DateTimeField()),
                ("turn", models.PositiveIntegerField()),
                ("template", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
                ("state", models.CharField(default="live", max_length=10)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "matter",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="records.case"
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="records.document",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DocumentFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("turn", models.PositiveIntegerField()),
                ("kind", models.CharField(max_length=8)),
                ("size", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("erased_at", models.DateTimeField(null=True)),
                (
                    "document",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="records.document",
                    ),
                ),
                (
                    "matter",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="records.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Series",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=12)),
                ("year", models.PositiveSmallIntegerField()),
                ("last", models.PositiveIntegerField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "year"), name="series_once")],
            },
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(fields=["matter", "kind"], name="document_matter"),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(fields=("kind", "year", "no"), name="document_number"),
        ),
        migrations.AddIndex(
            model_name="documentfile",
            index=models.Index(fields=["matter"], name="document_file_matter"),
        ),
        migrations.AddIndex(
            model_name="documentfile",
            index=models.Index(fields=["sha256"], name="document_file_digest"),
        ),
        migrations.AddConstraint(
            model_name="documentfile",
            constraint=models.UniqueConstraint(fields=("document", "kind"), name="document_file_once"),
        ),
        migrations.RunPython(migrations.RunPython.noop, stay),
    ]
