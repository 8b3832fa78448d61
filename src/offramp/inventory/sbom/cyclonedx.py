"""CycloneDX 1.2 to 1.7, JSON and XML."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from offramp.inventory.reading import NotRead
from offramp.inventory.sbom.bill import Bill, objects, text_of, texts

MODEL = "machine-learning-model"
DEEPEST = 50


def read_json(content: dict[str, object]) -> Bill:
    """A bill from its JSON form."""
    bill = Bill("CycloneDX")
    about = content.get("metadata")
    root = about.get("component") if isinstance(about, dict) else None
    if isinstance(root, dict):
        bill.roots.add(text_of(root, "bom-ref") or text_of(root, "purl"))
    for entry in _nested(content.get("components"), 0):
        bill.add(
            text_of(entry, "bom-ref"),
            purl=text_of(entry, "purl"),
            name=text_of(entry, "name"),
            group=text_of(entry, "group"),
            version=text_of(entry, "version"),
            is_model=text_of(entry, "type") == MODEL,
        )
    for entry in objects(content.get("dependencies")):
        for below in texts(entry.get("dependsOn")):
            bill.link(text_of(entry, "ref"), below)
    for entry in objects(content.get("services")):
        name = text_of(entry, "name")
        bill.services += [(name, address) for address in texts(entry.get("endpoints"))]
    return bill


def _nested(value: object, depth: int) -> Iterator[dict[str, object]]:
    for entry in objects(value):
        yield entry
        if depth < DEEPEST:
            yield from _nested(entry.get("components"), depth + 1)


def read_xml(data: bytes) -> Bill:
    """A bill from its XML form. A document with a type declaration is refused: it could grow without end."""
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise NotRead("its XML declares a document type")
    try:
        root = ET.fromstring(data)  # noqa: S314 - no document type, so no entities to expand
    except (ET.ParseError, ValueError, RecursionError):
        raise NotRead("it is not XML") from None
    bill = Bill("CycloneDX")
    for component in root.iterfind("./{*}metadata/{*}component"):
        bill.roots.add(component.get("bom-ref") or _text(component, "purl"))
    for component in root.iterfind("./{*}components//{*}component"):
        bill.add(
            component.get("bom-ref") or "",
            purl=_text(component, "purl"),
            name=_text(component, "name"),
            group=_text(component, "group"),
            version=_text(component, "version"),
            is_model=component.get("type") == MODEL,
        )
    for entry in root.iterfind("./{*}dependencies/{*}dependency"):
        for below in entry.iterfind("./{*}dependency"):
            bill.link(entry.get("ref") or "", below.get("ref") or "")
    for service in root.iterfind("./{*}services//{*}service"):
        for address in service.iterfind("./{*}endpoints/{*}endpoint"):
            bill.services.append((_text(service, "name"), (address.text or "").strip()))
    return bill


def _text(element: ET.Element, name: str) -> str:
    return (element.findtext(f"./{{*}}{name}") or "").strip()
