"""What a draw's seed is made of; rounds from before had a seed alone, and stay as they were sealed."""

import django.db.models.deletion
from django.db import migrations, models

import wuxiao.records.sealed


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0038_terms_of_schools"),
    ]

    operations = [
        *(
            migrations.AddField(model_name="draw", name=name, field=models.DateTimeField(null=True))
            for name in ("opens_at", "closes_at", "told_at")
        ),
        *(
            migrations.AddField(
                model_name="draw", name=name, field=models.CharField(blank=True, default="", max_length=size)
            )
            for name, size in (("share_hash", 64), ("figure", 12), ("share", 64), ("result", 200), ("seen", 200))
        ),
        migrations.AddField(model_name="draw", name="witness", field=models.PositiveIntegerField(default=0)),
        migrations.CreateModel(
            name="DrawShare",
            fields=[
                (
                    "draw",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="+",
                        serialize=False, to="records.draw",
                    ),
                ),
                ("text", wuxiao.records.sealed.SealedText()),
            ],
        ),
    ]
