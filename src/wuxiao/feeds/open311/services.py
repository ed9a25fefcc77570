"""The services of Open311: the leaf categories of the rule book, and what may be said with each."""

from __future__ import annotations

from typing import Any

from wuxiao.desk.matters import released
from wuxiao.rules.book_model import Book, Category
from wuxiao.rules.words import Text

ITEMS = "ITEMS"
HIDDEN_UNIT = "HIDDEN_UNIT"
_ITEMS = Text("希望解决的事项，每行一条", "What you ask for, one a line")
_ITEMS_HELP = Text("答复时逐条回应", "Each is answered one by one")
_HIDDEN = Text("被反映的单位（对该单位隐去此事）", "The unit complained of (it will not see this)")
_HIDDEN_HELP = Text("选一个单位，也可以不选", "One unit, or none")


def is_confidential(category: Category) -> bool:
    """Tell whether requests of a service are never shown, so that no id to ask after is given (`blackbox`)."""
    return not released.is_open(category)


def service(category: Category, book: Book, lang: str) -> dict[str, Any]:
    """Return one service as the list shows it."""
    parents = [book.categories[code].name.say(lang) for code in category.chain[1:] if code in book.categories]
    path = " › ".join(reversed(parents))
    group = book.categories[category.code.partition(".")[0]].name.say(lang)
    return {
        "service_code": category.code,
        "service_name": category.name.say(lang),
        "description": f"{path} › {category.name.say(lang)}" if path else category.name.say(lang),
        "metadata": bool(attributes(category, book, lang)),
        "type": "blackbox" if is_confidential(category) else "realtime",
        "keywords": ",".join(k.replace(",", " ") for k in category.keywords),
        "group": group,
    }


def attributes(category: Category, book: Book, lang: str) -> list[dict[str, Any]]:
    """Return the questions of one service; none is compulsory."""
    made: list[dict[str, Any]] = []
    if category.handling_class != "enquiry":
        made.append(
            {
                "variable": True,
                "code": ITEMS,
                "datatype": "text",
                "required": False,
                "datatype_description": _ITEMS_HELP.say(lang),
                "order": 1,
                "description": _ITEMS.say(lang),
            }
        )
    if category.handling_class == "report" or category.kind == "conduct_problem":
        made.append(
            {
                "variable": True,
                "code": HIDDEN_UNIT,
                "datatype": "singlevaluelist",
                "required": False,
                "datatype_description": _HIDDEN_HELP.say(lang),
                "order": len(made) + 1,
                "description": _HIDDEN.say(lang),
                "values": [{"key": u.code, "name": u.name.say(lang)} for u in book.units.values()],
            }
        )
    return made
