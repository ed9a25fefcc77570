"""The hour of a case: a sitting has one, and its agenda takes places in it. Sittings from before have none."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0035_paper_template"),
    ]

    operations = [
        migrations.AddField(
            model_name="slot",
            name="case",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="records.case"
            ),
        ),
    ]
