"""From a document to a signed instrument on the command line, and case files that hold it to its word."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from offramp.evidence import read_entries

ORDER = """\
# Order 7

Section 1. No company shall use the technology of example-a. It is short.
"""
NORM = """\
    issued: 2030-01-08
    norms:
      - id: stop
        effect: prohibit
        binds: {kinds: [company]}
        vendor: example-a
        action: use
        quote: No company shall use the technology of example-a
"""
MAY = (
    "may",
    "--instruments",
    "instruments",
    "--user",
    "company",
    "--vendor",
    "example-a",
    "--at",
    "2030-02-01",
)


@pytest.fixture
def drafted(here: Path, offramp: Any) -> Path:
    """The draft of an order, made from a Markdown file."""
    (here / "order-7.md").write_text(ORDER, encoding="utf-8")
    (here / "instruments").mkdir()
    file = here / "instruments" / "order-7.yaml"
    ran = offramp(
        "terms",
        "new",
        "order-7.md",
        "--by",
        "A. Mensah",
        "--issuer",
        "an office",
        "-o",
        "instruments/order-7.yaml",
    )
    assert ran.code == 0, ran.err
    assert "3 sentences" in ran.err
    return file


def modelled(file: Path) -> None:
    """Fills the draft in, as a person would."""
    text = file.read_text(encoding="utf-8")
    head, rest = text.split("    # issued:", 1)
    text = head + NORM + "    sentences:\n" + rest.split("    sentences:\n", 1)[1]
    parts = text.split("        # ")
    filled = ["not_modelled: a title\n", "modelled: stop\n", "not_modelled: says nothing of anybody\n"]
    whole = parts[0] + "".join(
        f"        {word}{part.partition(chr(10))[2]}" for word, part in zip(filled, parts[1:], strict=True)
    )
    file.write_text(whole, encoding="utf-8")


def outcome(offramp: Any) -> str:
    ran = offramp(*MAY, "--format", "json")
    return str(json.loads(ran.out)["outcome"])


def test_a_draft_binds_only_once_it_is_signed_and_only_while_it_says_what_was_signed(
    drafted: Path, offramp: Any
) -> None:
    assert offramp("terms", "check", "instruments").code == 1
    refused = offramp("terms", "sign", "instruments/order-7.yaml", "--by", "B. Osei")
    assert refused.code == 2
    assert "sentence-open" in refused.err
    assert "signed" not in drafted.read_text(encoding="utf-8").split("instruments:")[1].split("sentences:")[0]

    modelled(drafted)
    assert offramp("terms", "check", "instruments").code == 0
    assert outcome(offramp) == "permit", "modelled, and still a draft"
    before = drafted.read_text(encoding="utf-8")
    dry = offramp("terms", "sign", "instruments/order-7.yaml", "--by", "B. Osei", "--dry-run")
    assert "+    signed: {by:" in dry.err
    assert drafted.read_text(encoding="utf-8") == before

    ran = offramp("terms", "sign", "instruments/order-7.yaml", "--by", "B. Osei", "--format", "json")
    assert ran.code == 0, ran.err
    body = json.loads(ran.out)
    assert (body["new"], body["was_draft"], body["status"]) == (True, True, "in_force")
    assert body["recorded"].startswith("no workspace at or above the file")
    assert outcome(offramp) == "forbid"
    signed = drafted.read_text(encoding="utf-8")
    again = offramp("terms", "sign", "instruments/order-7.yaml", "--by", "B. Osei", "--format", "json")
    assert json.loads(again.out)["new"] is False
    assert drafted.read_text(encoding="utf-8") == signed, "signed twice is signed once"

    drafted.write_text(signed.replace("action: use", "action: [use, host]"), encoding="utf-8")
    assert outcome(offramp) == "permit", "edited after it was signed: a draft again"
    checked = offramp("terms", "check", "instruments", "--format", "json")
    assert checked.code == 1
    notes = json.loads(checked.out)["about"]["notes"]
    assert [note for note in notes if "was edited since B. Osei signed it" in note]
    assert offramp("terms", "sign", "instruments/order-7.yaml", "--by", "C. Rossi").code == 0
    assert outcome(offramp) == "forbid"
    assert drafted.read_text(encoding="utf-8").count("signed:") == 1


def test_in_a_workspace_the_ledger_records_who_signed_what(drafted: Path, offramp: Any) -> None:
    root = drafted.parents[1]
    (root / "offramp.yaml").write_text(
        "schema: offramp/workspace/v1\norganisation: {name: Example Company, kinds: [company]}\n"
    )
    modelled(drafted)
    asked = ("terms", "sign", "instruments/order-7.yaml", "--by", "B. Osei", "--format", "json")
    assert offramp(*asked, "--dry-run").code == 0
    assert not (root / ".offramp").exists(), "a dry run leaves no trace"
    signed = json.loads(offramp(*asked).out)
    assert signed["recorded"] == "entry 0 of the workspace's ledger records it"
    (recorded,) = read_entries(root / ".offramp")
    entry = recorded.entry
    assert (entry.type, entry.cause, entry.subject) == ("statement", "person:B. Osei", "order-7")
    assert entry.digests["signed"] == signed["digest"]
    assert entry.data["file"] == "instruments/order-7.yaml"
    assert json.loads(offramp(*asked).out)["new"] is False
    assert len(list(read_entries(root / ".offramp"))) == 1, "signed twice is signed once"


def test_every_legal_answer_says_who_encoded_and_who_signed(drafted: Path, offramp: Any) -> None:
    modelled(drafted)
    offramp("terms", "sign", "instruments/order-7.yaml", "--by", "B. Osei")
    for command in (MAY, ("binds", *MAY[1:]), ("terms", "check", "instruments")):
        ran = offramp(*command, "--format", "json")
        body = json.loads(ran.out)
        (one,) = body["attributions"]
        assert (one["encoded_by"], one["signed_by"], one["signature"]) == ("A. Mensah", "B. Osei", "signed")
        assert body["about"]["disclaimer"] == "Nothing here is legal advice."
        assert "encoded by A. Mensah on" in body["about"]["attributions"][0]


def test_a_draft_is_not_written_over(drafted: Path, offramp: Any) -> None:
    before = drafted.read_text(encoding="utf-8")
    ran = offramp("terms", "new", "order-7.md", "-o", "instruments/order-7.yaml")
    assert (ran.code, "file-exists" in ran.err) == (2, True)
    assert drafted.read_text(encoding="utf-8") == before


def test_binds_shows_a_draft_as_a_draft(drafted: Path, offramp: Any) -> None:
    modelled(drafted)
    command = ("binds", *MAY[1:], "--format", "json")
    body = json.loads(offramp(*command).out)
    assert body["bindings"] == []
    assert [(one["norm"], one["status"]) for one in body["not_binding"]] == [("order-7.stop", "a draft")]


class _Model(BaseHTTPRequestHandler):
    """Answers every chat request with `said`."""

    said = ""
    asked: dict[str, Any] = {}  # noqa: RUF012 - what the last request was, for the test that made it

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        type(self).asked = {
            "path": self.path,
            "key": self.headers.get("authorization", ""),
            **json.loads(self.rfile.read(length)),
        }
        body = json.dumps({"choices": [{"message": {"content": self.said}}]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def model() -> Iterator[tuple[str, type[_Model]]]:
    """A model's server on a free loopback port."""
    server = HTTPServer(("127.0.0.1", 0), _Model)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", _Model
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


