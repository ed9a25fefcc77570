"""Names, phones and mail addresses are sealed under a key outside the database, and found again by their marks.

What stood there in clear text is sealed where it stands; on SQLite the pages it lay on are overwritten
(`PRAGMA secure_delete`, set by the connection).
"""

from typing import Any

from django.db import migrations, models

import wuxiao.records.sealed
from wuxiao.records.sealed import keyring, mark

SEALED = {
    "records_contact": ("name", "phone", "email"),
    "records_job": ("result",),
    "records_importrow": ("error", "cells"),
}
_MANY = 1000


def _rows(cursor: Any, table: str, columns: tuple[str, ...]) -> Any:
    last = 0
    while True:
        cursor.execute(
            f"SELECT id, {', '.join(columns)} FROM {table} WHERE id > %s ORDER BY id LIMIT {_MANY}",
            [last],
        )
        rows = cursor.fetchall()
        if not rows:
            return
        yield rows
        last = rows[-1][0]


def _sealed(value: Any, place: str) -> str:
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return keyring().seal("" if text == "{}" else text, place)


def seal(apps: Any, schema_editor: Any) -> None:
    """Seal what stands in clear text."""
    with schema_editor.connection.cursor() as cursor:
        for table, columns in SEALED.items():
            marked = ("phone_mark", "email_mark") if table == "records_contact" else ()
            sets = ", ".join(f"{name} = %s" for name in (*columns, *marked))
            for rows in _rows(cursor, table, columns):
                cursor.executemany(
                    f"UPDATE {table} SET {sets} WHERE id = %s",
                    [
                        (
                            *(_sealed(v, f"{table}.{c}") for v, c in zip(values, columns, strict=True)),
                            *((mark(values[1] or ""), mark((values[2] or "").lower())) if marked else ()),
                            pk,
                        )
                        for pk, *values in rows
                    ],
                )


def settle(apps: Any, schema_editor: Any) -> None:
    """Have PostgreSQL do now what it keeps for the end: a table with checks pending cannot be altered.

    So all of this is one transaction: killed at any moment, it is as if it had not begun.
    """
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def unseal(apps: Any, schema_editor: Any) -> None:
    """Open everything again."""
    with schema_editor.connection.cursor() as cursor:
        for table, columns in SEALED.items():
            sets = ", ".join(f"{name} = %s" for name in columns)
            for rows in _rows(cursor, table, columns):
                cursor.executemany(
                    f"UPDATE {table} SET {sets} WHERE id = %s",
                    [
                        (
                            *(
                                keyring().open(v or "", f"{table}.{c}") or ("{}" if c in {"result", "cells"} else "")
                                for v, c in zip(values, columns, strict=True)
                            ),
                            pk,
                        )
                        for pk, *values in rows
                    ],
                )


def _as_text(*places: tuple[str, str]) -> list[migrations.AlterField]:
    return [
        migrations.AlterField(model_name=model, name=name, field=models.TextField(blank=True, default=""))
        for model, name in places
    ]


class Migration(migrations.Migration):
    dependencies = [("records", "0014_far_ends_and_beat")]

    operations = [
        migrations.AddField(
            model_name="matter", name="retired", field=models.PositiveSmallIntegerField(db_default=0, default=0)
        ),
        migrations.RemoveIndex(model_name="contact", name="contact_phone"),
        *(
            migrations.AddField(
                model_name="contact", name=name, field=models.CharField(blank=True, default="", max_length=64)
            )
            for name in ("phone_mark", "email_mark")
        ),
        *_as_text(
            ("contact", "name"),
            ("contact", "phone"),
            ("contact", "email"),
            ("job", "result"),
            ("importrow", "error"),
            ("importrow", "cells"),
        ),
        migrations.RunPython(seal, unseal),
        migrations.RunPython(settle, settle),
        *(
            migrations.AlterField(
                model_name=model, name=name, field=wuxiao.records.sealed.SealedText(blank=True, default="")
            )
            for model, name in (("contact", "name"), ("contact", "phone"), ("contact", "email"), ("importrow", "error"))
        ),
        *(
            migrations.AlterField(
                model_name=model, name=name, field=wuxiao.records.sealed.SealedJSON(default=dict)
            )
            for model, name in (("job", "result"), ("importrow", "cells"))
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("phone_mark", ""), _negated=True), fields=["phone_mark"], name="contact_mark"
            ),
        ),
    ]
