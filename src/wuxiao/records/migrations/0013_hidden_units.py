"""A matter is hidden from a set of units, no longer from one; what hot issues told of hidden matters goes.

The units are those of the rule book the matter was received under: the one complained of, what is beneath it, and who
would tell it (`rules.hide`). An issue with a hidden or shielded matter in it carries that matter's words in its name
and its counts, so it is taken off and made anew by the next look, from what may be shared.
"""

from typing import Any

from django.db import migrations, models
from django.db.models import Q


def widen(apps: Any, schema_editor: Any) -> None:
    from wuxiao.rules import hide
    from wuxiao.rules.book import loads

    matters, access = apps.get_model("records", "Matter"), apps.get_model("records", "Access")
    books = {}
    for matter in matters.objects.exclude(hidden_units="").iterator(chunk_size=500):
        if matter.book_id not in books:
            books[matter.book_id] = loads(matter.book.text, adopted=True)
        book, unit = books[matter.book_id], matter.hidden_unit
        hidden = hide.from_unit(book, unit) if unit in book.units else frozenset({unit})
        packed = hide.pack(hidden)
        matters.objects.filter(pk=matter.pk).update(
            about=hide.pack([unit]), hidden_own=packed, hidden_units=packed
        )
        rows = access.objects.filter(matter_id=matter.pk)
        rows.filter(principal__in=[f"u:{one}" for one in hidden]).delete()
        rows.update(hidden=packed)
    issues, members = apps.get_model("records", "HotIssue"), apps.get_model("records", "HotMatter")
    told = members.objects.filter(~Q(matter__hidden_units="") | Q(matter__shielded=True))
    ids = set(told.values_list("issue_id", flat=True))
    apps.get_model("records", "HotAlert").objects.filter(issue_id__in=ids).delete()
    members.objects.filter(issue_id__in=ids).delete()
    issues.objects.filter(pk__in=ids).update(state="gone", name="", place="", words=[], why={}, people=0)


class Migration(migrations.Migration):
    dependencies = [("records", "0012_released_text")]

    operations = [
        *(
            migrations.AddField(
                model_name="matter", name=name, field=models.TextField(blank=True, default="")
            )
            for name in ("about", "hidden_own", "hidden_units")
        ),
        migrations.AlterField(
            model_name="access", name="hidden", field=models.TextField(blank=True, default="")
        ),
        migrations.RunPython(widen, migrations.RunPython.noop),
        migrations.RemoveField(model_name="matter", name="hidden_unit"),
    ]
