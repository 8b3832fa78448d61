"""Every kind of text is read, and all but demands, threats and promises bind."""

import pytest

from offramp.core.instants import parse_instant
from offramp.instruments import Question, Source, decide, load
from offramp.instruments.model import InstrumentKind

NEVER = {InstrumentKind.DEMAND, InstrumentKind.THREAT, InstrumentKind.PROMISE}
ALSO = {
    InstrumentKind.STAY: "stays: [{of: base}], ",
    InstrumentKind.EXTENSION: "extends: [{of: base, by: P1M}], ",
}


def answer(kind: InstrumentKind, status: str = "in_force") -> str:
    plain = "title: t, issuer: i, basis: text, source: {document: d}, issued: 2030-01-01"
    text = (
        "schema: offramp.instruments/v1\ninstruments:\n"
        f"  - {{id: base, kind: law, {plain}}}\n"
        f"  - {{id: one, kind: {kind}, status: {status}, {plain}, {ALSO.get(kind, '')}norms: [{{id: stop, "
        "effect: prohibit, binds: {kinds: [company]}, vendor: v, action: use, quote: q}]}\n"
    )
    question = Question(("company",), (), "v", "use", {})
    return decide(load([Source("x.yaml", text)]), question, at=parse_instant("2030-02-01")).outcome.value


@pytest.mark.parametrize("kind", InstrumentKind)
def test_every_kind(kind: InstrumentKind) -> None:
    assert answer(kind) == ("permit" if kind in NEVER else "forbid")


@pytest.mark.parametrize(
    ("status", "expected"),
    [("in_force", "forbid"), ("announced", "forbid"), ("proposed", "permit"), ("withdrawn", "permit")],
)
def test_every_status(status: str, expected: str) -> None:
    assert answer(InstrumentKind.ORDER, status) == expected


def test_there_are_fourteen() -> None:
    assert len(InstrumentKind) == 14
