"""Drawn rounds: what was fixed before the seed was known, and what came of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0033_conference"),
    ]

    operations = [
        migrations.CreateModel(
            name="Draw",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=24, unique=True)),
                ("unit", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=200)),
                ("commitment", models.CharField(max_length=64, unique=True)),
                ("committed_at", models.DateTimeField()),
                ("lists", models.TextField()),
                ("strata", models.JSONField(default=dict)),
                ("named", models.JSONField(default=dict)),
                ("accounts", models.JSONField(default=dict)),
                ("seed", models.CharField(blank=True, max_length=200)),
                ("drawn_at", models.DateTimeField(null=True)),
                ("mark", models.CharField(blank=True, max_length=64)),
                ("drawn", models.JSONField(default=list)),
            ],
            options={
                "indexes": [models.Index(fields=["-committed_at"], name="draw_latest")],
            },
        ),
    ]
