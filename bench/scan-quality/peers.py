"""Other tools over the same checkouts: how each is run, and how what it prints becomes findings.

Each tool has a virtual environment of its own under one folder, named as in `peers.txt`, because their
requirements exclude each other. One that is not there, fails or runs past its limit is said to.
"""

import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from corpus import HERE, Repository, rows
from scoring import Found, Tally, score
from tables import headline, table

PLACE = re.compile(r"(?P<path>.+?)(?::(?P<line>\d+))?(?:-\d+)?$")
LARGEST = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool: its name in peers.txt, its command, and the reader of its output."""

    name: str
    command: tuple[str, ...]
    """`{root}` is the checkout, `{out}` the file it writes, `{rules}` our rules."""
    read: Callable[[Any, Path], Iterator[Found]]


@cache
def vendors() -> Mapping[str, str]:
    """Other people's names of vendors and ours."""
    known = {row["alias"]: row["vendor"] for row in rows("vendors.csv")}
    return known | {
        vendor: vendor for vendor in (*known.values(), *(row["vendor"] for row in rows("known.csv")))
    }


def vendor(name: str) -> str:
    """Our name of a vendor; empty where it is none we know."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return vendors().get(slug, "")


def place(text: str, root: Path) -> tuple[str, int]:
    """Path under the checkout and line of `path:line`; line 0 where none is told."""
    match = PLACE.match(text)
    path = Path(match["path"] if match else text)
    line = int(match["line"] or 0) if match else 0
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix(), line


def airom(document: Any, root: Path) -> Iterator[Found]:
    """Components with a provider, each occurrence a finding."""
    for component in document["components"]:
        name = vendor(component.get("provider", ""))
        for one in component.get("evidence", {}).get("occurrences", ()):
            if name:
                yield Found(*place_of(one["location"], root), name, kind_of(component["kind"]))


def place_of(location: Mapping[str, Any], root: Path) -> tuple[str, int]:
    """Path and line of a location object."""
    return place(str(location["path"]), root)[0], int(location.get("line", 0))


def kind_of(kind: str) -> str:
    """A package is a dependency; other kinds do not map to one of ours."""
    return "dependency" if kind == "library" else ""


def agent_bom(document: Any, root: Path) -> Iterator[Found]:
    """Components of the code analysis: models, providers, keys."""
    components = document["ai_components"]
    for group in ("components", "api_keys"):
        for one in components.get(group, ()):
            words = f"{one.get('description') or ''} {one['name']}".split()
            names = [found for word in words if (found := vendor(word) or vendor(word.rsplit("-", 1)[0]))]
            kind = "model-id" if "model" in one["component_type"] else ""
            yield Found(place(one["file_path"], root)[0], one["line_number"], names[0] if names else "", kind)


def ai_bom(document: Any, root: Path) -> Iterator[Found]:
    """Components with their first place; those of manifests carry no path and count for the pairs only."""
    for one in document.get("components", ()):
        told = {each["name"].split(":")[-1]: each["value"] for each in one.get("properties", ())}
        name = vendor(told.get("provider", ""))
        path, line = place(told.get("source_location", "-"), root)
        yield Found(path, line, name, "")


def shadowscan(document: Any, root: Path) -> Iterator[Found]:
    """Evidence whose signature is of a provider or a vendor's agent."""
    kinds = {"dependency": "dependency", "model": "model-id", "env": "credential", "import": "sdk-import"}
    for finding in document["findings"]:
        for one in finding["evidence"]:
            name = vendor((one.get("signature") or "").rsplit(".", 1)[-1])
            if name and one.get("location"):
                yield Found(*place(one["location"], root), name, kinds.get(one["signal"].split(":")[0], ""))


def semgrep(document: Any, root: Path) -> Iterator[Found]:
    """Matches of our rules; the rule's metadata or a group of the match name the vendor."""
    for one in document["results"]:
        told = one["extra"]["metadata"]
        groups = " ".join(each["abstract_content"] for each in one["extra"].get("metavars", {}).values())
        names = (vendor(word) for word in re.split(r"[^\w-]+", f"{told['vendor']} {groups}"))
        path = place(one["path"], root)[0]
        yield Found(path, one["start"]["line"], next(filter(None, names), ""), told["kind"])


PEERS = (
    Peer("agent-bom", ("agent-bom", "code", "{root}", "-f", "json", "-o", "{out}", "-q"), agent_bom),
    Peer("ai-bom", ("ai-bom", "scan", "{root}", "-f", "json", "-o", "{out}", "-q"), ai_bom),
    Peer(
        "airom",
        (
            "airom",
            "scan",
            "{root}",
            "--offline",
            "--include-tests",
            "--no-progress",
            "-q",
            "-o",
            "json={out}",
        ),
        airom,
    ),
    Peer("nexusshadowscan", ("shadowscan", "code", "{root}", "-f", "json", "-o", "{out}"), shadowscan),
    Peer(
        "semgrep",
        (
            *("semgrep", "scan", "--config", "{rules}", "--metrics", "off", "--disable-version-check"),
            *("--no-git-ignore", "--x-ignore-semgrepignore-files", "--jobs", "1"),
            *("--json", "--output", "{out}", "{root}"),
        ),
        semgrep,
    ),
)


