"""The register of service points: what one has beside what every row has."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def stay(apps: Any, editor: Any) -> None:
    if apps.get_model("records", "ServicePoint").objects.exists():
        raise RuntimeError("there are service points in their register: the version before cannot hold them")


class Migration(migrations.Migration):
    dependencies = [
        ('records', '0029_publication'),
    ]

    operations = [
        migrations.CreateModel(
            name='ServicePoint',
            fields=[
                ('row', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='records.row')),
                ('title_en', models.CharField(blank=True, max_length=120)),
                ('hours', models.CharField(blank=True, max_length=200)),
                ('holidays', models.CharField(blank=True, max_length=12)),
                ('opens_on', models.DateField(null=True)),
                ('shut_from', models.DateField(null=True)),
                ('shut_to', models.DateField(null=True)),
                ('phone', models.CharField(blank=True, max_length=24)),
                ('services', models.CharField(blank=True, max_length=200)),
                ('speaks', models.CharField(blank=True, max_length=200)),
                ('access', models.CharField(blank=True, max_length=200)),
                ('room', models.CharField(blank=True, max_length=12)),
                ('on_duty', models.CharField(blank=True, max_length=80)),
                ('also', models.CharField(blank=True, max_length=80)),
                ('officer', models.CharField(blank=True, max_length=40)),
                ('officer_agreed', models.DateField(null=True)),
                ('about', models.TextField(blank=True)),
                ('about_en', models.TextField(blank=True)),
            ],
        ),
        migrations.RunPython(migrations.RunPython.noop, stay, elidable=True),
    ]
