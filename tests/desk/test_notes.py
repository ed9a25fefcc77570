"""Signed notes as others write and read them, proofs of the standard, receipts that need nothing of ours."""

from __future__ import annotations

import base64
import hashlib
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.desk.people import MONDAY
from wuxiao.desk.diary import checkpoints, notes, receipts
from wuxiao.desk.diary.notes import Key, NoteError
from wuxiao.desk.diary.receipts import Receipt

#: The example of the note package of the Go project: key and note as printed in its documentation.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=",
)


def test_a_note_that_go_signed_is_read_as_signed_by_its_key() -> None:
    key = notes.read_key(PETER)
    assert key.verifier() == PETER
    note = notes.Note(0, "", "", PETERS[0], (("PeterNeumann", base64.b64decode(PETERS[1])),))
    assert notes.signed_by(note, [key]) == key
    other = notes.Note(0, "", "", PETERS[0].upper(), note.signatures)
    with pytest.raises(NoteError):
        notes.signed_by(other, [key])
    assert notes.signed_by(note, []) is None


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WUXIAO_LOG_KEY", f"{tmp_path}/elsewhere/key")
    key = notes.own_key()
    assert stat.S_IMODE(notes.key_path().stat().st_mode) == 0o600
    assert notes.own_key() == key
    assert notes.published() == key.verifier()
    assert notes.read_key(key.verifier()) == Key(key.name, key.public)
    assert key.seed is not None
    assert key.seed.hex() not in notes.public_path().read_text()
    with pytest.raises(FileExistsError):
        notes.make_key()


def test_a_checkpoint_is_a_signed_note_of_the_standard(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WUXIAO_LOG_KEY", f"{tmp_path}/key")
    monkeypatch.setenv("WUXIAO_LOG_NAME", "town.example/wuxiao")
    key, root = notes.own_key(), hashlib.sha256(b"x").hexdigest()
    text = notes.compose(12, root, MONDAY, key)
    lines = text.split("\n")
    assert lines[:3] == ["town.example/wuxiao", "12", base64.b64encode(bytes.fromhex(root)).decode()]
    assert lines[-3] == ""
    assert lines[-2].startswith("— town.example/wuxiao ")
    raw = base64.b64decode(lines[-2].split(" ")[2])
    assert raw[:4] == hashlib.sha256(b"town.example/wuxiao\n\x01" + key.public).digest()[:4]
    # Checked by the library itself, over the text up to the empty line.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    Ed25519PublicKey.from_public_bytes(key.public).verify(raw[4:], text.split("\n\n")[0].encode() + b"\n")
    for many in (text, text + "\n" + text, text.replace("\n", "\r\n")):
        found = notes.parse_many(many)
        assert {(n.size, n.root) for n in found} == {(12, root)}
        assert all(notes.signed_by(n, [key]) == key for n in found)


@pytest.mark.parametrize(
    "bad", ["x", "a\n-1\nAA==\n\n— a AA==\n", "a\n01\n" + "A" * 43 + "=\n\n— a AA==\n", "a\n1\n\n"]
)
def test_what_is_no_note_is_refused(bad: str) -> None:
    with pytest.raises(NoteError):
        notes.parse_many(bad)


def _leaves(count: int) -> list[bytes]:
    return [checkpoints.leaf_hash(f"{n:064x}") for n in range(count)]


def _naive(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + _naive(leaves[:split]) + _naive(leaves[split:])).digest()


def _naive_proof(first: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """RFC 9162, 2.1.4.1, word for word."""
    count = len(leaves)
    if first == count:
        return [] if whole else [_naive(leaves)]
    split = 1
    while split * 2 < count:
        split *= 2
    if first <= split:
        return [*_naive_proof(first, leaves[:split], whole), _naive(leaves[split:])]
    return [*_naive_proof(first - split, leaves[split:], False), _naive(leaves[:split])]


@given(st.integers(1, 80).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))))
def test_a_consistency_proof_of_the_standard_is_followed_and_no_other(sizes: tuple[int, int]) -> None:
    first, second = sizes
    leaves = _leaves(second)
    old, new = _naive(leaves[:first]).hex(), _naive(leaves).hex()
    path = [step.hex() for step in _naive_proof(first, leaves)]
    assert checkpoints.consistent(first, old, second, new, path)
    false = _naive([*leaves[: first - 1], checkpoints.leaf_hash("ff" * 32)]).hex()
    assert not checkpoints.consistent(first, false, second, new, path)
    assert not checkpoints.consistent(first, old, second, hashlib.sha256(b"").hexdigest(), path)
    if first != second:
        assert not checkpoints.consistent(first, old, second, new, path[:-1])
    assert not checkpoints.consistent(first, old, second, new, [*path, "00" * 32])


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))))
def test_a_receipt_survives_being_saved_and_a_changed_one_does_not_hold(place: tuple[int, int]) -> None:
    leaf, size = place
    seals = [f"{n:064x}" for n in range(size)]
    key = Key("a/b", notes._public_of(b"\x07" * 32), b"\x07" * 32)
    hashes = [checkpoints.leaf_hash(s) for s in seals]
    root = _naive(hashes).hex()
    receipt = Receipt(
        seals[leaf], leaf, size, root, tuple(checkpoints.proof(hashes, leaf)), notes.compose(size, root, MONDAY, key)
    )
    text = "回执\r\n" + "\r\n".join(receipts.as_lines(receipt)) + "\r\n"
    assert receipts.read(text) == receipt
    assert receipts.check(receipt, [key]).holds
    assert not receipts.check(receipts.read(text.replace(seals[leaf], "ab" * 32)), [key]).holds
    stranger = Key("a/b", notes._public_of(b"\x08" * 32))
    assert not receipts.check(receipt, [stranger]).holds
    saved = notes.Note(size, "00" * 32)
    assert not receipts.check(receipt, [key], [saved]).holds


def test_a_receipt_that_is_under_no_checkpoint_yet_says_so() -> None:
    found = receipts.check(Receipt("ab" * 32, 3), [])
    assert not found.holds
    assert not found.wrong
    assert found.open
    with pytest.raises(NoteError):
        receipts.read("nothing here")
