"""The stand-alone verifier and offramp's own agree about statements, whatever was done to them."""

import base64
import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from offramp.core.instants import parse_instant
from offramp.evidence import dsse
from offramp.evidence.ledger import Ledger
from offramp.evidence.notes import SignerKey
from offramp.evidence.reading import read_entries
from offramp.evidence.standalone import statements as alone
from offramp.evidence.standalone.ledger import read_bodies
from offramp.evidence.standalone.notes import Wrong
from offramp.evidence.statements import shelf
from offramp.evidence.statements.checking import Shelved, Signers, check
from offramp.evidence.statements.heading import Head
from offramp.evidence.statements.predicates import deletion_receipt
from offramp.evidence.statements.statement import Statement, file_subject

AT = parse_instant("2026-04-10T09:00:00Z")
COUNSEL = SignerKey("counsel.example", bytes(range(32)))
ODD = st.sampled_from(
    [None, True, 0, -1, 2.5, "", "x", "2026-04-10T09:00:00Z", [], ["x"], [1], {}, {"sha256": "0" * 64}]
)


@cache
def made() -> tuple[bytes, SignerKey, dict[int, bytes]]:
    with TemporaryDirectory() as folder:
        state = Path(folder) / ".offramp"
        Ledger.open(state).close()
        kept = shelf.make(state, statement(), secrets=[COUNSEL.serialise()], recorded_at=AT, is_dry_run=False)
        bodies = {one.index: one.body for one in read_entries(state)}
        return kept.path.read_bytes(), SignerKey.parse((state / "keys" / "ledger").read_text()), bodies


def statement() -> Statement:
    head = Head(organisation="Harbor", by="A. Person", at=AT, instruments=("order-1",))
    file = file_subject("certificate.pdf", b"gone\n")
    stores = [("files", "deleted"), ("logs", "kept")]
    return deletion_receipt("example-a", ("K. Other", "2026-04-09"), stores, [file], head)


def agree(content: bytes, keys: list[SignerKey], threshold: int) -> bool:
    bodies = made()[2]
    try:
        own, *others = [key.verifier for key in keys]
        check(content, Signers(own=(own,), others=tuple(others), threshold=threshold), Shelved.of(bodies))
        ours = True
    except ValueError:
        ours = False
    try:
        ledger, *more = [str(key.verifier) for key in keys]
        said = alone.check_statement(content, alone.Signers([ledger], tuple(more), threshold))
        alone.check_recorded(said, read_bodies(bodies.items())[0], bodies)
        theirs = True
    except Wrong:
        theirs = False
    assert ours == theirs
    return ours


def test_on_one_that_is_right() -> None:
    content, key, _ = made()
    assert agree(content, [key], 1)
    assert agree(content, [key, COUNSEL], 2)
    assert not agree(content, [key, COUNSEL], 3)
    assert not agree(content, [SignerKey.generate("another")], 1)
    assert not agree(content, [SignerKey("counsel.example", bytes(32))], 1)


@given(st.data())
def test_on_changed_bytes(data: st.DataObject) -> None:
    content, key, _ = made()
    changed = bytearray(content)
    place = data.draw(st.integers(0, len(changed) - 1))
    changed[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert agree(bytes(changed), [key, COUNSEL], 2) == (bytes(changed) == content)


@given(st.data())
def test_on_what_the_owner_signed_anew(data: st.DataObject) -> None:
    content, key, _ = made()
    whole: Any = json.loads(dsse.parse(content).payload)
    place = data.draw(st.sampled_from(list(places(whole))))
    put(whole, place, data.draw(ODD))
    try:
        payload = rfc8785.dumps(whole)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        return
    agree(dsse.Envelope(payload).signed(key).serialise(), [key], 1)


@given(st.binary(max_size=40), st.booleans())
def test_on_any_payload(payload: bytes, is_signed: bool) -> None:
    key = made()[1]
    envelope = dsse.Envelope(payload)
    assert not agree((envelope.signed(key) if is_signed else envelope).serialise(), [key], 1)


@given(st.data())
def test_on_signatures_put_together_anew(data: st.DataObject) -> None:
    content, key, _ = made()
    envelope = dsse.parse(content)
    names = [name for name, _ in envelope.signatures]
    signatures = data.draw(
        st.lists(
            st.tuples(
                st.sampled_from([*names, "x", ""]), st.sampled_from([s for _, s in envelope.signatures])
            ),
            max_size=4,
        )
    )
    wire: Any = {
        "payload": base64.b64encode(envelope.payload).decode(),
        "payloadType": data.draw(st.sampled_from([dsse.IN_TOTO, "text/plain"])),
        "signatures": [{"keyid": n, "sig": base64.b64encode(s).decode()} for n, s in signatures],
    }
    agree(rfc8785.dumps(wire) + b"\n", [key, COUNSEL], data.draw(st.integers(1, 2)))


def places(value: Any, above: tuple[Any, ...] = ()) -> Any:
    if isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*above, name)
            yield from places(inner, (*above, name))


def put(value: Any, place: tuple[Any, ...], new: Any) -> None:
    for name in place[:-1]:
        value = value[name]
    value[place[-1]] = new
