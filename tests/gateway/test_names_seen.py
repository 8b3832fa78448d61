"""Names in a share of the texts: read beside the request's way, told without a name, counting nobody."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.guarded import AT, LINE, Place, names, write

from offramp.upstream import catalogue, pull

TEXT = "Compare Ana Abelard, Ben Okorro and Priya Ramanathan."


@pytest.fixture
def root(tmp_path: Path, workspace: Any) -> Path:
    root: Path = workspace(tmp_path / "place")
    write(root)
    text = (root / "offramp.yaml").read_text()
    read = text.replace(
        "{owner: split, purposes: [cameras]}", "{owner: split, purposes: [cameras], reads_names: 1}"
    )
    (root / "offramp.yaml").write_text(read)
    return root


def seen(place: Place, answer: Any) -> list[Any]:
    entries = place.gateway.entries(answer.headers["offramp-request-id"])
    return [entry for entry in entries if entry.data.get("predicate") == "names-seen"]


def test_names_are_told_as_a_number_and_nobody_is_counted_by_them(
    root: Path, started: Any, post: Any, wait_until: Any
) -> None:
    pull(catalogue("readers")["names-reader"])
    place = Place(started(root, "--workers", "1", *AT), post)
    said = [{"role": "user", "content": TEXT}]
    answer = place.ask("watch-1", names(0, 1), messages=said)
    assert (answer.status, answer.headers["offramp-persons"]) == (200, "persons=1")
    wait_until(lambda: seen(place, answer))
    (entry,) = seen(place, answer)
    assert {name: entry.data[name] for name in ("names_seen", "persons_named", "left_out")} == {
        "names_seen": 3,
        "persons_named": 1,
        "left_out": 0,
    }
    assert not re.search("abelard|okorro|priya", str(entry), re.IGNORECASE)
    # An application that did not ask for it, and a request that is refused, are not read.
    other = place.ask("watch-2", names(0, 1), messages=said)
    refused = place.ask("watch-1", names(0, LINE), messages=said)
    assert (other.status, refused.status) == (200, 403)
    again = place.ask("watch-1", names(0, 1), messages=said)
    wait_until(lambda: seen(place, again))
    assert (seen(place, other), seen(place, refused)) == ([], [])
    assert again.headers["offramp-persons"] == "persons=1"


def test_a_gateway_that_is_to_read_names_and_cannot_says_so_at_its_start(
    root: Path, offramp: Any, tmp_path: Path
) -> None:
    ended = offramp(
        "serve", "--port", "0", cwd=root, env={"OFFRAMP_CACHE": str(tmp_path / "empty"), "FAKE_KEY": "k"}
    )
    assert ended.returncode == 2
    assert "error[weights-missing]" in ended.stderr
    assert "offramp models pull names-reader" in ended.stderr
