"""Every word of the rule book is read by somebody: each is marked, and its mark must be seen outside the book's page.

All words are marked at once, a town is told under that book, and everybody walks through it in Chinese and English:
pages, feeds, exports, what is sent.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import resolve

from tests.keys import grammar, stage
from tests.keys.world import World
from tests.support.lots import WHOLE
from wuxiao.records.models import Entry, Message

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.either,
    # Everybody through every page in two languages: minutes, so `make soak ARGS=tests` does it.
    pytest.mark.skipif(not WHOLE, reason="every page for everybody takes minutes: make soak ARGS=tests"),
]
#: What somebody may do stands on these, with what was decided about it: each reads another page there.
EACH_HER_OWN = {"staff:matter", "staff:case"}
#: The pages that print the whole book, and the forms in which an administrator reads it.
OWN = ("/staff/book",)


def marked() -> tuple[dict[str, Any], dict[int, str]]:
    """Return the book with a mark at each of its words, and the kind of place of each mark."""
    parsed = grammar.fullest()
    with grammar.watched() as asked:
        grammar.read(parsed)
    kinds: dict[int, str] = {}
    for leaf in list(grammar.leaves(parsed, asked)):
        if leaf.kind == "words":
            number = len(kinds) + 1
            kinds[number] = leaf.name
            parsed = grammar.turned(parsed, leaf.path, f"{leaf.value}〔{number}〕")
    return parsed, kinds


def seen(world: World) -> Iterator[str]:
    """Yield everything that anybody reads."""
    often: Counter[tuple[str, str]] = Counter()
    shut: set[tuple[str, str]] = set()
    pages = {name: list(world.pages(name)) for name in world.people}
    for lang in ("zh", "en"):
        visitor = world.client("", lang)
        visitor.post("/new", {"words": "文庙街路灯坏了"})
        visitor.post("/new/place", {"q": "文庙街12号"})
        for url in world.pages(""):
            if url.startswith("/api/v1"):
                answer = visitor.get(url, headers={"Authorization": f"Bearer {world.secret}"})
            else:
                answer = visitor.get(url)
            yield body(answer)
        for name in world.people:
            client = world.client(name, lang)
            for url in pages[name]:
                route = name, resolve(urlsplit(url).path).view_name
                # Who is refused one of a kind is not asked again, and what two have read is not read by a third.
                enough = often[lang, url] >= 2 and route[1] not in EACH_HER_OWN
                if url.startswith(OWN) or enough or route in shut:
                    continue
                answer = client.get(url)
                often[lang, url] += answer.status_code == 200
                shut |= {route} if answer.status_code == 403 else set()
                yield body(answer)
    for text in Message.objects.values_list("text", "subject"):
        yield " ".join(text)
    for facts in Entry.objects.values_list("facts", flat=True):
        yield str(facts)


def body(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = content.decode("utf-8", "replace")
    # JSON that is written in ASCII says a mark by its numbers.
    return text.replace("\\u3014", "〔").replace("\\u3015", "〕")


def test_every_word_of_the_book_is_read_by_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed, kinds = marked()
    theatre = stage.Theatre(monkeypatch)
    found: set[int] = set()

    def told(one: stage.Stage) -> None:
        for text in seen(World(one)):
            found.update(int(number) for number in re.findall("〔(\\d+)〕", text))

    theatre.tell(told, grammar.read(parsed), ())
    places: dict[str, list[int]] = defaultdict(list)
    for number, kind in kinds.items():
        places[kind].append(number)
    unread = sorted(kind for kind, numbers in places.items() if not found & set(numbers))
    print(f"{len(found)} of {len(kinds)} words in {len(places)} kinds of places were read")
    assert unread == [], f"nobody reads these words of the rule book (see CONTRIBUTING.md): {unread}"