GOOD = {
    "sentence": 1,
    "effect": "prohibit",
    "binds": {"kinds": ["company"]},
    "vendor": "example-a",
    "action": "use",
    "quote": "No company shall use the technology of example-a",
}


def draft(
    here: Path, offramp: Any, model: tuple[str, type[_Model]], said: str
) -> tuple[dict[str, Any], str, str]:
    (here / "order-7.md").write_text(ORDER, encoding="utf-8")
    model[1].said = said
    ran = offramp("terms", "new", "order-7.md", "--draft-with", model[0], "--model", "example-1")
    assert ran.code == 0, ran.err
    return yaml.safe_load(ran.out)["instruments"][0], ran.out, ran.err


def test_a_model_drafts_what_loads_and_binds_nobody(here: Path, offramp: Any, model: Any) -> None:
    said = f"Here you are:\n```json\n{json.dumps({'norms': [GOOD]})}\n```"
    one, text, err = draft(here, offramp, model, said)
    assert [norm["id"] for norm in one["norms"]] == ["prohibit-1"]
    assert one["sentences"][1]["modelled"] == ["prohibit-1"]
    assert (one["status"], one["drafted"]["by"]) == ("draft", "example-1")
    assert "proposed 1 norms, 1 of them load" in err
    assert model[1].asked["path"] == "/v1/chat/completions"
    (here / "instruments").mkdir()
    (here / "instruments" / "order-7.yaml").write_text(text, encoding="utf-8")
    assert outcome(offramp) == "permit"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"quote": "Everybody shall use it"}, "quote-not-in-text"),
        ({"action": "destroy"}, "action-unknown"),
        ({"sentence": 9}, "there is no sentence 9"),
        ({"when": "context.nonsense == 1"}, "fact-unknown"),
        ({"effect": "permit"}, "strength-missing"),
        ({"signed": {"by": "B. Osei"}}, "unknown keys: 'signed'"),
        ({"binds": "}\n    status: in_force\n"}, "type-wrong"),
        ({"vendor": "x" * 5000}, "it is too long"),
    ],
)
def test_what_does_not_load_is_a_comment_with_its_reason(
    here: Path, offramp: Any, model: Any, change: dict[str, Any], reason: str
) -> None:
    one, text, _ = draft(here, offramp, model, json.dumps({"norms": [{**GOOD, **change}, GOOD]}))
    assert len(one["norms"]) == 1
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    assert [line for line in comments if reason in line], comments
    assert one["status"] == "draft"
    assert "signed" not in one


