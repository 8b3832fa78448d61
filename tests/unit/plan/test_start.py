"""A first workspace: what is guessed, what is written, what is never touched."""

from dataclasses import replace
from pathlib import Path

import pytest

from offramp.core.findings import Finding
from offramp.plan import files, start
from offramp.plan.first import SeenSystem, Survey, first_text, slug, systems_seen, with_line
from offramp.workspace import load

NOBODY = start.Answers()


def draw(count: int) -> bytes:
    return bytes(range(count))


def uses_of(finding: Finding, *paths: str) -> tuple[Finding, ...]:
    return tuple(replace(finding, path=path) for path in paths)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "Harbour Office"
    made.mkdir()
    return made


def test_the_first_file_loads_and_groups_uses_by_folder(folder: Path, finding: Finding) -> None:
    uses = uses_of(finding, "service/a.py", "service/b.py", "portal/c.ts", "tool.sh")
    files.write_all(start.begin(folder, uses, start.Answers(owner="R. Okafor"), draw))
    workspace = load(folder)
    assert {name: system.paths for name, system in workspace.systems.items()} == {
        "portal": ("portal/**",),
        "service": ("service/**",),
        "harbour-office-files": ("tool.sh",),
    }
    assert {system.owner for system in workspace.systems.values()} == {"R. Okafor"}
    assert set(workspace.applications) == {"portal", "service", "harbour-office-files"}
    assert workspace.warnings == ()


def test_what_nobody_gave_is_marked_as_assumed(folder: Path) -> None:
    (edit,) = start.begin(folder, (), NOBODY, draw)
    assert "name: Harbour Office  # assumed: please check" in edit.after
    assert "kinds: [company]  # assumed: please check" in edit.after
    (edit,) = start.begin(
        folder, (), start.Answers(organisation="X: Y", kinds=("supplier",), owner="Z"), draw
    )
    assert "assumed" not in edit.after
    files.write_all((edit,))
    assert load(folder).organisation.name == "X: Y"


def test_each_caller_gets_a_key_of_its_own_that_only_the_owner_reads(folder: Path, finding: Finding) -> None:
    edits = start.begin(folder, uses_of(finding, "service/a.py"), NOBODY, draw)
    files.write_all(edits)
    key = folder / ".offramp" / "keys" / "service"
    assert key.read_text(encoding="utf-8") == "offr_service_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n"
    assert key.stat().st_mode & 0o777 == 0o600
    assert not [edit for edit in edits if "AAECAw" in edit.diff()]


def test_a_second_run_changes_nothing(folder: Path, finding: Finding) -> None:
    (folder / ".git").mkdir()
    files.write_all(start.begin(folder, uses_of(finding, "service/a.py"), NOBODY, draw))
    assert start.begin(folder, uses_of(finding, "other/a.py"), NOBODY, draw) == ()


def test_a_missing_key_of_a_workspace_that_is_there_is_made(folder: Path, finding: Finding) -> None:
    files.write_all(start.begin(folder, uses_of(finding, "service/a.py"), NOBODY, draw))
    (folder / ".offramp" / "keys" / "service").unlink()
    (edit,) = start.begin(folder, (), NOBODY, draw)
    assert (edit.path.name, edit.is_secret) == ("service", True)


def test_the_organisation_and_owner_are_read_from_git(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text(
        '[user]\n\tname = R. Okafor\n[remote "origin"]\n\turl = git@code.example:harbour/desk.git\n',
        encoding="utf-8",
    )
    seen = start.guess(folder)
    assert (seen.organisation, seen.owner) == ("harbour", "R. Okafor")


@pytest.mark.parametrize(
    "config", ["[broken\n", "no section\n", '[remote "x"]\nfetch = y\n', "[user]\nname\n"]
)
def test_settings_of_git_that_cannot_be_read_are_no_obstacle(folder: Path, config: str) -> None:
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text(config, encoding="utf-8")
    assert start.guess(folder).organisation == "Harbour Office"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, ".offramp/\n"),
        ("", ".offramp/\n"),
        ("node_modules", "node_modules\n.offramp/\n"),
        ("x\n.offramp/\ny\n", "x\n.offramp/\ny\n"),
    ],
)
def test_git_is_told_once(before: str | None, after: str) -> None:
    assert with_line(before, ".offramp/") == after


@pytest.mark.parametrize(
    ("text", "name"), [("Permit Desk!", "permit-desk"), ("…", "main"), ("x" * 80, "x" * 48)]
)
def test_slugs(text: str, name: str) -> None:
    assert slug(text) == name


def test_folders_with_the_same_slug_stay_apart(finding: Finding) -> None:
    systems = systems_seen(uses_of(finding, "a b/x.py", "a-b/x.py"), "here")
    assert [system.id for system in systems] == ["a-b", "a-b-2"]


@pytest.mark.parametrize("name", ['say "x"', "a: b", "#1", "true", "007", "- x", "naïve", "a\nb", "{x}", "*"])
def test_any_name_survives_the_file(tmp_path: Path, name: str) -> None:
    seen = SeenSystem(id="s", paths=(f"{name}/**",), vendors=(), uses=0, is_caller=False)
    survey = Survey(organisation=name, kinds=("company",), owner=name, systems=(seen,))
    (tmp_path / "offramp.yaml").write_text(first_text(survey), encoding="utf-8")
    workspace = load(tmp_path)
    assert workspace.organisation.name == name
    (system,) = workspace.systems.values()
    assert (system.owner, system.paths) == (name, (f"{name}/**",))
