"""What is committed: nothing large, nothing that names a package host or somebody's machine."""

import re
from pathlib import Path

LARGEST_BYTES = 5 * 1024 * 1024
HOSTS = re.compile(
    "|".join(("pypi" + r"\.org", "python" + "hosted", "npm" + "js", r"index-url[= ]+https?:")), re.IGNORECASE
)
MACHINES = re.compile(
    r"(?<![\w.])/(?:" + "work|root" + r")/\w|(?<![\w.])/home/(?!user\b|runner\b)\w+/\w|/Users/\w"
)


def texts(committed: tuple[Path, ...]) -> list[tuple[Path, str]]:
    found = []
    for path in committed:
        try:
            found.append((path, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def hits(pattern: re.Pattern[str], committed: tuple[Path, ...], root: Path) -> list[str]:
    """Path, line and match wherever `pattern` stands."""
    found = []
    for path, text in texts(committed):
        name = path.relative_to(root).as_posix()
        found += [
            f"{name}:{text.count(chr(10), 0, match.start()) + 1} {match.group()}"
            for match in pattern.finditer(text)
        ]
    return found


def test_nothing_large_is_committed(committed: tuple[Path, ...], root: Path) -> None:
    large = [path.relative_to(root).as_posix() for path in committed if path.stat().st_size > LARGEST_BYTES]
    assert not large, "fetch these when they are needed instead:\n" + "\n".join(large)


def test_no_file_names_a_package_host(committed: tuple[Path, ...], root: Path) -> None:
    named = hits(HOSTS, committed, root)
    assert not named, "leave the host to the reader's own settings:\n" + "\n".join(named)


def test_no_file_names_a_machine(committed: tuple[Path, ...], root: Path) -> None:
    named = hits(MACHINES, committed, root)
    assert not named, "write a path relative to the repository:\n" + "\n".join(named)


def test_requirement_files_are_pinned_by_hash(root: Path) -> None:
    loose = []
    for path in sorted((root / "requirements").glob("*.txt")):
        blocks = re.split(r"\n(?=[a-z0-9])", path.read_text(encoding="utf-8"), flags=re.I)
        loose += [
            f"{path.name}: {block.splitlines()[0]}"
            for block in blocks
            if "==" in block.split("#")[0] and "--hash=sha256:" not in block
        ]
    assert not loose, "run `make lock`:\n" + "\n".join(loose)


def test_the_patterns_catch_what_they_are_for() -> None:
    assert HOSTS.search("https://files.python" + "hosted.org/packages/x.whl")
    assert HOSTS.search("--extra-index-url=" + "http://mirror.example/simple")
    assert MACHINES.search("opened /wor" + "k/main/x.py")
    assert MACHINES.search("/ho" + "me/kim/code")
    assert not MACHINES.search("see docs/wor" + "k/plan.md and ../wor" + "k/x and the /wor" + "kspace")
