"""What may be danger is kept apart from what is certain: one line for staff, which blocks nothing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0015_sealed")]

    operations = [migrations.AddField(model_name="matter", name="danger_perhaps", field=models.JSONField(default=list))]
