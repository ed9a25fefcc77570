"""Publications: where a text with versions stands, beside its row."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def stay(apps: Any, editor: Any) -> None:
    if apps.get_model("records", "Publication").objects.exists():
        raise RuntimeError("there are publications: the version before cannot hold them")


class Migration(migrations.Migration):
    dependencies = [("records", "0028_said_apart")]

    operations = [
        migrations.CreateModel(
            name="Publication",
            fields=[
                (
                    "row",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="publication",
                        serialize=False,
                        to="records.row",
                    ),
                ),
                ("stage", models.CharField(max_length=12)),
                ("audience", models.CharField(max_length=12)),
                ("newest", models.PositiveIntegerField()),
                ("shown", models.PositiveIntegerField(null=True)),
                ("released_at", models.DateTimeField(null=True)),
                ("first_day", models.DateField(null=True)),
                ("last_day", models.DateField(null=True)),
                ("review_on", models.DateField()),
                ("folded", models.TextField(blank=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "released_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["stage", "audience"], name="publication_stage")]},
        ),
        migrations.RunPython(migrations.RunPython.noop, stay, elidable=True),
    ]
