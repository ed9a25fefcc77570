"""Numbers in addresses: as long as a database can count, so that forty digits are a page that is not there."""

from __future__ import annotations

from django.urls import register_converter


class Id:
    """A number of a row: up to eighteen ASCII digits."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        """Return the number."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Return the number as it stands in an address."""
        return str(value)


register_converter(Id, "id")
