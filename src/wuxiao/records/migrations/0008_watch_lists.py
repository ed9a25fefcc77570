"""No indexes for the lists of urged and supervised matters: they are looked up once a minute among the open ones."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("records", "0007_open_and_due")]

    operations = [
        migrations.RemoveIndex(model_name="matter", name="matter_urged"),
        migrations.RemoveIndex(model_name="matter", name="matter_supervised"),
    ]
