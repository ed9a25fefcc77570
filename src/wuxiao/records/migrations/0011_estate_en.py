"""Estates have English names as streets have, so that who types one finds it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0010_late")]

    operations = [
        migrations.AddField(
            model_name="address", name="estate_en", field=models.CharField(blank=True, default="", max_length=120)
        ),
    ]
