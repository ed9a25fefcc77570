"""Inspections: what one has beside what every case has, what was found, and who stands aside."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def stay(apps: Any, editor: Any) -> None:
    if apps.get_model("records", "Inspection").objects.exists():
        raise RuntimeError("there are inspections: the version before cannot hold them")


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0026_premises"),
    ]

    operations = [
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("item", models.CharField(max_length=40)),
                ("grave", models.BooleanField(default=False)),
                ("state", models.CharField(default="open", max_length=12)),
                ("found", models.PositiveIntegerField()),
                ("found_at", models.DateTimeField()),
                ("said", models.PositiveIntegerField(null=True)),
                ("said_at", models.DateTimeField(null=True)),
                ("settled", models.PositiveIntegerField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
                ("reported", models.BooleanField(default=False)),
                ("noted", models.BooleanField(default=False)),
                (
                    "matter",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="records.case"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("matter", "number"), name="finding_number")],
                "indexes": [models.Index(fields=["state", "found_at"], name="finding_age")],
            },
        ),
        migrations.CreateModel(
            name="Inspection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("why", models.CharField(max_length=12)),
                ("draw", models.CharField(blank=True, max_length=64)),
                ("planned_on", models.DateField(null=True)),
                ("checklist", models.CharField(max_length=40)),
                ("checklist_digest", models.CharField(max_length=64)),
                ("answers", models.JSONField(default=dict)),
                ("signed", models.CharField(blank=True, max_length=12)),
                ("left_at", models.DateTimeField(null=True)),
                ("due_on", models.DateField(null=True)),
                ("promised_on", models.DateField(null=True)),
                ("objected", models.BooleanField(default=False)),
                ("objected_at", models.DateTimeField(null=True)),
                ("answered", models.BooleanField(default=False)),
                ("handed", models.BooleanField(default=False)),
                (
                    "first",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "matter",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="records.case"
                    ),
                ),
                (
                    "premises",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.row"
                    ),
                ),
                (
                    "second",
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
                "indexes": [models.Index(fields=["premises", "matter"], name="inspection_premises")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["draw", "premises"], condition=~models.Q(draw=""), name="inspection_drawn_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StandAside",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("turn", models.PositiveIntegerField()),
                (
                    "matter",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="records.case"
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("matter", "staff"), name="aside_once")],
            },
        ),
        migrations.RunPython(migrations.RunPython.noop, stay, elidable=True),
    ]