def staged(repo: Repository, root: Path) -> None:
    """A tree of the files that were read, or the whole checkout of a repository without any use.

    The tools differ by two orders of magnitude in speed; what each says about a file rests on that file and
    on the manifests, which were read. Those that cap their evidence gain by it.
    """
    if repo.is_without_use:
        shutil.copytree(repo.root, root, symlinks=True)
        return
    for name in repo.read:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(repo.root / name, root / name)


def run(peer: Peer, tools: Path, repo: Repository, limit: int) -> tuple[tuple[Found, ...], float]:
    """What one tool finds in one checkout, and how long it took.

    Raises `TimeoutExpired` past the limit, and `ValueError`, `KeyError` or `OSError` for output that is none.
    """
    with tempfile.TemporaryDirectory() as folder:
        out, root = Path(folder) / "out.json", Path(folder) / "tree"
        staged(repo, root)
        filled = {"root": str(root), "out": str(out), "rules": str(HERE / "semgrep.yml")}
        program, *rest = (part.format(**filled) for part in peer.command)
        began = time.perf_counter()
        subprocess.run(
            ["nice", "-n", "10", str(tools / peer.name / "bin" / program), *rest],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=limit,
            cwd=folder,
            env={"PATH": f"{tools / peer.name / 'bin'}:/usr/bin:/bin", "HOME": folder},
        )
        took = time.perf_counter() - began
        return tuple(peer.read(json.loads(out.read_text(encoding="utf-8")), root)), took


def kept(
    peer: Peer, tools: Path, repo: Repository, limit: int, keep: Path | None
) -> tuple[tuple[Found, ...], float]:
    """As `run`, or what an earlier run left in `keep`."""
    file = keep / f"{peer.name}+{repo.name.replace('/', '+')}+{repo.commit}.json" if keep else None
    if file and file.exists():
        document = json.loads(file.read_text(encoding="utf-8"))
        return tuple(Found(*one) for one in document["found"]), document["seconds"]
    found, took = run(peer, tools, repo, limit)
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        places = [[one.path, one.line, one.vendor, one.kind] for one in found]
        file.write_text(json.dumps({"seconds": took, "found": places}), encoding="utf-8")
    return found, took


def search(repo: Repository) -> tuple[Found, ...]:
    """Every line with one of the words the reading began with: no tool, and the recall is high by making."""
    words = re.compile("|".join((HERE / "words.txt").read_text(encoding="utf-8").split()), re.IGNORECASE)
    found = []
    for path in sorted(repo.root.rglob("*")):
        name = path.relative_to(repo.root).as_posix()
        if path.is_file() and path.stat().st_size < LARGEST and (repo.is_without_use or name in repo.read):
            text = path.read_bytes()
            if b"\0" not in text:
                lines = text.decode("utf-8", "replace").split("\n")
                found += [Found(name, n, "", "") for n, line in enumerate(lines, 1) if words.search(line)]
    return tuple(found)


def beside(
    repositories: tuple[Repository, ...], tools: Path, limit: int, only: str | None, keep: Path | None
) -> str:
    """Run the tools one at a time and tell how each did."""
    named: dict[str, Tally] = {"text search": Tally()}
    for repo in repositories:
        named["text search"].add(score(repo, search(repo), by_vendor=False).tally)
    notes = []
    for peer in PEERS:
        if only and peer.name not in only.split(","):
            continue
        if not (tools / peer.name / "bin" / peer.command[0]).exists():
            notes.append((peer.name, 0, "-", "not installed"))
            continue
        total, seconds, failed = Tally(), 0.0, []
        for repo in repositories:
            found: tuple[Found, ...] = ()
            try:
                found, took = kept(peer, tools, repo, limit, keep)
                seconds += took
            except (subprocess.TimeoutExpired, ValueError, KeyError, OSError) as error:
                failed.append(f"{repo.name}: {type(error).__name__}")
            total.add(score(repo, found, by_vendor=False).tally)
            print(f"# {peer.name} {repo.name} {len(found)}", flush=True)
        named[peer.name] = total
        notes.append((peer.name, len(repositories) - len(failed), f"{seconds:.0f}", "; ".join(failed)))
    ran = table(("tool", "repositories", "seconds", "failed"), notes)
    return f"\n## peers (vendor not asked for)\n\n{headline(named)}\n\n{ran}"
