"""Every answer about terms says, in every format, who encoded and signed what, and that it is no advice."""

from pathlib import Path

import pytest
from tests.scripts.conftest import Offramp

from offramp.core.instants import now

DOCUMENT = """\
schema: offramp.instruments/v1
about: {rendered_by: E. Encoder, rendered_on: 2030-01-02}
vocabulary: {vendors: {example-a: []}}
readings:
  reach: {question: how far, options: {wide: {by: x, text: all}, narrow: {by: y, text: some}}}
instruments:
  - id: order-1
    kind: order
    title: an order
    issuer: an office
    basis: text
    source: {document: order 1}
    from: 2030-02-01
    norms:
      - id: use
        effect: prohibit
        binds: {kinds: [company]}
        vendor: example-a
        action: use
        readings: {reach: {narrow: {when: 'context.under == "dow"'}}}
        quote: "Nobody may use it."
"""
ASKED = ("--instruments", "terms", "--user", "company", "--at", "2030-03-01")
COMMANDS = {
    "may": ("may", *ASKED, "--vendor", "example-a", "--action", "use"),
    "binds": ("binds", *ASKED),
    "binds since": ("binds", *ASKED, "--since", "2030-01-01"),
    "check": ("terms", "check", "terms"),
    "calendar": ("terms", "calendar", "terms"),
    "conflicts": ("terms", "conflicts", "terms"),
    "hollow": ("terms", "hollow", "terms"),
    "readings": ("terms", "readings", "terms", "--user", "company"),
    "diff": ("terms", "diff", "terms", "terms"),
}
FORMATS = ("text", "html", "json", "csv")
WALKED = [(name, one) for name in COMMANDS for one in FORMATS] + [("calendar", "ics")]


@pytest.fixture(autouse=True)
def terms(offramp: Offramp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "terms").mkdir()
    (tmp_path / "terms" / "order.yaml").write_text(DOCUMENT)
    signed = offramp("terms", "sign", "terms/order.yaml", "--by", "S. Signer")
    assert signed.code == 0, signed.err


def says_who(text: str) -> None:
    flat = " ".join(text.replace("\r\n ", "").replace("\\n", " ").replace("\\,", ",").split())
    assert "legal advice" in flat
    for said in ("E. Encoder", "2030-01-02", "S. Signer", f"{now():%Y-%m-%d}"):
        assert said in flat, said


@pytest.mark.parametrize(("name", "format_"), WALKED, ids=["-".join(one).replace(" ", "-") for one in WALKED])
def test_an_answer_says_who_stands_behind_it(offramp: Offramp, name: str, format_: str) -> None:
    done = offramp(*COMMANDS[name], "--format", format_)
    assert done.code in (0, 1, 4), done.err
    says_who(done.out)


def test_an_export_says_it_in_the_file(offramp: Offramp) -> None:
    done = offramp("terms", "export", "terms")
    assert done.code == 0
    says_who(done.out)
    says_who(done.err)


def test_a_draft_says_it_is_no_advice_and_who_made_it(offramp: Offramp, tmp_path: Path) -> None:
    (tmp_path / "clause.txt").write_text("Suppliers shall not use it.")
    done = offramp("terms", "new", "clause.txt", "--issuer", "an office", "--by", "E. Encoder")
    assert "Nothing here is legal advice." in done.out
    assert "E. Encoder" in done.out
