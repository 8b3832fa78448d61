"""Bills of materials as input: every format says the same, damaged ones are named."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.core.findings import Confidence, Scan
from offramp.core.ids import VendorId
from offramp.inventory import scan
from offramp.inventory.probe import Probe
from offramp.inventory.sbom import is_sbom_name, scan_sbom
from offramp.inventory.sbom.bill import read_purl
from offramp.vendors import Profile

CYCLONEDX = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {"component": {"bom-ref": "app", "name": "app", "type": "application"}},
    "components": [
        {"type": "library", "bom-ref": "m", "name": "middle", "version": "1", "purl": "pkg:pypi/middle@1"},
        {
            "type": "library",
            "bom-ref": "a",
            "name": "example-a",
            "version": "2.0",
            "purl": "pkg:pypi/example-a@2.0",
        },
        {
            "type": "library",
            "bom-ref": "n",
            "group": "@example-a",
            "name": "sdk",
            "purl": "pkg:npm/%40example-a/sdk@3",
        },
        {"type": "machine-learning-model", "bom-ref": "w", "name": "aria-3-7b"},
    ],
    "dependencies": [{"ref": "app", "dependsOn": ["m", "n"]}, {"ref": "m", "dependsOn": ["a"]}],
    "services": [
        {"name": "chat", "endpoints": ["https://api.example-a.example/v1?key=exa-1234567890abcdefghijklmn"]}
    ],
}
XML = """<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.5">
<metadata><component bom-ref="app"><name>app</name></component></metadata>
<components>
<component type="library" bom-ref="m"><name>middle</name><purl>pkg:pypi/middle@1</purl></component>
<component type="library" bom-ref="a"><name>example-a</name>
<version>2.0</version><purl>pkg:pypi/example-a@2.0</purl></component>
<component type="library" bom-ref="n"><name>sdk</name><purl>pkg:npm/%40example-a/sdk@3</purl></component>
</components>
<dependencies><dependency ref="app"><dependency ref="m"/><dependency ref="n"/></dependency>
<dependency ref="m"><dependency ref="a"/></dependency></dependencies></bom>
"""
SPDX_2 = {
    "spdxVersion": "SPDX-2.3",
    "documentDescribes": ["SPDXRef-app"],
    "packages": [
        {"SPDXID": "SPDXRef-app", "name": "app"},
        {"SPDXID": "SPDXRef-m", "name": "middle"},
        {
            "SPDXID": "SPDXRef-a",
            "name": "example-a",
            "versionInfo": "2.0",
            "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:pypi/example-a@2.0"}],
        },
        {
            "SPDXID": "SPDXRef-n",
            "name": "@example-a/sdk",
            "versionInfo": "3",
            "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:npm/%40example-a/sdk@3"}],
        },
    ],
    "relationships": [
        {"spdxElementId": "SPDXRef-app", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "SPDXRef-m"},
        {"spdxElementId": "SPDXRef-app", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "SPDXRef-n"},
        {
            "spdxElementId": "SPDXRef-a",
            "relationshipType": "DEPENDENCY_OF",
            "relatedSpdxElement": "SPDXRef-m",
        },
    ],
}
TAG_VALUE = """SPDXVersion: SPDX-2.3
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-app
PackageName: middle
SPDXID: SPDXRef-m
PackageName: example-a
SPDXID: SPDXRef-a
PackageVersion: 2.0
ExternalRef: PACKAGE-MANAGER purl pkg:pypi/example-a@2.0
PackageName: sdk
SPDXID: SPDXRef-n
ExternalRef: PACKAGE-MANAGER purl pkg:npm/%40example-a/sdk@3
Relationship: SPDXRef-app DEPENDS_ON SPDXRef-m
Relationship: SPDXRef-app DEPENDS_ON SPDXRef-n
Relationship: SPDXRef-m DEPENDS_ON SPDXRef-a
"""
SPDX_3 = {
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [
        {"type": "software_Sbom", "spdxId": "s", "rootElement": ["app"]},
        {"type": "software_Package", "spdxId": "m", "name": "middle"},
        {
            "type": "software_Package",
            "spdxId": "a",
            "name": "example-a",
            "software_packageUrl": "pkg:pypi/example-a@2.0",
        },
        {
            "type": "software_Package",
            "spdxId": "n",
            "name": "sdk",
            "externalIdentifier": [
                {"externalIdentifierType": "packageUrl", "identifier": "pkg:npm/%40example-a/sdk@3"}
            ],
        },
        {"type": "Relationship", "from": "app", "relationshipType": "dependsOn", "to": ["m", "n"]},
        {"type": "Relationship", "from": "m", "relationshipType": "dependsOn", "to": ["a"]},
    ],
}
ALL = {
    "bom.json": json.dumps(CYCLONEDX, indent=1),
    "app.cdx.xml": XML,
    "app.spdx.json": json.dumps(SPDX_2, indent=1),
    "app.spdx": TAG_VALUE,
    "three.spdx.json": json.dumps(SPDX_3, indent=1),
}


def packages(found: Scan) -> set[tuple[str, str, tuple[str, ...]]]:
    return {
        (one.vendor, one.message.split("`")[1], one.via)
        for one in found.findings
        if one.kind in ("dependency", "transitive-dependency")
    }


@pytest.mark.parametrize("name", ALL)
def test_every_format_says_the_same(probe: Probe, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(ALL[name], encoding="utf-8")
    assert is_sbom_name(name)
    found = scan_sbom(tmp_path / name, probe)
    assert packages(found) == {("example-a", "example-a", ("middle",)), ("example-a", "@example-a/sdk", ())}
    assert all(one.line for one in found.findings)
    assert all(one.confidence is Confidence.CERTAIN for one in found.findings if one.kind == "dependency")


def test_models_and_services_of_a_bill(probe: Probe, tmp_path: Path) -> None:
    (tmp_path / "bom.json").write_text(ALL["bom.json"], encoding="utf-8")
    found = scan_sbom(tmp_path / "bom.json", probe)
    assert {one.kind for one in found.findings} == {
        "dependency",
        "transitive-dependency",
        "model-id",
        "endpoint",
    }
    assert "exa-1234" not in str(found)


def test_bills_in_a_tree_are_read_as_such(invented: Mapping[VendorId, Profile], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sbom.json").write_text(ALL["bom.json"], encoding="utf-8")
    (tmp_path / "sbom-notes.json").write_text('{"model": "aria-3"}', encoding="utf-8")
    found = scan([tmp_path], invented)
    assert packages(found) == {("example-a", "example-a", ("middle",)), ("example-a", "@example-a/sdk", ())}
    assert [one.kind for one in found.findings if one.path == "sbom-notes.json"] == ["model-id"]


def test_a_bill_without_a_tree_says_that_it_does_not_say(probe: Probe, tmp_path: Path) -> None:
    bare = {**CYCLONEDX, "dependencies": []}
    (tmp_path / "bom.json").write_text(json.dumps(bare), encoding="utf-8")
    found = scan_sbom(tmp_path / "bom.json", probe)
    assert "asked for by whom is not said" in {one.message for one in found.findings}.pop() or any(
        "asked for by whom is not said" in one.message for one in found.findings
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON"),
        ("[" * 50_000, "no CycloneDX or SPDX"),
        ('{"a": ' * 50_000, "not JSON"),
        ("{}", "no CycloneDX or SPDX"),
        ("hello", "no CycloneDX or SPDX"),
        (
            '<!DOCTYPE x [<!ENTITY a "aaaa">]><bom xmlns="http://cyclonedx.org/schema/bom/1.5">&a;</bom>',
            "document type",
        ),
        ('<bom xmlns="http://cyclonedx.org/schema/bom/1.5">', "not XML"),
    ],
)
def test_what_is_no_bill_is_named(probe: Probe, tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "bom.json").write_text(text, encoding="utf-8")
    found = scan_sbom(tmp_path / "bom.json", probe)
    assert reason in found.coverage.unreadable[0].reason


@pytest.mark.parametrize(
    ("purl", "read"),
    [
        ("pkg:pypi/Example_A@1.0?x=y#z", ("pypi", "Example_A", "1.0")),
        ("pkg:npm/%40scope/name@1", ("npm", "@scope/name", "1")),
        ("pkg:npm/@scope/name", ("npm", "@scope/name", "")),
        ("pkg:maven/org.example/lib@1", ("maven", "org.example:lib", "1")),
        ("pkg:golang/git.example/a/b@v1", ("golang", "git.example/a/b", "v1")),
        ("pkg:pypi/", ("", "", "")),
        ("name", ("", "", "")),
    ],
)
def test_package_urls(purl: str, read: tuple[str, str, str]) -> None:
    assert read_purl(purl) == read


WORDS = ["pkg:pypi/example-a@1", "a", "DEPENDS_ON"]
KEYS = (
    "components dependencies packages relationships @graph purl name ref dependsOn bom-ref type services "
    "endpoints metadata component externalRefs from to"
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(WORDS)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=5),
    ),
    max_leaves=30,
)


@settings(max_examples=200, deadline=None)
@given(
    content=JSON,
    head=st.sampled_from(
        [{"bomFormat": "CycloneDX"}, {"spdxVersion": "SPDX-2.3"}, {"@context": "spdx", "@graph": []}]
    ),
)
def test_no_shape_breaks_a_reader(
    probe: Probe, tmp_path_factory: pytest.TempPathFactory, content: object, head: dict[str, object]
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "bom.json"
    path.write_text(json.dumps({**head, **(content if isinstance(content, dict) else {})}), encoding="utf-8")
    scan_sbom(path, probe)


@settings(max_examples=100, deadline=None)
@given(
    pieces=st.lists(
        st.one_of(st.sampled_from([TAG_VALUE[:60], XML[:90], "<", ">", "/"]), st.text(max_size=5)),
        max_size=12,
    )
)
def test_no_text_breaks_a_reader(
    probe: Probe, tmp_path_factory: pytest.TempPathFactory, pieces: list[str]
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "bom.xml"
    path.write_bytes("".join(pieces).encode("utf-8", "replace"))
    scan_sbom(path, probe)
