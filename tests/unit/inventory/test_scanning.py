"""The scan as a whole: ids that last, coverage that is honest, secrets that stay."""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.core.findings import Confidence, Context, Finding, FindingKind, Route, Scan
from offramp.core.ids import FindingId, SystemId, VendorId
from offramp.core.instants import parse_instant
from offramp.inventory import DETECTORS, Detector, Found, Means, Sheet, assign, scan
from offramp.report import render
from offramp.report.documents.scan import scan_document
from offramp.vendors import Profile

ScanTree = Callable[[Mapping[str, str]], Scan]
USE = 'MODEL = "aria-3"\n'


def test_ids_survive_edits_above(scan_tree: ScanTree) -> None:
    before = scan_tree({"app.py": USE + USE})
    after = scan_tree({"app.py": "x = 1\n\n" + USE + USE})
    assert [one.id for one in before.findings] == [one.id for one in after.findings]
    assert len({one.id for one in before.findings}) == 2
    assert [one.line for one in after.findings] == [3, 4]


def test_a_tree_without_uses_has_no_findings(scan_tree: ScanTree) -> None:
    found = scan_tree({"app.py": "print('hello')\n", "README.md": "A song and a bolt.\n"})
    assert found.findings == ()
    assert found.coverage.files == 2


def test_the_same_tree_gives_the_same_scan(scan_tree: ScanTree) -> None:
    files = {"b.py": USE, "a/c.yaml": "model: bolt-1\n", "a.py": USE}
    assert scan_tree(files) == scan_tree(files)


