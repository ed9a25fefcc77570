"""A seal for each message that may still go out: it goes as it was written, or not at all."""

from typing import Any

from django.db import migrations, models

from wuxiao.records.models.telling import seal_of


def seal(apps: Any, _schema: Any) -> None:
    """Seal what waits now, as it stands."""
    rows = apps.get_model("records", "Message").objects
    for row in rows.filter(state__in=["queued", "sending", "failed", "doubt"]).iterator(chunk_size=2000):
        rows.filter(pk=row.pk).update(seal=seal_of(row))


class Migration(migrations.Migration):
    dependencies = [("records", "0021_matter_salt")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="seal",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.RunPython(seal, migrations.RunPython.noop),
    ]
