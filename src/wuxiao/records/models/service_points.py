"""What a service point has beside what every row has."""

from __future__ import annotations

from django.db import models

from wuxiao.records.models.row import Row


class ServicePoint(models.Model):
    """The own columns of a service point (`subjects.service_points`)."""

    row = models.OneToOneField(Row, primary_key=True, on_delete=models.PROTECT, related_name="+")
    title_en = models.CharField(max_length=120, blank=True)
    hours = models.CharField(max_length=200, blank=True)
    holidays = models.CharField(max_length=12, blank=True)
    opens_on = models.DateField(null=True)
    shut_from = models.DateField(null=True)
    shut_to = models.DateField(null=True)
    phone = models.CharField(max_length=24, blank=True)
    services = models.CharField(max_length=200, blank=True)
    speaks = models.CharField(max_length=200, blank=True)
    access = models.CharField(max_length=200, blank=True)
    room = models.CharField(max_length=12, blank=True)
    on_duty = models.CharField(max_length=80, blank=True)
    also = models.CharField(max_length=80, blank=True)
    officer = models.CharField(max_length=40, blank=True)
    officer_agreed = models.DateField(null=True)
    about = models.TextField(blank=True)
    about_en = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"service point:{self.row_id}"
