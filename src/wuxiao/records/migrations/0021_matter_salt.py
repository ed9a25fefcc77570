"""A salt for the hashes that entries hold of a matter's title and place."""

from django.db import migrations, models

import wuxiao.records.models.people


class Migration(migrations.Migration):
    dependencies = [("records", "0020_children")]

    operations = [
        migrations.AddField(
            model_name="matter",
            name="salt",
            field=models.CharField(
                blank=True, db_default="", default=wuxiao.records.models.people.new_salt, max_length=32
            ),
        ),
    ]