def test_only_the_vendors_asked_for(invented: Mapping[VendorId, Profile], tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('X = ["aria-3", "bolt-2"]\n', encoding="utf-8")
    found = scan([tmp_path], invented, vendors=[VendorId("example-b")])
    assert [one.vendor for one in found.findings] == ["example-b"]
    assert found.vendors == ("example-b",)


def test_an_unknown_vendor_and_a_missing_path(invented: Mapping[VendorId, Profile], tmp_path: Path) -> None:
    with pytest.raises(OfframpError, match="no vendor"):
        scan([tmp_path], invented, vendors=[VendorId("nobody")])
    with pytest.raises(OfframpError, match="no file or folder"):
        scan([tmp_path / "nowhere"], invented)


def test_one_file_and_several_roots(invented: Mapping[VendorId, Profile], tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text(USE, encoding="utf-8")
    alone = scan([tmp_path / "one" / "app.py"], invented)
    assert [one.path for one in alone.findings] == ["app.py"]
    both = scan([tmp_path / "one", tmp_path / "two"], invented)
    assert len({one.id for one in both.findings}) == 2


def test_a_key_is_never_shown(scan_tree: ScanTree) -> None:
    key = "exa-9fK2mQ7xLp0aZr4TvB8nYc1D"
    found = scan_tree({"a.py": f'KEY = "{key}"\n', "b.env": f"OTHER={key}\n"})
    messages = [one.message for one in found.findings]
    assert len(messages) == 2
    assert len(set(messages)) == 1, "the same key has the same digest"
    document = scan_document(found, parse_instant("2026-03-01"), in_workspace=False)
    for slug in ("csv", "json", "text"):
        assert key[:12] not in render(document, slug)


def test_digests_of_keys_depend_on_the_salt(invented: Mapping[VendorId, Profile], tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('KEY = "exa-9fK2mQ7xLp0aZr4TvB8nYc1D"\n', encoding="utf-8")
    one, other = (scan([tmp_path], invented, salt=salt) for salt in (b"one", b"other"))
    assert one.findings[0].message != other.findings[0].message
    assert one.findings[0].id == other.findings[0].id


def test_a_failing_detector_is_told_and_the_rest_goes_on(
    invented: Mapping[VendorId, Profile], tmp_path: Path
) -> None:
    def detect(_sheet: Sheet) -> Iterable[Found]:
        raise ZeroDivisionError

    (tmp_path / "a.py").write_text(USE, encoding="utf-8")
    found = scan([tmp_path], invented, means=Means(detectors=(Detector("broken", detect), *DETECTORS)))
    assert [one.kind for one in found.findings] == [FindingKind.MODEL_ID]
    assert [one.reason for one in found.coverage.unreadable] == [
        "the detector `broken` failed on it: ZeroDivisionError"
    ]


def declared(vendor: str, system: str | None = None) -> Finding:
    return Finding(
        id=FindingId("f_1"),
        vendor=VendorId(vendor),
        kind=FindingKind.DECLARED,
        context=Context.DOCS,
        route=Route.SAAS,
        path="declarations/saas.yaml",
        line=3,
        column=1,
        detector="declared",
        confidence=Confidence.CERTAIN,
        message="declared",
        system=SystemId(system) if system else None,
    )


def test_declared_uses_stand_beside_found_ones(invented: Mapping[VendorId, Profile], tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(USE, encoding="utf-8")
    given = [declared("example-a"), declared("nobody")]
    found = scan([tmp_path], invented, declared=given)
    assert [one.kind for one in found.uses] == [FindingKind.MODEL_ID, FindingKind.DECLARED]
    assert "declarations" in found.coverage.sources


def test_systems_are_given_by_the_first_glob(scan_tree: ScanTree) -> None:
    found = scan_tree({"svc/a.py": USE, "svc/deep/b.py": USE, "x/.env": "MODEL=aria-3\n", "c.py": USE})
    systems = {
        SystemId("deep"): ["app/svc/*/b.py"],
        SystemId("service"): ["app/svc/**"],
        SystemId("env"): ["**/.env"],
    }
    given = assign(found.findings, systems, "app/")
    assert {one.path: one.system for one in given} == {
        "svc/a.py": "service",
        "svc/deep/b.py": "deep",
        "x/.env": "env",
        "c.py": None,
    }
    kept = declared("example-a", "chosen")
    assert assign([kept], systems) == (kept,)


def test_the_json_has_every_field_of_the_contract(scan_tree: ScanTree) -> None:
    found = scan_tree({"a.py": USE, "README.md": "ExampleA\n", "b.bin": "\x00"})
    body = json.loads(render(scan_document(found, parse_instant("2026-03-01"), in_workspace=False), "json"))
    assert body["schema"] == "offramp/scan/v1"
    fields = {field.name for field in dataclasses.fields(Finding)}
    assert set(body["findings"][0]) == fields
    assert [one["kind"] for one in body["findings"]] == ["mention", "model-id"]
    assert body["coverage"]["skipped"] == [{"path": "b.bin", "reason": "binary"}]
    assert body["about"]["gaps"]


def test_mentions_are_not_counted(scan_tree: ScanTree) -> None:
    found = scan_tree({"README.md": "ExampleA makes aria-3.\n"})
    document = scan_document(found, parse_instant("2026-03-01"), in_workspace=False)
    assert document.title == "0 uses found, 1 mention apart"
    assert any("no use found in these sources" in note for note in document.notes)


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("json", "found.json"),
        ("sarif", "found.sarif"),
        ("cyclonedx", "bill.json"),
        ("cyclonedx", "bill.cyclonedx.json"),
        ("cyclonedx-17", "bill.cdx.json"),
        ("csv", "found.csv"),
        ("html", "found.html"),
        ("text", "found.txt"),
    ],
)
def test_what_a_scan_wrote_is_no_use(scan_tree: ScanTree, slug: str, name: str) -> None:
    files = {"a.py": USE, "requirements.txt": "example-a==1.2\n"}
    before = scan_tree(files)
    written = render(scan_document(before, parse_instant("2026-03-01"), in_workspace=False), slug)
    after = scan_tree({**files, name: written})
    assert after.uses == before.uses
    assert after.coverage.files == before.coverage.files + 1


def test_a_package_is_found_however_it_is_spelt(scan_tree: ScanTree) -> None:
    found = scan_tree({"requirements.txt": "Frame_Example.A\n"})
    assert [one.kind for one in found.findings] == [FindingKind.DEPENDENCY]
