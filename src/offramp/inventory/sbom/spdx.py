"""SPDX: 2.2 and 2.3 as JSON and tag-value, 3.0 as JSON-LD."""

import re

from offramp.inventory.sbom.bill import Bill, objects, text_of, texts

DOWN = {"DEPENDS_ON", "CONTAINS", "DYNAMIC_LINK", "STATIC_LINK"}
UP = {"DEPENDENCY_OF", "CONTAINED_BY", "RUNTIME_DEPENDENCY_OF", "DEV_DEPENDENCY_OF", "BUILD_DEPENDENCY_OF",
      "OPTIONAL_DEPENDENCY_OF", "PROVIDED_DEPENDENCY_OF", "TEST_DEPENDENCY_OF"}  # fmt: skip
DOCUMENT = "SPDXRef-DOCUMENT"
TAG = re.compile(
    r"^(PackageName|SPDXID|PackageVersion|ExternalRef|Relationship|FileName|SnippetSPDXID):[ \t]*(.*)$"
)
PURL_TYPES = ("purl",)


def read_json(content: dict[str, object]) -> Bill:
    """A bill from SPDX 2 JSON."""
    bill = Bill("SPDX 2")
    bill.roots |= set(texts(content.get("documentDescribes")))
    for entry in objects(content.get("packages")):
        purl = next(
            (
                text_of(one, "referenceLocator")
                for one in objects(entry.get("externalRefs"))
                if text_of(one, "referenceType") in PURL_TYPES
            ),
            "",
        )
        bill.add(
            text_of(entry, "SPDXID"),
            purl=purl,
            name=text_of(entry, "name"),
            group="",
            version=text_of(entry, "versionInfo"),
        )
    for entry in objects(content.get("relationships")):
        _relate(
            bill,
            text_of(entry, "spdxElementId"),
            text_of(entry, "relationshipType"),
            text_of(entry, "relatedSpdxElement"),
        )
    return bill


def read_tag_value(text: str) -> Bill:
    """A bill from SPDX 2 tag-value."""
    bill = Bill("SPDX 2")
    package: dict[str, str] = {}

    def close() -> None:
        if package.get("name"):
            bill.add(
                package.get("id", ""),
                purl=package.get("purl", ""),
                name=package["name"],
                group="",
                version=package.get("version", ""),
            )
        package.clear()

    for line in text.splitlines():
        match = TAG.match(line)
        if match is None:
            continue
        tag, value = match[1], match[2].strip()
        if tag in ("PackageName", "FileName", "SnippetSPDXID"):
            close()
            if tag == "PackageName":
                package["name"] = value
        elif tag == "SPDXID" and package:
            package["id"] = value
        elif tag == "PackageVersion" and package:
            package["version"] = value
        elif tag == "ExternalRef" and package:
            parts = value.split()
            if len(parts) >= 3 and parts[1] in PURL_TYPES:
                package["purl"] = parts[2]
        elif tag == "Relationship":
            parts = value.split()
            if len(parts) >= 3:
                _relate(bill, parts[0], parts[1], parts[2])
    close()
    return bill


def _relate(bill: Bill, one: str, kind: str, other: str) -> None:
    if kind == "DESCRIBES" and one == DOCUMENT:
        bill.roots.add(other)
    elif kind in DOWN:
        bill.link(one, other)
    elif kind in UP:
        bill.link(other, one)


def read_graph(content: dict[str, object]) -> Bill:
    """A bill from SPDX 3.0 JSON-LD."""
    bill = Bill("SPDX 3")
    for entry in objects(content.get("@graph")):
        kind = (text_of(entry, "type") or text_of(entry, "@type")).rpartition("/")[2]
        ref = text_of(entry, "spdxId") or text_of(entry, "@id")
        if kind in ("software_Package", "ai_AIPackage", "dataset_DatasetPackage"):
            bill.add(
                ref,
                purl=text_of(entry, "software_packageUrl") or _identifier(entry),
                name=text_of(entry, "name"),
                group="",
                version=text_of(entry, "software_packageVersion"),
                is_model=kind == "ai_AIPackage",
            )
        elif kind in ("Relationship", "LifecycleScopedRelationship"):
            says = text_of(entry, "relationshipType")
            if says in ("dependsOn", "contains", "hasDynamicLink", "hasStaticLink"):
                for below in texts(entry.get("to")):
                    bill.link(text_of(entry, "from"), below)
        elif kind in ("software_Sbom", "SpdxDocument"):
            bill.roots |= set(texts(entry.get("rootElement")))
    return bill


def _identifier(entry: dict[str, object]) -> str:
    return next(
        (
            text_of(one, "identifier")
            for one in objects(entry.get("externalIdentifier"))
            if text_of(one, "externalIdentifierType") in ("packageUrl", "purl")
        ),
        "",
    )
