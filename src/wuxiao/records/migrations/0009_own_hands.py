"""Access rows say whether the matter is in the principal's own hands; inboxes walk an index of those alone."""

from django.db import migrations, models

FILL = """
UPDATE records_access SET own = (1 = 1) WHERE is_open AND (
  EXISTS (SELECT 1 FROM records_matter m WHERE m.id = records_access.matter_id AND (
    records_access.principal = 'u:' || CASE WHEN m.state = 'offered' THEN m.offered_to ELSE m.holder END
    OR records_access.principal = 'p:' || m.handler_id))
  OR EXISTS (SELECT 1 FROM records_workorder o WHERE o.matter_id = records_access.matter_id
    AND o.role = 'co' AND o.state = 'accepted' AND records_access.principal = 'u:' || o.unit))
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0008_watch_lists")]

    operations = [
        migrations.AddField(
            model_name="access",
            name="own",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="access",
            index=models.Index(
                condition=models.Q(("own", True)),
                fields=["principal", "queue", "sort_at", "matter"],
                name="access_own",
            ),
        ),
    ]
