"""Whose report was joined to another may say that it is another thing: since when that waits for a decision."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0027_inspection")]

    operations = [
        migrations.AddField(model_name="case", name="apart_asked_at", field=models.DateTimeField(null=True)),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["apart_asked_at"], name="matter_apart", condition=models.Q(apart_asked_at__isnull=False)
            ),
        ),
    ]
