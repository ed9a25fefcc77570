"""Numbers and places in a list as they leave the house: they lead back to a row and tell nothing else.

Rows are numbered in the order in which they come. Whoever sees all but one of a stretch of numbers knows that there is
one more, and when it came: a hidden matter, say. So what stands in an address or an answer is the number under a keyed
permutation, and where a page of a list ended is sealed. Both are the same each time, so that addresses can be kept; a
new `SECRET_KEY` makes new ones.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from django.conf import settings

#: Half the bits of a veiled number: it fits into 52 bits, which every reader of JSON counts exactly.
_HALF = 26
_MASK = (1 << _HALF) - 1
_ROUNDS = 6
_TAG = 16


def _mac(kind: str, data: bytes) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), kind.encode() + b"\x00" + data, hashlib.sha256)


def _mixed(kind: str, turn: int, half: int) -> int:
    return int.from_bytes(_mac(f"veil:{kind}:{turn}", half.to_bytes(4))[-4:]) & _MASK


def veil(kind: str, pk: int) -> int:
    """Return the number of a row of a kind (`file`, `message`) as it may be shown; `pk` up to 52 bits."""
    left, right = pk >> _HALF, pk & _MASK
    for turn in range(_ROUNDS):
        left, right = right, left ^ _mixed(kind, turn, right)
    return left << _HALF | right


def unveil(kind: str, shown: int) -> int:
    """Return the number of the row that was shown so; 0, which no row has, for what cannot have been shown."""
    if not 0 <= shown < 1 << 2 * _HALF:
        return 0
    left, right = shown >> _HALF, shown & _MASK
    for turn in reversed(range(_ROUNDS)):
        left, right = right ^ _mixed(kind, turn, left), left
    return left << _HALF | right


def seal(kind: str, plain: bytes) -> str:
    """Return up to 32 bytes sealed, in letters for an address; the same bytes look the same each time."""
    tag = _mac(f"tag:{kind}", plain)[:_TAG]
    return base64.urlsafe_b64encode(tag + _stream(kind, tag, plain)).decode().rstrip("=")


def unseal(kind: str, text: str) -> bytes | None:
    """Return what was sealed, or `None` for anything else."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return None
    tag, packed = raw[:_TAG], raw[_TAG:]
    plain = _stream(kind, tag, packed)
    return plain if packed and hmac.compare_digest(tag, _mac(f"tag:{kind}", plain)[:_TAG]) else None


def _stream(kind: str, tag: bytes, data: bytes) -> bytes:
    key = _mac(f"stream:{kind}", tag)
    return bytes(one ^ other for one, other in zip(data, key, strict=False))
