"""Each of the two inspectors says herself that she is there; of visits from before nothing of it is known."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0036_slot_of_a_case"),
    ]

    operations = [
        migrations.AddField(
            model_name="inspection", name="first_here_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="inspection", name="second_here_at", field=models.DateTimeField(null=True)
        ),
    ]
