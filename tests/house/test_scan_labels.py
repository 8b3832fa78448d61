"""The labels of the scan quality run: whole, in one vocabulary, without scanned text; and their scorer."""

import csv
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

KINDS = {
    *("sdk-import", "sdk-call", "dependency", "transitive-dependency", "model-id", "endpoint", "credential"),
    *("provider-selector", "iac", "ci", "container", "agent-config", "agent-cli", "unsure"),
}
NAME = re.compile(r"[a-z0-9]*")


@pytest.fixture(scope="module")
def folder(root: Path) -> Path:
    """Where the bench and its data are."""
    return root / "bench" / "scan-quality"


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def test_every_label_is_of_a_listed_file_at_the_listed_commit(folder: Path) -> None:
    commits = {row["repo"]: row["commit"] for row in rows(folder / "corpus.csv")}
    read = {(row["repo"], row["path"]) for row in rows(folder / "files.csv")}
    strays = [
        f"{path.name}: {row['path']}"
        for path in sorted((folder / "labels").glob("*.csv"))
        for row in rows(path)
        if (row["repo"], row["path"]) not in read or commits.get(row["repo"]) != row["commit"]
    ]
    assert not strays


def test_labels_hold_names_and_places_only(folder: Path) -> None:
    odd = [
        f"{path.name}: {row}"
        for path in sorted((folder / "labels").glob("*.csv"))
        for row in rows(path)
        if row["kind"] not in KINDS
        or not NAME.fullmatch(row["vendor"])
        or (row["kind"] == "unsure") != (row["vendor"] == "")
        or row["context"] not in {"code", "test", "notebook", "fixture"}
        or not row["line"].isdigit()
        or row["note"]
    ]
    assert not odd


def test_there_are_as_many_as_the_page_says(folder: Path) -> None:
    uses = {
        (row["repo"], row["path"], row["line"], row["vendor"])
        for path in (folder / "labels").glob("*.csv")
        for row in rows(path)
        if row["kind"] != "unsure"
    }
    corpus = list(rows(folder / "corpus.csv"))
    assert len(uses) >= 3000
    assert len(corpus) >= 50
    assert sum(row["role"] == "without" for row in corpus) >= 5
    assert {row["part"] for row in corpus} == {"tuning", "spent", "held-out"}


def test_no_place_of_the_part_held_out_is_listed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(folder))
    corpus: Any = import_module("corpus")
    scoring: Any = import_module("scoring")
    run: Any = import_module("run")

    def repository(part: str) -> Any:
        label = corpus.Label(part, "a.py", 1, "example-a", "model-id", "code")
        read = frozenset({"a.py"})
        return corpus.Repository(part, "0" * 40, part, False, Path(), read, 0, (label,))

    repositories = [repository(part) for part in corpus.PARTS]
    found = (scoring.Found("a.py", 9, "example-a", "model-id"),)
    everything = {repo.name: scoring.score(repo, found, by_vendor=True) for repo in repositories}
    run.listing(repositories, everything)
    told = [line.split("\t")[:2] for line in capsys.readouterr().out.splitlines()]
    assert told == [["miss", "spent"], ["wrong", "spent"], ["miss", "tuning"], ["wrong", "tuning"]]


def test_scores_are_those_counted_by_hand(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(folder))
    corpus: Any = import_module("corpus")
    scoring: Any = import_module("scoring")

    def label(line: int, kind: str, vendor: str = "example-a", path: str = "a.py") -> Any:
        return corpus.Label("o/r", path, line, vendor, kind, "code")

    repo = corpus.Repository(
        name="o/r",
        commit="0" * 40,
        part="tuning",
        is_without_use=False,
        root=Path(),
        read=frozenset({"a.py", "b.py", "README.md"}),
        changed=0,
        labels=(
            *(label(1, "sdk-import"), label(5, "sdk-call"), label(5, "model-id"), label(9, "model-id")),
            *(
                label(9, "credential", "example-b"),
                label(20, "unsure", ""),
                label(0, "agent-config", path="b.py"),
            ),
        ),
    )
    found = (
        scoring.Found("a.py", 2, "example-a", "sdk-import"),
        scoring.Found("a.py", 9, "example-a", "model-id"),
        scoring.Found("a.py", 20, "example-a", "model-id"),
        scoring.Found("a.py", 30, "example-a", "model-id"),
        scoring.Found("README.md", 3, "example-a", "model-id"),
        scoring.Found("unread.py", 3, "example-a", "model-id"),
    )
    verdicts = scoring.score(repo, found, by_vendor=True)
    tally = verdicts.tally
    assert (tally.all_lines, tally.all_lines_hit) == (5, 2)
    assert (tally.lines["model-id"], tally.lines_hit["model-id"]) == (2, 1)
    assert (tally.sites.total(), tally.sites_hit.total()) == (5, 2)
    assert (tally.pairs, tally.pairs_hit) == (2, 1)
    assert (tally.right.total(), tally.wrong.total(), tally.undecided) == (2, 2, 1)
    assert {(one.path, one.line) for one in verdicts.wrong} == {("a.py", 30), ("README.md", 3)}
    assert {(one.line, one.kind) for one in verdicts.missed} == {
        *((5, "sdk-call"), (5, "model-id"), (9, "credential"), (0, "agent-config")),
    }
    anyone = scoring.score(repo, found, by_vendor=False).tally
    assert (anyone.all_lines, anyone.all_lines_hit) == (5, 3)