@pytest.mark.parametrize("said", ["I cannot help with that.", "{" * 5000, '{"norms": 7}', "[]", ""])
def test_rubbish_leaves_every_sentence_open(here: Path, offramp: Any, model: Any, said: str) -> None:
    one, _, _ = draft(here, offramp, model, said)
    assert "norms" not in one
    assert all(set(each) == {"place", "says"} for each in one["sentences"])


def test_a_key_is_read_from_the_environment_and_never_written(
    here: Path, offramp: Any, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "order-7.md").write_text(ORDER, encoding="utf-8")
    options = ("--draft-with", model[0], "--model", "example-1", "--key-env", "EXAMPLE_KEY")
    assert "secret-missing" in offramp("terms", "new", "order-7.md", *options).err
    monkeypatch.setenv("EXAMPLE_KEY", "s3cret")
    ran = offramp("terms", "new", "order-7.md", *options)
    assert model[1].asked["key"] == "Bearer s3cret"
    assert "s3cret" not in ran.out + ran.err


CASE = """\
# What the order means for us

```folder
instruments
```

```asked
2030-02-01 | company | example-a use | -> forbid; cites order-7.stop
2030-02-01 | civil_agency | example-a use | -> permit
```

```bound
2030-02-01 | company | example-a -> binds order-7.stop
```
"""


def test_case_files_hold_the_instruments_to_their_word(drafted: Path, here: Path, offramp: Any) -> None:
    modelled(drafted)
    case = here / "order.md"
    case.write_text(CASE, encoding="utf-8")
    ran = offramp("terms", "test", "order.md", "--format", "json")
    assert ran.code == 1, "a draft does not bind"
    unmet = [one for one in json.loads(ran.out)["results"] if one["differences"]]
    assert [one["where"] for one in unmet] == ["order.md:8", "order.md:13"]
    assert unmet[0]["differences"][0] == "expected forbid, found permit"
    offramp("terms", "sign", "instruments/order-7.yaml", "--by", "B. Osei")
    assert offramp("terms", "test", "order.md").code == 0


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("2030-13-01 | company | example-a use | -> forbid", "instant-unreadable"),
        ("2030-02-01 | company | example-a use | -> forbidden", "outcome-unknown"),
        ("2030-02-01 | compagny | example-a use | -> forbid", "party-unknown"),
        ("2030-02-01 | company | example-a use | -> forbid; recites x", "claim-unknown"),
        ("2030-02-01 | company | example-a | -> forbid", "case-unreadable"),
        ("2030-02-01 | company | example-a use | under -> forbid", "case-unreadable"),
    ],
)
def test_a_line_that_cannot_be_asked_is_named_by_its_place(
    drafted: Path, here: Path, offramp: Any, line: str, code: str
) -> None:
    (here / "order.md").write_text(
        CASE.replace("2030-02-01 | civil_agency | example-a use | -> permit", line)
    )
    ran = offramp("terms", "test", "order.md")
    assert ran.code == 2
    assert f"error[{code}]" in ran.err
    assert "--> order.md:9" in ran.err


def test_a_file_that_asks_nothing_is_nothing_to_examine(here: Path, offramp: Any) -> None:
    (here / "prose.md").write_text("# Prose\n", encoding="utf-8")
    assert offramp("terms", "test", "prose.md").code == 3
    assert offramp("terms", "test").code == 2
