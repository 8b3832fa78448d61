"""Pages keep their promises: links lead somewhere, settings and commands have their place."""

import re
from pathlib import Path
from typing import Any

import pytest

LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)
INLINE = re.compile(r"`[^`\n]*`")


@pytest.fixture(scope="module")
def pages(committed: tuple[Path, ...]) -> tuple[Path, ...]:
    """Every committed Markdown page."""
    return tuple(path for path in committed if path.suffix == ".md" and "tests" not in path.parts)


def anchors(page: Path) -> set[str]:
    """The anchors that headings of a page make."""
    lines = FENCE.sub("", page.read_text(encoding="utf-8")).splitlines()
    heads = [line.lstrip("#").strip().lower() for line in lines if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", head).replace(" ", "-") for head in heads}


def test_links_lead_somewhere(pages: tuple[Path, ...], root: Path) -> None:
    broken = []
    for page in pages:
        prose = INLINE.sub("", FENCE.sub("", page.read_text(encoding="utf-8")))
        for target in LINK.findall(prose):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            there = (page.parent / path) if path else page
            if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
                broken.append(f"{page.relative_to(root)}: {target}")
    assert not broken, "these links lead nowhere:\n" + "\n".join(broken)


def test_every_page_is_on_the_index(root: Path) -> None:
    index = root / "docs" / "README.md"
    linked = {
        (index.parent / target.partition("#")[0]).resolve()
        for target in LINK.findall(index.read_text("utf-8"))
    }
    pages = [path for path in (root / "docs").rglob("*.md") if path != index]
    pages += list((root / "spec").glob("*.md"))
    lost = [path.relative_to(root).as_posix() for path in pages if not is_reached(path, linked)]
    assert not lost, "add these to docs/README.md:\n" + "\n".join(sorted(lost))


def is_reached(page: Path, linked: set[Path]) -> bool:
    """A page, or the README of its folder, is linked."""
    return page.resolve() in linked or (page.parent / "README.md").resolve() in linked


def test_every_setting_is_documented(root: Path) -> None:
    workspace = pytest.importorskip("offramp.workspace")
    if not hasattr(workspace, "json_schema"):
        pytest.skip("the workspace has no schema yet")
    page = (root / "docs" / "reference" / "workspace.md").read_text(encoding="utf-8")
    code = "\n".join([*FENCE.findall(page), *INLINE.findall(page)])
    missing = sorted(
        name for name in settings(workspace.json_schema()) if not re.search(rf"\b{name}\b", code)
    )
    assert not missing, f"docs/reference/workspace.md says nothing of: {', '.join(missing)}"


def settings(schema: Any) -> set[str]:
    """Every property name of a JSON schema, at any depth."""
    found: set[str] = set()
    if isinstance(schema, dict):
        found.update(schema.get("properties", {}))
        for value in schema.values():
            found |= settings(value)
    elif isinstance(schema, list):
        for value in schema:
            found |= settings(value)
    return found


def test_settings_are_found_at_any_depth() -> None:
    schema = {
        "properties": {"a": {"items": {"properties": {"b": {}}}}},
        "$defs": {"x": {"properties": {"c": {}}}},
    }
    assert settings(schema) == {"a", "b", "c"}
