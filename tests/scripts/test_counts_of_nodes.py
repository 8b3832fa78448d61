"""Two machines' counts in one, signed on the way: what was changed, or is another's, is not counted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.control.test_persons import CELL, asked, count, counter_in

from offramp.evidence import read_entries

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {name: Example Company, kinds: [company]}
"""


def at(root: Path) -> tuple[str, str]:
    return ("--workspace", str(root))


@pytest.fixture
def machines(tmp_path: Path) -> dict[str, Path]:
    """Two workspaces with the same keys for persons; each counted two, one of them the same."""
    roots = {name: tmp_path / name for name in ("east", "west")}
    for root in roots.values():
        root.mkdir()
        (root / "offramp.yaml").write_text(WORKSPACE)
    assert count(roots["west"] / ".offramp", asked("a", "b")) == 2
    (roots["east"] / ".offramp" / "persons").mkdir(parents=True)
    for key in (roots["west"] / ".offramp" / "persons").glob("*.key"):
        (roots["east"] / ".offramp" / "persons" / key.name).write_bytes(key.read_bytes())
    assert count(roots["east"] / ".offramp", asked("b", "c")) == 2
    return roots


def test_what_another_node_signed_is_counted_and_nothing_else(
    machines: dict[str, Path], offramp: Callable[..., Any]
) -> None:
    east, west = machines["east"], machines["west"]
    made = offramp("persons", "export", "--node", "east", "-o", str(east / "east.note"), *at(east))
    assert made.code == 0, made.err
    keys = {
        name: offramp("evidence", "key", "--state", str(root / ".offramp")).out.strip()
        for name, root in machines.items()
    }
    note = (east / "east.note").read_text()
    assert "@" not in note.partition("\n\n")[0]

    def take(text: str, key: str) -> Any:
        (west / "east.note").write_text(text)
        file = str(west / "east.note")
        return offramp("persons", "import", file, "--key", key, "--by", "R. Okafor", *at(west))

    smaller = note.replace('"node":"east"', '"node":"fake"')
    assert smaller != note
    for text, key in (
        (smaller, keys["east"]),
        (note, keys["west"]),
        (note.partition("\n\n")[0], keys["east"]),
    ):
        refused = take(text, key)
        assert refused.code == 2
        assert "error[note-unsigned]" in refused.err
    assert counter_in(west / ".offramp").figure(asked(), "persons", [CELL]).high == 2

    taken = take(note, keys["east"])
    assert taken.code == 0, taken.err
    assert "of node `east` are counted" in taken.err
    assert counter_in(west / ".offramp").figure(asked(), "persons", [CELL]).high == 3
    (entry,) = [one.entry for one in read_entries(west / ".offramp") if one.entry.cause == "command"]
    assert (entry.subject, entry.data["signed_by"]) == ("east", keys["east"])
