"""What the house knows of the premises register."""

from __future__ import annotations

from wuxiao.desk.register.shelf import Shelf
from wuxiao.records.models import Premises
from wuxiao.subjects.premises.rules import PREMISES

SHELF = Shelf(PREMISES, Premises, lives=("inspection",))
