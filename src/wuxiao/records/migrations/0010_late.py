"""Access rows say when their matter is late; lists of what is late walk an index of those alone.

They looked through all whose present step was late, which at a desk that has fallen behind are thousands.
"""

from django.db import migrations, models

FILL = """
UPDATE records_access SET late_at = (SELECT m.due_at FROM records_matter m WHERE m.id = records_access.matter_id)
WHERE is_open AND queue IN ('intake', 'sign', 'offer', 'joint', 'handle', 'extension', 'second_look', 'urgent')
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0009_own_hands")]

    operations = [
        migrations.AddField(model_name="access", name="late_at", field=models.DateTimeField(null=True)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="access",
            index=models.Index(
                condition=models.Q(("late_at__isnull", False)),
                fields=["principal", "late_at", "matter"],
                name="access_late",
            ),
        ),
    ]
