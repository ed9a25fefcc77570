"""Words that nobody here could read have a clock of their own."""

from typing import Any

from django.db import migrations, models


def begin(apps: Any, schema_editor: Any) -> None:
    # What waited unread before there was a clock is rung for in the first round.
    rows = apps.get_model("records", "Case").objects.exclude(state="closed").exclude(danger_perhaps=[])
    for row in rows.only("pk", "danger_perhaps", "changed_at").iterator():
        if "unread" in row.danger_perhaps:
            rows.filter(pk=row.pk).update(unread_since=row.changed_at, tick_at=row.changed_at)


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0042_reward'),
    ]

    operations = [
        migrations.AddField(
            model_name='case',
            name='unread_rung',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='case',
            name='unread_since',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('unread_since__isnull', False)), fields=['unread_since'], name='matter_unread'),
        ),
        migrations.RunPython(begin, migrations.RunPython.noop, elidable=True),
    ]
