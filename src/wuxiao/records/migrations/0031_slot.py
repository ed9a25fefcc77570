"""Slots and their bookings, who follows a matter, keys of calendar feeds."""

from typing import Any

import django.db.models.deletion
import wuxiao.records.models.slot
from django.conf import settings
from django.db import migrations, models


def stay(apps: Any, editor: Any) -> None:
    if apps.get_model("records", "Slot").objects.exists():
        raise RuntimeError("there are published hours: the version before cannot hold them")


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0030_service_points"),
    ]

    operations = [
        migrations.CreateModel(
            name="Slot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=16)),
                ("unit", models.CharField(max_length=40)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("place", models.CharField(max_length=120)),
                ("capacity", models.PositiveSmallIntegerField()),
                ("taken", models.PositiveSmallIntegerField(default=0)),
                ("state", models.CharField(default="open", max_length=12)),
                ("mark", models.CharField(default=wuxiao.records.models.slot.new_mark, max_length=32, unique=True)),
                ("sequence", models.PositiveIntegerField(default=0)),
                ("changed_at", models.DateTimeField()),
                (
                    "host",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Booking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=16)),
                ("state", models.CharField(default="booked", max_length=12)),
                ("at", models.DateTimeField()),
                ("turn", models.PositiveIntegerField()),
                (
                    "matter",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bookings",
                        to="records.case",
                    ),
                ),
                (
                    "slot",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="records.slot",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TakenOver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "matter",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="taken_over",
                        to="records.case",
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
        ),
        migrations.CreateModel(
            name="CalendarKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "staff",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True)), fields=("staff",), name="calendar_key_one"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="slot",
            index=models.Index(fields=["kind", "state", "starts_at"], name="slot_offered"),
        ),
        migrations.AddIndex(
            model_name="slot",
            index=models.Index(
                condition=models.Q(("host__isnull", False)), fields=["host", "starts_at"], name="slot_host"
            ),
        ),
        migrations.AddIndex(
            model_name="slot",
            index=models.Index(fields=["unit", "starts_at"], name="slot_unit"),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.CheckConstraint(
                condition=models.Q(("taken__lte", models.F("capacity"))), name="slot_room"
            ),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.CheckConstraint(
                condition=models.Q(("starts_at__lt", models.F("ends_at"))), name="slot_hours"
            ),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.UniqueConstraint(
                condition=models.Q(("host__isnull", False), ("state", "open")),
                fields=("kind", "host", "starts_at"),
                name="slot_same",
            ),
        ),
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(fields=["slot", "matter"], name="booking_slot"),
        ),
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(fields=["matter", "id"], name="booking_matter"),
        ),
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(condition=models.Q(("state", "booked")), fields=["kind", "id"], name="booking_waits"),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "booked")), fields=("matter", "kind"), name="booking_waits_once"
            ),
        ),
        migrations.AddIndex(
            model_name="takenover",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)), fields=["staff", "id"], name="taken_over_staff"
            ),
        ),
        migrations.AddConstraint(
            model_name="takenover",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)), fields=("matter",), name="taken_over_by_one"
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, stay, elidable=True),
    ]
