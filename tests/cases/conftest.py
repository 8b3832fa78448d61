"""Pages of cases for the scan: files to write down, and the findings a scan of them must give.

A page has one case under each `## heading`: blocks fenced as `file PATH` hold a tree, the block fenced as
`findings` lists all of `path:line vendor kind route`, with `model=…`, `via=a>b` and `context=…` where the
case is about them. Nothing else may be found. Four backticks fence files that hold fences.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from offramp.core.findings import Finding
from offramp.core.ids import VendorId
from offramp.inventory import Engine, Means, scan
from offramp.vendors import Profile

BLOCK = re.compile(r"^(`{3,4})(file (?P<path>\S+)|findings)\n(?P<text>.*?)^\1$", re.M | re.S)
CheckPage = Callable[[Path, Path, Mapping[VendorId, Profile]], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One tree and what must be found in it."""

    title: str
    files: dict[str, str]
    findings: tuple[str, ...]


def read_cases(page: str) -> tuple[Case, ...]:
    """Every case of a page."""
    cases = []
    for part in re.split(r"^## ", page, flags=re.M)[1:]:
        files: dict[str, str] = {}
        findings: tuple[str, ...] | None = None
        for block in BLOCK.finditer(part):
            if block["path"]:
                files[block["path"]] = block["text"]
            else:
                findings = tuple(line for line in block["text"].splitlines() if line.strip())
        assert files, f"no files under {part.splitlines()[0]}"
        assert findings is not None, f"no findings under {part.splitlines()[0]}"
        cases.append(Case(part.splitlines()[0], files, findings))
    return tuple(cases)


def shown(one: Finding, line: str) -> str:
    """A finding as the page writes it, with the extras that the expected line asks for."""
    text = f"{one.path}:{one.line} {one.vendor} {one.kind} {one.route}"
    if " model=" in line:
        text += f" model={one.model}"
    if " via=" in line:
        text += f" via={'>'.join(one.via)}"
    if " context=" in line:
        text += f" context={one.context}"
    return text


@pytest.fixture
def check_page() -> CheckPage:
    """Scans every case of a page, with each engine, and compares."""

    def check(page: Path, folder: Path, profiles: Mapping[VendorId, Profile]) -> None:
        cases = read_cases(page.read_text(encoding="utf-8"))
        assert cases, f"{page.name} has no cases"
        for number, case in enumerate(cases):
            root = folder / str(number)
            for path, text in case.files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text, encoding="utf-8")
            found = scan([root], profiles, salt=b"test")
            plain = scan([root], profiles, salt=b"test", means=Means(engine=Engine.RE2))
            assert plain == found, f"{page.name}: {case.title}: the two engines differ"
            assert not found.coverage.unreadable
            bare = [shown(one, "") for one in found.findings]
            expected = [" ".join(line.split()[:4]) for line in case.findings]
            assert sorted(bare) == sorted(expected), f"{page.name}: {case.title}"
            for line in case.findings:
                options = {shown(one, line) for one in found.findings}
                assert line in options, f"{page.name}: {case.title}: {line} not in {sorted(options)}"

    return check
