"""Which unit is proposed for a matter, and why: kept on the matter, for a named person to decide."""

from __future__ import annotations

from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Matter
from wuxiao.rules import route


def propose(matter: Matter, category: str, rules: Rules, *, guess: str = "") -> None:
    """Store on the matter whom the routing table proposes for a category at its place, and who oversees it.

    Those it is hidden from are left out. `guess` is the category where nobody has confirmed it yet.
    """
    book = rules.book
    found = route.route(book, category, matter.division or book.town.code, hidden=matter.hidden)
    matter.supervisor_unit = found.supervisor or ""
    matter.route_why = {
        "lead": found.lead,
        "co_units": list(found.co_units),
        "zh": found.why.zh,
        "en": found.why.en,
        "guess": guess,
    }
