"""The full-text index: FTS5 over bigrams on SQLite, a tsvector of the same tokens on PostgreSQL."""

from typing import Any

from django.db import migrations

SQLITE = [
    "CREATE TABLE matter_text (matter_id INTEGER PRIMARY KEY, folded TEXT NOT NULL)",
    "CREATE VIRTUAL TABLE matter_search USING fts5(tokens, content='', detail=none, tokenize='unicode61')",
]
POSTGRES = [
    "CREATE TABLE matter_text (matter_id BIGINT PRIMARY KEY, folded TEXT NOT NULL, tokens TSVECTOR NOT NULL)",
    "CREATE INDEX matter_text_tokens ON matter_text USING GIN (tokens)",
]


def make(apps: Any, schema_editor: Any) -> None:
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRES:
        schema_editor.execute(statement)


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE matter_search")
    schema_editor.execute("DROP TABLE matter_text")


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]
