"""The fast encoder of entries writes what RFC 8785 says, for everything an entry may hold."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from offramp.core.digests import canonical_json
from offramp.core.instants import parse_instant
from offramp.evidence import Entry, EntryType
from offramp.evidence.body import decode, encode

AT = parse_instant("2026-03-05T12:00:00Z")
LARGEST = 2**53 - 1
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LARGEST, LARGEST)
    | st.floats(allow_nan=False, allow_infinity=False).filter(
        lambda number: not (number.is_integer() and LARGEST < abs(number) < 1e21)
    )
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(TEXT, VALUES, max_size=4), st.text("aé\x7f"))
def test_fast_encoding_is_canonical(data: dict[str, Any], subject: str) -> None:
    body = encode(
        Entry(type=EntryType.SCAN, at=AT, actor="test", cause="command", subject=subject, data=data)
    )
    assert body == canonical_json(json.loads(body))
    assert json.loads(body)["data"] == data
    assert encode(decode(body)) == body
