"""Indexes that lead somewhere: none on foreign keys that another index already covers or that nobody asks by.

A matter's row, its entries and its access rows each carried several more; every report paid for them.
"""

import django.db.models.deletion
from django.conf import settings
from typing import Any

from django.db import migrations, models

COLUMNS = {
    "records_matter": ["address_id", "handler_id", "proposer_id", "merged_into_id", "split_from_id", "book_id"],
    "records_access": ["matter_id"],
    "records_workorder": ["matter_id"],
    "records_signoff": ["matter_id", "staff_id"],
    "records_callback": ["matter_id", "caller_id"],
    "records_address": ["street_id"],
    "records_entry": ["matter_id", "staff_id"],
    "records_words": ["matter_id"],
    "records_attachment": ["matter_id"],
    "records_importrow": ["job_id"],
    "records_message": ["webhook_id"],
    "records_once": ["matter_id"],
}


def drop(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    for table, columns in COLUMNS.items():
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, table)
        for name, one in found.items():
            plain = one["index"] and not (one["unique"] or one["primary_key"] or one["foreign_key"])
            # By its name too: a partial index of the same column is another one.
            if plain and len(one["columns"]) == 1 and one["columns"][0] in columns and name.startswith(table):
                schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")


def make(apps: Any, schema_editor: Any) -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            name = schema_editor.quote_name(f"{table}_{column}_again")
            schema_editor.execute(f"CREATE INDEX {name} ON {schema_editor.quote_name(table)} ({schema_editor.quote_name(column)})")


class Migration(migrations.Migration):
    dependencies = [("records", "0005_reading")]

    operations = [
        # The database is told by hand: Django would copy whole tables on SQLite to take an index away.
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop, make)],
            state_operations=[
                migrations.AlterField(
                    model_name='access',
                    name='matter',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='access', to='records.matter'),
                ),
                migrations.AlterField(
                    model_name='address',
                    name='street',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='addresses', to='records.street'),
                ),
                migrations.AlterField(
                    model_name='attachment',
                    name='matter',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='records.matter'),
                ),
                migrations.AlterField(
                    model_name='callback',
                    name='caller',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AlterField(
                    model_name='callback',
                    name='matter',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='call_backs', to='records.matter'),
                ),
                migrations.AlterField(
                    model_name='entry',
                    name='matter',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='records.matter'),
                ),
                migrations.AlterField(
                    model_name='entry',
                    name='staff',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AlterField(
                    model_name='importrow',
                    name='job',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='records.job'),
                ),
                migrations.AlterField(
                    model_name='matter',
                    name='address',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.address'),
                ),
                migrations.AlterField(
                    model_name='matter',
                    name='book',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.bookversion'),
                ),
                migrations.AlterField(
                    model_name='matter',
                    name='handler',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AlterField(
                    model_name='matter',
                    name='merged_into',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='records.matter'),
                ),
                migrations.AlterField(
                    model_name='matter',
                    name='proposer',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AlterField(
                    model_name='matter',
                    name='split_from',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='splits', to='records.matter'),
                ),
                migrations.AlterField(
                    model_name='message',
                    name='webhook',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='records.webhook'),
                ),
                migrations.AlterField(
                    model_name='once',
                    name='matter',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='records.matter'),
                ),
                migrations.AlterField(
                    model_name='signoff',
                    name='matter',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='signoffs', to='records.matter'),
                ),
                migrations.AlterField(
                    model_name='signoff',
                    name='staff',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='signoffs', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AlterField(
                    model_name='words',
                    name='matter',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='words', to='records.matter'),
                ),
                migrations.AlterField(
                    model_name='workorder',
                    name='matter',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='orders', to='records.matter'),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name='matter',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='matter_merged'),
        ),
        migrations.AddIndex(
            model_name='matter',
            index=models.Index(condition=models.Q(('split_from__isnull', False)), fields=['split_from'], name='matter_split'),
        ),
        migrations.AddIndex(
            model_name='matter',
            index=models.Index(condition=models.Q(models.Q(('state', 'closed'), _negated=True), models.Q(('holder', ''), ('tick_at__isnull', True), ('due_at__isnull', True), _connector='OR')), fields=['received_at', 'id'], name='matter_orphan'),
        ),
    ]
