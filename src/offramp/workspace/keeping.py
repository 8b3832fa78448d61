"""The section `evidence` of `offramp.yaml`: the time-stamp authority, and how long texts are kept."""

from pathlib import Path

from offramp.core.periods import Period
from offramp.core.yaml_values import Fields
from offramp.workspace.model import Keeping

SCHEMES = ("http://", "https://")


def read_keeping(fields: Fields, root: Path) -> Keeping:
    """What is said; problems are noted where they stand."""
    section = fields.get("evidence")
    if section is None:
        return Keeping()
    held = section.fields(("authority", "retention"))
    url, certificate = "", ""
    authority = held.get("authority")
    if authority is not None:
        said = authority.fields(("url", "certificate"), required=("url",))
        url, certificate = said.text("url"), said.text("certificate")
        if url and not url.startswith(SCHEMES):
            said.problem("authority-url", f"`{url}` is not an address", "begin it with https:// or http://")
        if certificate and not (root / certificate).is_file():
            said.problem(
                "authority-certificate",
                f"there is no file `{certificate}`",
                "name the authority's certificate, relative to offramp.yaml",
            )
    return Keeping(
        authority_url=url,
        authority_certificate=root / certificate if certificate else None,
        retention=_retention(held),
    )


def _retention(held: Fields) -> dict[str, Period]:
    section = held.get("retention")
    if section is None:
        return {}
    found: dict[str, Period] = {}
    for kind, value in section.entries("kind of text").items():
        try:
            found[kind] = Period.parse(value.text())
        except ValueError as error:
            value.problem("retention-period", str(error), "write it like `30 days`, `6 months` or `2 years`")
    return found
