"""Rewards for reported hazards: a sum, the mark of a code, when it was paid; whose it is stands nowhere."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0041_languages"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reward",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("grade", models.CharField(max_length=12)),
                ("amount", models.PositiveIntegerField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("mark", models.CharField(blank=True, max_length=64)),
                ("fetched_at", models.DateTimeField(null=True)),
                ("warned_at", models.DateTimeField(null=True)),
                ("paid_at", models.DateTimeField(null=True)),
                ("voucher", models.CharField(blank=True, max_length=24)),
                ("desk", models.CharField(blank=True, max_length=40)),
                (
                    "matter",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="records.case"
                    ),
                ),
                (
                    "proposer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("decided_at__isnull", False)), fields=["decided_at"], name="reward_decided"
                    ),
                    models.Index(
                        condition=models.Q(("paid_at__isnull", False)), fields=["paid_at"], name="reward_paid"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("mark", ""), _negated=True), fields=("mark",), name="reward_mark"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("voucher", ""), _negated=True), fields=("voucher",), name="reward_voucher"
                    ),
                ],
            },
        ),
    ]
