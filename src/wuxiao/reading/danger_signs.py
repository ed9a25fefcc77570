"""Signs in a text that it is past, asked, feared, settled, drilled or going on: the patterns of `danger` by name, and
which of them the small model hears besides the words."""

from __future__ import annotations

import re
from functools import cache

from wuxiao.reading.lists import danger_certain_words as sure
from wuxiao.reading.lists import danger_words as words

#: Marks that part clauses. Blanks part clauses of Chinese too (`CHINESE_SPACE`); between Latin words they part words.
CLAUSE_END = "，,。！？!?；;、：:\n 　"
CHINESE_SPACE = re.compile(r"(?<![a-z0-9,.;:!?'’]) ", re.IGNORECASE)
#: The signs a model counts as it counts words. It learns by itself how much each one says.
HEARD = (
    "calm",
    "enquiry",
    "past",
    "habit",
    "mild",
    "settled",
    "not_now",
    "long_past",
    "still",
    "now_real",
    "at_once",
    "unreal",
)
#: A text's length counts by so many characters, up to `LONGEST` such steps.
STEP, LONGEST = 15, 8
_ASKS = re.compile(r"\?|[吗呢][。！!.]?\s*$")


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return one of the patterns of danger by its name."""
    source = {
        "figures": "|".join(f"(?:{part})" for part in words.FIGURES),
        "unreal": words.UNREAL,
        "real": words.REAL,
        "now": words.NOW,
        "at_once": words.AT_ONCE,
        "negation": f"(?:{words.NEGATION})[^{CLAUSE_END}]{{0,4}}$",
        "not_negation": f"(?:{words.NOT_NEGATION})[^{CLAUSE_END}]{{0,8}}$",
        "other_senses": sure.OTHER_SENSES,
        "denied_inside": sure.DENIED_INSIDE,
        "loose": sure.LOOSE,
        "not_now": sure.UNREAL,
        "now_real": sure.REAL,
        "past": sure.PAST,
        "long_past": sure.LONG_PAST,
        "still": sure.STILL,
        "feared": sure.FEARED,
        "feared_after": sure.FEARED_AFTER,
        "habit": sure.HABIT,
        "mild": sure.MILD,
        "settled": sure.SETTLED,
        "enquiry": sure.ENQUIRY,
        "compared": sure.COMPARED,
        "owned": sure.OWNED,
        "matters": sure.MATTERS,
        "calm": sure.CALM,
    }[name]
    return re.compile(source, re.IGNORECASE)


def signs(plain: str) -> list[str]:
    """Return the signs of a text for the model, each led by `@`: what speaks against danger now or for it, whether it
    asks, and how long it is.

    >>> signs("去年楼下着过火，想问问赔偿")
    ['@enquiry', '@past', '@not_now', '@long_past', '@0']
    """
    found = [f"@{name}" for name in HEARD if pattern(name).search(plain)]
    if _ASKS.search(plain):
        found.append("@asks")
    return [*found, f"@{min(LONGEST, len(plain) // STEP)}"]
