"""Reading `offramp.yaml`: the whole value, or every problem with its place."""

import os
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError, Problems
from offramp.workspace import find, load, load_instruments

WHOLE = """\
schema: offramp/workspace/v1
organisation: {name: Example Agency, kinds: [civil_agency, supplier]}
instruments: [../shared]
systems:
  desk: {name: Permit desk, owner: R. Okafor, paths: ["service/**"], lead_days: 21}
applications:
  desk-app:
    system: desk
    key: {file: .offramp/keys/desk-app}
    facts: {under: federal, existing_use: true, persons: 3}
    via: []
upstreams:
  incumbent: {vendor: example-a, dialect: openai-chat, local: small, tools: schema}
  successor: {vendor: example-b, dialect: openai-chat, url: "https://b.example/v1/", key: {env: B_KEY}}
routes:
  model-1: {targets: [{upstream: incumbent, model: m}, {upstream: successor, model: n}]}
  "*": {targets: [{upstream: successor, model: n}], when_forbidden: next}
successors:
  example-a: {to: example-b, by: 2026-08-26}
stance: {by: "A. Mensah, counsel", reason: caution, is_strictest: true}
"""


def write(root: Path, text: str, declarations: str = "") -> Path:
    folder = root / "here"
    folder.mkdir()
    (root / "shared").mkdir()
    (folder / "offramp.yaml").write_text(text, encoding="utf-8")
    if declarations:
        (folder / "declarations").mkdir()
        (folder / "declarations" / "saas.yaml").write_text(declarations, encoding="utf-8")
    return folder


def problems_of(folder: Path) -> list[tuple[str, int]]:
    with pytest.raises(OfframpError) as caught:
        load(folder)
    error = caught.value
    found = error.problems if isinstance(error, Problems) else (error,)
    return [(problem.code, problem.where.line if problem.where else 0) for problem in found]


def test_everything_written_is_read(tmp_path: Path) -> None:
    workspace = load(write(tmp_path, WHOLE))
    desk = workspace.systems["desk"]  # type: ignore[index]
    assert (desk.owner, desk.paths, desk.lead_days) == ("R. Okafor", ("service/**",), 21)
    app = workspace.applications["desk-app"]  # type: ignore[index]
    assert app.facts == {"under": "federal", "existing_use": True, "persons": 3}
    assert app.system == "desk"
    assert app.key is not None
    assert app.key.file == ".offramp/keys/desk-app"
    assert workspace.upstreams["successor"].url == "https://b.example/v1"  # type: ignore[index]
    assert [target.model for target in workspace.routes["model-1"].targets] == ["m", "n"]  # type: ignore[index]
    assert workspace.routes["*"].when_forbidden == "next"  # type: ignore[index]
    assert workspace.successors["example-a"].by == "2026-08-26"  # type: ignore[index]
    assert workspace.stance is not None
    assert workspace.stance.is_strictest
    assert [folder.name for folder in workspace.instruments] == ["shared"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("systems:", "sistems:", [("key-unknown", 4), ("system-unknown", 8)]),
        ("system: desk\n", "system: dusk\n", [("system-unknown", 8)]),
        ("owner: R. Okafor, ", "", [("setting-missing", 5)]),
        ("lead_days: 21", "lead_days: soon", [("setting-value", 5)]),
        ("lead_days: 21", "lead_days: -1", [("setting-value", 5)]),
        ("{file: .offramp/keys/desk-app}", "hunter2", [("secret-written-out", 9)]),
        ("{env: B_KEY}", "{env: B_KEY, file: b}", [("secret-reference", 14)]),
        ("{env: B_KEY}", "{env: offr-1234}", [("secret-reference", 14)]),
        ("local: small, ", "", [("upstream-place", 13)]),
        ("https://b.example/v1/", "ftp://b.example", [("upstream-url", 14)]),
        ("upstream: incumbent, model: m", "upstream: incumbant, model: m", [("upstream-unknown", 16)]),
        ("to: example-b, ", "to: example-a, ", [("successor-is-self", 19)]),
        ("by: 2026-08-26", "by: soon", [("instant-unreadable", 19)]),
        ("is_strictest: true", "is_strictest: true, readings: {q: a}", [("stance-twice", 20)]),
        ("is_strictest: true", "is_strictest: yes", [("setting-value", 20)]),
        ("[../shared]", "[../sharred]", [("instruments-missing", 3)]),
        ("offramp/workspace/v1", "offramp/workspace/v9", [("schema-unknown", 1)]),
        ("service/**", "../other/**", [("path-outside", 5)]),
        ("  desk: {", "  Desk: {", [("id-unreadable", 5), ("system-unknown", 8)]),
        ("when_forbidden: next", "when_forbidden: nxt", [("setting-value", 17)]),
        ("stance:", "routes: {}\nstance:", [("key-twice", 20)]),
    ],
)
def test_each_slip_is_placed(
    tmp_path: Path, before: str, after: str, expected: list[tuple[str, int]]
) -> None:
    assert before in WHOLE
    assert problems_of(write(tmp_path, WHOLE.replace(before, after, 1))) == expected


