"""Before words are shown to the public or to another side: what they say of persons is shown once to their writer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wuxiao.desk.assist import spoken_of
from wuxiao.web.staff.gate import Desk


@dataclass(frozen=True, slots=True)
class Advice:
    """What was found, as (what it is, the words), and the mark by which the very same words are taken as they are."""

    found: list[tuple[str, str]]
    mark: str


def ask(d: Desk, texts: Iterable[object], *, known: Iterable[object] = ()) -> Advice | None:
    """Return what to show first where these texts speak of persons; `None` where they do not, or where the writer has
    seen it for these very words (the form carries `advised`). What stands in `known` was decided before."""
    written = [str(one) for one in texts if one]
    mark = spoken_of.mark_of(written)
    if d.request.POST.get("advised") == mark:
        return None
    said = spoken_of.look(written, known="\n".join(str(one) for one in known if one))
    return Advice([(one.name.say(d.lang), one.text) for one in said], mark) if said else None
