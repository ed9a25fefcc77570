"""The town's standard addresses."""

from __future__ import annotations

from django.db import models


class Street(models.Model):
    """A street with its standard name."""

    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True)
    division = models.CharField(max_length=12)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["division", "name"], name="street_once")]

    def __str__(self) -> str:
        return self.name


class Address(models.Model):
    """One standard address: division, street, door number, and optionally estate and building.

    Coordinates are CGCS2000 / WGS 84 degrees.
    """

    code = models.CharField(max_length=32, unique=True)
    division = models.CharField(max_length=12)
    street = models.ForeignKey(Street, on_delete=models.PROTECT, related_name="addresses", db_index=False)
    door = models.CharField(max_length=24)
    estate = models.CharField(max_length=60, blank=True)
    estate_en = models.CharField(max_length=120, blank=True, default="")
    building = models.CharField(max_length=24, blank=True)
    full = models.CharField(max_length=160)
    full_en = models.CharField(max_length=200, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["street", "door"], name="address_street"),
            models.Index(fields=["division"], name="address_division"),
        ]

    def __str__(self) -> str:
        return self.full
