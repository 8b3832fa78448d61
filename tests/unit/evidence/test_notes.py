"""Signed notes against the example that their first implementation publishes, and each way to be wrong."""

import base64

import pytest

from offramp.evidence.notes import SignerKey, VerifierKey, open_note

PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_SIGNER = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLISHED_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
PUBLISHED_NOTE = (
    PUBLISHED_TEXT + "\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


@pytest.fixture
def signer() -> SignerKey:
    return SignerKey("example/log", bytes(range(32)))


def test_the_published_note_opens_and_is_made_again() -> None:
    key = VerifierKey.parse(PUBLISHED_KEY)
    assert open_note(PUBLISHED_NOTE, key) == PUBLISHED_TEXT
    assert SignerKey.parse(PUBLISHED_SIGNER).sign(PUBLISHED_TEXT) == PUBLISHED_NOTE
    assert str(SignerKey.parse(PUBLISHED_SIGNER).verifier) == PUBLISHED_KEY


def test_keys_are_read_back_as_written(signer: SignerKey) -> None:
    assert SignerKey.parse(signer.serialise()) == signer
    assert VerifierKey.parse(f"{signer.verifier}\n") == signer.verifier


def test_a_signer_key_does_not_show_its_seed(signer: SignerKey) -> None:
    assert base64.b64encode(signer.seed).decode()[:20] not in repr(signer)
    assert str(signer.seed) not in repr(signer)


def test_signatures_of_others_are_passed_over(signer: SignerKey) -> None:
    other = SignerKey("example/witness", bytes(32))
    note = signer.sign("text\n") + other.sign("text\n").rsplit("\n\n", 1)[1]
    assert open_note(note, signer.verifier) == "text\n"
    assert open_note(note, other.verifier) == "text\n"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda note: note.replace("text", "test"), "is wrong"),
        (lambda note: note.replace("example/log", "example/lag"), "no signature by"),
        (lambda note: note.replace("\n\n", "\n"), "not a signed note"),
        (lambda note: note[:-1], "not a signed note"),
        (lambda note: note.replace("— ", "- "), "malformed"),
        (lambda note: note.replace("— example/log ", "— example/log"), "malformed"),
        (lambda note: note[:-5] + "!!!!\n", "base64"),
        (lambda note: "", "not a signed note"),
    ],
)
def test_a_changed_note_does_not_open(signer: SignerKey, change: object, reason: str) -> None:
    assert callable(change)
    with pytest.raises(ValueError, match=reason):
        open_note(change(signer.sign("text\n")), signer.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000+AAAA",
        "na me+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        PUBLISHED_KEY.replace("c74f20a3", "c74f20a4"),
        PUBLISHED_KEY.replace("ARpc", "AhpC"),
        PUBLISHED_KEY[:-4],
        PUBLISHED_KEY[:-4] + "é==",
        PUBLISHED_SIGNER,
    ],
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"it"):
        VerifierKey.parse(text)
