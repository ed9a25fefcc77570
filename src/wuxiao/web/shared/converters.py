"""Numbers in addresses: as long as a database can count, so that forty digits are a page that is not there."""

from __future__ import annotations

from django.urls import register_converter

from wuxiao.desk.base import veiled


class Id:
    """A number of a row: up to eighteen ASCII digits."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        """Return the number."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Return the number as it stands in an address."""
        return str(value)


class File(Id):
    """A file of a matter: its number is veiled, for numbers that are counted tell how many came between."""

    def to_python(self, value: str) -> int:
        """Return the number of the row."""
        return veiled.unveil("file", int(value))

    def to_url(self, value: int) -> str:
        """Return the veiled number."""
        return str(veiled.veil("file", int(value)))


class Slot(File):
    """An hour that can be booked: its number is veiled like that of a file."""

    def to_python(self, value: str) -> int:
        """Return the number of the row."""
        return veiled.unveil("slot", int(value))

    def to_url(self, value: int) -> str:
        """Return the veiled number."""
        return str(veiled.veil("slot", int(value)))


register_converter(Slot, "slot")
register_converter(Id, "id")
register_converter(File, "file")
