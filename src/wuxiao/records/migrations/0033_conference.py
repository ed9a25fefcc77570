"""Sittings of the joint conference, what they decide, and tasks, whoever gave them."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def stay(apps: Any, editor: Any) -> None:
    for name in ("AgendaItem", "Conference", "Invitation", "Task"):
        if apps.get_model("records", name).objects.exists():
            raise RuntimeError("there are sittings or tasks: the version before cannot hold them")


class Migration(migrations.Migration):

    dependencies = [
        ('records', "0032_document"),
    ]

    operations = [
        migrations.CreateModel(
            name='AgendaItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('why', models.CharField(max_length=12)),
                ('state', models.CharField(max_length=8)),
                ('put', models.PositiveIntegerField()),
                ('decided', models.PositiveIntegerField(null=True)),
                ('unit', models.CharField(blank=True, max_length=40)),
                ('due_on', models.DateField(null=True)),
                ('about', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.case')),
                ('matter', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='records.case')),
            ],
            options={
                'indexes': [models.Index(fields=['matter', 'id'], name='agenda_of')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'on')), fields=('about',), name='agenda_open_once')],
            },
        ),
        migrations.CreateModel(
            name='Conference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('regular', models.CharField(blank=True, max_length=10)),
                ('sits_on', models.DateField()),
                ('members', models.JSONField(default=list)),
                ('present', models.JSONField(default=list)),
                ('minutes', models.PositiveIntegerField(null=True)),
                ('digest', models.CharField(blank=True, max_length=24)),
                ('matter', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='records.case')),
                ('writer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('regular', ''), _negated=True), fields=('regular',), name='conference_regular_once')],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit', models.CharField(max_length=40)),
                ('answer', models.CharField(max_length=8)),
                ('matter', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='records.case')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('matter', 'unit'), name='invitation_once')],
            },
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=24, unique=True)),
                ('kind', models.CharField(max_length=16)),
                ('unit', models.CharField(max_length=40)),
                ('state', models.CharField(max_length=12)),
                ('binds', models.BooleanField(default=False)),
                ('due_on', models.DateField()),
                ('given', models.PositiveIntegerField()),
                ('turn', models.PositiveIntegerField()),
                ('done', models.PositiveIntegerField(null=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('extended', models.PositiveSmallIntegerField(default=0)),
                ('reminded_on', models.DateField(null=True)),
                ('about', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.case')),
                ('matter', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='records.case')),
                ('owner', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['unit', 'state', 'due_on'], name='task_unit'), models.Index(fields=['state', 'due_on'], name='task_due'), models.Index(fields=['matter', 'id'], name='task_case'), models.Index(condition=models.Q(('about__isnull', False)), fields=['about', 'id'], name='task_about')],
            },
        ),
        migrations.RunPython(migrations.RunPython.noop, stay, elidable=True),
    ]
