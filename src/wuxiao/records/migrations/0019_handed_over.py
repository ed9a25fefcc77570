"""What a desk handed over by sign-offs is found by its sender."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0018_what_stands")]

    operations = [
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(
                condition=models.Q(("way", ""), _negated=True), fields=["sender", "sent_at"], name="order_handed"
            ),
        ),
    ]
