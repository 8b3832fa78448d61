"""What a command does where its result cannot be given as asked."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Offramp = Callable[..., Any]

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {name: Example Agency, kinds: [contractor]}
upstreams:
  incumbent: {vendor: example-a, dialect: openai-chat, url: "https://a.example/v1"}
"""
INSTRUMENTS = """\
schema: offramp.instruments/v1
instruments:
  - {id: order-1, kind: order, title: t, issuer: i, basis: text, source: {document: d}, announced: 2026-03-05}
"""
CUT = ("cut", "incumbent", "--cause", "drill:spring", "--by", "A. Person", "--reason", "exercise")


def start(words: tuple[str, ...], folder: Path, **environment: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "offramp", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
    )


def test_nothing_is_done_where_its_result_could_not_be_given(here: Path, offramp: Offramp) -> None:
    (here / "offramp.yaml").write_text(WORKSPACE, "utf-8")
    (here / "folder").mkdir()
    for wrong in (("--format", "ics"), ("-o", "missing/cut.json"), ("-o", "folder")):
        ran = offramp(*CUT, *wrong)
        assert (ran.code, ran.out) == (2, "")
        assert "= help:" in ran.err
    assert not (here / ".offramp").exists()
    assert offramp(*CUT, "--format", "json", "-o", "cut.json").code == 0


def test_an_answer_nobody_took_is_no_permission(here: Path) -> None:
    (here / "offramp.yaml").write_text(WORKSPACE, "utf-8")
    (here / "instruments").mkdir()
    (here / "instruments" / "order.yaml").write_text(INSTRUMENTS, "utf-8")
    asked = ("may", "--vendor", "example-a", "--no-record")
    with start(asked, here) as process:
        process.communicate(timeout=60)
    assert process.returncode == 0
    with start(asked, here) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.wait(timeout=60)
    assert process.returncode == 141


def test_a_terminal_that_knows_no_unicode_gets_it_written_out(here: Path) -> None:
    (here / "offramp.yaml").write_text(WORKSPACE.replace("Example Agency", "Hafenbehörde"), "utf-8")
    with start(("status",), here, PYTHONIOENCODING="ascii") as process:
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"Hafenbeh\\xf6rde" in out


def test_the_state_folder_is_private_and_a_file_in_its_place_is_told(here: Path, offramp: Offramp) -> None:
    (here / "offramp.yaml").write_text(WORKSPACE, "utf-8")
    assert offramp("scan").code in (0, 3)
    assert (here / ".offramp").stat().st_mode & 0o777 == 0o700
    assert (here / ".offramp" / "scan-salt").stat().st_mode & 0o777 == 0o600
    assert [one.name for one in (here / ".offramp").glob("scan-salt*")] == ["scan-salt"]
    other = here / "other"
    other.mkdir()
    (other / "offramp.yaml").write_text(WORKSPACE, "utf-8")
    (other / ".offramp").touch()
    ran = offramp("scan", "other")
    assert ran.code == 2
    assert "error[state-unwritable]" in ran.err