def test_all_problems_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = (
        WHOLE.replace("system: desk\n", "system: dusk\n")
        .replace("local: small, ", "")
        .replace("by: 2026", "by: x")
    )
    declarations = "schema: offramp.declarations/v1\ndeclarations:\n- {kind: contrakt, vendor: example-a}\n"
    codes = [code for code, _ in problems_of(write(tmp_path, text, declarations))]
    assert codes.count("setting-missing") == 3
    assert {"system-unknown", "upstream-place", "instant-unreadable", "setting-value"} <= set(codes)


def test_a_secret_written_out_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(OfframpError) as caught:
        load(write(tmp_path, WHOLE.replace("{file: .offramp/keys/desk-app}", "hunter2")))
    assert "hunter2" not in caught.value.render()


def test_declarations_become_findings_that_keep_their_ids(tmp_path: Path) -> None:
    declarations = """\
schema: offramp.declarations/v1
declarations:
  - {kind: saas-setting, vendor: example-a, title: Assistant in the wiki, owner: T. Vu, system: desk,
     since: 2025-06-01, route: saas, source: "admin page seen by T. Vu, 2026-03-01"}
  - {kind: purchase, vendor: example-a, title: Seats, owner: T. Vu, until: 2026-01-31, source: invoice 7}
"""
    folder = write(tmp_path, WHOLE, declarations)
    first = load(folder)
    assert [finding.line for finding in first.declared] == [3, 5]
    assert [(d.kind, d.owner, d.until) for d in first.declarations] == [
        ("saas-setting", "T. Vu", ""),
        ("purchase", "T. Vu", "2026-01-31"),
    ]
    (folder / "declarations" / "saas.yaml").write_text("# moved down\n" + declarations, encoding="utf-8")
    second = load(folder)
    assert [finding.line for finding in second.declared] == [4, 6]
    assert [finding.id for finding in second.declared] == [finding.id for finding in first.declared]


def test_find_goes_up(tmp_path: Path) -> None:
    folder = write(tmp_path, WHOLE)
    deep = folder / "a" / "b"
    deep.mkdir(parents=True)
    assert find(deep) == folder
    assert find(tmp_path) is None or find(tmp_path) != folder


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"a: [1", "yaml-unreadable"),
        (b"a: &x 1\nb: *x\n", "yaml-unreadable"),
        (b"[" * 60, "yaml-unreadable"),
        (b"a: \x07\n", "yaml-unreadable"),
        (b"\xff\xfe\x00", "file-not-utf8"),
        (b"", "workspace-empty"),
        (b"just text\n", "setting-shape"),
        (b"- 1\n", "setting-shape"),
        (b"? [a]\n: 1\n", "key-not-text"),
        (b"organisation:\n", "setting-missing"),
        (b"schema: offramp/workspace/v1\norganisation: {name: {a: 1}, kinds: 3}\n", "setting-value"),
    ],
)
def test_broken_files_are_errors_with_help(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "offramp.yaml").write_bytes(content)
    with pytest.raises(OfframpError) as caught:
        load(tmp_path)
    error = caught.value
    assert code in {problem.code for problem in (error.problems if isinstance(error, Problems) else (error,))}
    assert error.help


def test_a_pipe_or_a_device_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "offramp.yaml")
    with pytest.raises(OfframpError) as caught:
        load(tmp_path)
    assert caught.value.code == "file-unreadable"
    folder = tmp_path / "instruments"
    folder.mkdir()
    (folder / "endless.yaml").symlink_to("/dev/zero")
    with pytest.raises(OfframpError) as caught:
        load_instruments((folder,))
    assert caught.value.code == "file-unreadable"


def test_a_missing_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(OfframpError) as caught:
        load(tmp_path / "nowhere")
    assert caught.value.code == "file-missing"
