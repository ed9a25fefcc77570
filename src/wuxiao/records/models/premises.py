"""What a place has beside what every row has; nothing about anybody who lives or stays there."""

from __future__ import annotations

from django.db import models

from wuxiao.records.models.row import Row


class Premises(models.Model):
    """The own columns of a place in the premises register (`subjects.premises`)."""

    row = models.OneToOneField(Row, primary_key=True, on_delete=models.PROTECT, related_name="+")
    licence = models.CharField(max_length=60, blank=True)
    licence_until = models.DateField(null=True)
    duty_office = models.CharField(max_length=60, blank=True)
    duty_phone = models.CharField(max_length=24, blank=True)
    duty_signed = models.DateField(null=True)
    bars = models.CharField(max_length=12, blank=True)
    guards = models.PositiveIntegerField(null=True)
    trained_on = models.DateField(null=True)
    self_check = models.CharField(max_length=200, blank=True)
    self_checked_on = models.DateField(null=True)
    rooms_let = models.PositiveIntegerField(null=True)
    let_check = models.CharField(max_length=200, blank=True)
    duties_told_on = models.DateField(null=True)
    rights_told_on = models.DateField(null=True)

    def __str__(self) -> str:
        return f"premises:{self.row_id}"
