"""What an act changed is sealed with it; the hashes of a contact have a salt of their own."""

from django.db import migrations, models

import wuxiao.records.models.people
from wuxiao.records.sealed import SealedText


class Migration(migrations.Migration):
    dependencies = [("records", "0017_doors")]

    operations = [
        # Contacts from before are in no entry and need no salt.
        migrations.AddField("contact", "salt", SealedText(blank=True, default="")),
        migrations.AlterField(
            "contact",
            "salt",
            SealedText(blank=True, default=wuxiao.records.models.people.new_salt),
        ),
        migrations.AddField("checkpoint", "note", models.TextField(blank=True, default="")),
        migrations.AddField("entry", "stand", models.JSONField(null=True)),
    ]
