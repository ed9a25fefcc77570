"""The premises register: what a place has beside what every row has."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def stay(apps: Any, editor: Any) -> None:
    if apps.get_model("records", "Premises").objects.exists():
        raise RuntimeError("there are premises in their register: the version before cannot hold them")


class Migration(migrations.Migration):
    dependencies = [("records", "0025_row")]

    operations = [
        migrations.CreateModel(
            name="Premises",
            fields=[
                (
                    "row",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="records.row",
                    ),
                ),
                ("licence", models.CharField(blank=True, max_length=60)),
                ("licence_until", models.DateField(null=True)),
                ("duty_office", models.CharField(blank=True, max_length=60)),
                ("duty_phone", models.CharField(blank=True, max_length=24)),
                ("duty_signed", models.DateField(null=True)),
                ("bars", models.CharField(blank=True, max_length=12)),
                ("guards", models.PositiveIntegerField(null=True)),
                ("trained_on", models.DateField(null=True)),
                ("self_check", models.CharField(blank=True, max_length=200)),
                ("self_checked_on", models.DateField(null=True)),
                ("rooms_let", models.PositiveIntegerField(null=True)),
                ("let_check", models.CharField(blank=True, max_length=200)),
                ("duties_told_on", models.DateField(null=True)),
                ("rights_told_on", models.DateField(null=True)),
            ],
        ),
        migrations.RunPython(migrations.RunPython.noop, stay, elidable=True),
    ]
