"""A town's own templates of papers: proposed by one person, adopted by another, every version kept."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def stay(apps: Any, editor: Any) -> None:
    if apps.get_model("records", "PaperTemplate").objects.exists():
        raise RuntimeError("there are paper templates of the town's own: the version before cannot hold them")


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0034_draw"),
    ]

    operations = [
        migrations.CreateModel(
            name="PaperTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=12)),
                ("digest", models.CharField(max_length=64)),
                ("body", models.BinaryField()),
                ("name", models.CharField(max_length=120)),
                ("at", models.DateTimeField()),
                ("outcome", models.CharField(blank=True, max_length=10)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
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
                "indexes": [models.Index(fields=["kind", "outcome", "decided_at"], name="paper_template")],
            },
        ),
        migrations.RunPython(migrations.RunPython.noop, stay),
    ]
