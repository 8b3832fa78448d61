"""Files of a git repository at a revision, read from its object store without a checkout.

Git itself reads the objects, as a process that is told where the repository is, and nothing it could run is
left to the repository: no hook, filter, text conversion, pager or remote is consulted, system and user
settings are not read, and every transport is forbidden: a missing object is missing and not fetched.
"""

import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from select import select

from offramp.core.errors import OfframpError
from offramp.core.findings import NotSeen
from offramp.inventory.ignoring import IGNORE_FILE, LARGEST_IGNORE_FILE, Ignored
from offramp.inventory.walk import (
    A_LINK,
    ENVIRONMENT_MARK,
    LEFT_OUT,
    Leaf,
    Omitted,
    left_out,
    printable,
)

LONGEST_ANSWER_SECONDS = 600.0
"""A repository may hold things that nobody can read to an end, such as a pipe in place of a branch."""
OBJECT = re.compile(rb"[0-9a-f]{40,64}")
BRANCH_FILE = re.compile(rb"gitdir: (.+)")
HARMLESS = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_COUNT": "0",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_SSH_COMMAND": "false",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
SETTINGS = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "core.attributesFile=",
    "protocol.allow=never",
)


@dataclass(frozen=True)
class Revision:
    """A commit or tree of a repository, or one folder of it."""

    git_dir: Path
    commit: str
    """The object's full name."""
    named: str
    """What the user called it."""
    path: Path
    """What the user named: a repository, or a folder inside one."""
    folder: str = ""
    """The part of the tree to look at: empty, or ending in `/`."""
    only: frozenset[str] | None = None
    """Paths as shown; nothing else is looked at. None for all."""

    @property
    def shown(self) -> str:
        """How coverage names it."""
        inside = f", {self.folder}" if self.folder else ""
        return f"{self.path} at {self.named} ({self.commit[:12]}{inside})"

    def text(self, path: str) -> bytes:
        """The content of one file, named as shown; nothing where there is none."""
        try:
            return git(self.git_dir, "cat-file", "blob", f"{self.commit}:{self.folder}{path}")
        except OfframpError:
            return b""

    def _ignored(self, content: Callable[[str], bytes]) -> dict[str, Ignored]:
        """The rules of each folder that has an ignore file, by the folder as shown."""
        found: dict[str, Ignored] = {}
        for path in sorted(self._tree, key=lambda path: path.count(b"/")):
            folder, _, name = os.fsdecode(path).rpartition("/")
            if name == IGNORE_FILE and self._tree[path][0].startswith("100"):
                prefix = f"{printable(folder)}/" if folder else ""
                text = content(self._tree[path][1])[:LARGEST_IGNORE_FILE].decode("utf-8", "replace")
                found[prefix] = ignored_in(prefix, found).below(prefix, text)
        return found

    @cached_property
    def _tree(self) -> dict[bytes, tuple[str, str]]:
        """Mode and object by path."""
        listed = git(self.git_dir, "ls-tree", "-r", "-z", "--full-tree", self.commit)
        found = {}
        for line in listed.split(b"\0"):
            head, _, path = line.partition(b"\t")
            if path and path.startswith(os.fsencode(self.folder)):
                parts = head.decode("ascii", "replace").split(" ", 2)
                if len(parts) != 3:
                    continue
                mode, _, name = parts
                found[path[len(self.folder.encode()) :]] = (mode, name)
        return found

    def walk(self, content: Callable[[str], bytes]) -> Iterator[Leaf | Omitted]:
        """Every file of the revision, as `walk.walk` gives those of a folder. `content` reads an object."""
        sizes = self._sizes()
        rules = self._ignored(content)
        environments = {
            path[: -len(ENVIRONMENT_MARK)]
            for path in self._tree
            if path.endswith(b"/" + ENVIRONMENT_MARK.encode())
        }
        told: set[bytes] = set()
        for path, (mode, name) in self._tree.items():
            shown = printable(os.fsdecode(path))
            if self.only is not None and shown not in self.only:
                continue
            outside = _left_out(path, environments, rules)
            if outside is not None:
                if outside[0] not in told:
                    told.add(outside[0])
                    seen = NotSeen(printable(os.fsdecode(outside[0])), outside[1])
                    yield Omitted(seen, is_unreadable=False)
            elif rules and ignored_in(shown, rules).leaves_out(shown, is_folder=False):
                yield Omitted(NotSeen(shown, LEFT_OUT), is_unreadable=False)
            elif mode == "120000":
                yield Omitted(NotSeen(shown, A_LINK), is_unreadable=False)
            elif mode == "160000":
                yield Omitted(
                    NotSeen(shown + "/", "a submodule, kept in another repository"), is_unreadable=False
                )
            elif name not in sizes:
                yield Omitted(NotSeen(shown, "its content is not in this repository"), is_unreadable=True)
            else:
                yield Leaf(name, shown, sizes[name], (name,))

    def blob(self, path: str) -> str:
        """The object of a file by its path in the tree; empty where there is none."""
        mode, name = self._tree.get(os.fsencode(path), ("", ""))
        return name if mode.startswith("100") else ""

    def _sizes(self) -> dict[str, int]:
        names = "\n".join(dict.fromkeys(name for mode, name in self._tree.values() if mode.startswith("100")))
        answered = (
            git(self.git_dir, "cat-file", "--batch-check", given=f"{names}\n".encode()) if names else b""
        )
        found = {}
        for line in answered.splitlines():
            parts = line.split(b" ")
            if len(parts) == 3 and parts[1] == b"blob":
                found[parts[0].decode("ascii")] = int(parts[2])
        return found


def ignored_in(path: str, rules: Mapping[str, Ignored]) -> Ignored:
    """The rules that hold for a path: those of the nearest folder above it that has any."""
    at = path.rfind("/", 0, len(path) - 1)
    while at >= 0:
        if path[: at + 1] in rules:
            return rules[path[: at + 1]]
        at = path.rfind("/", 0, at)
    return rules.get("", Ignored())


def _left_out(
    path: bytes, environments: set[bytes], rules: Mapping[str, Ignored]
) -> tuple[bytes, str] | None:
    """The folder of the path that is not entered, and why."""
    at = path.find(b"/")
    while at >= 0:
        folder = path[: at + 1]
        shown = printable(os.fsdecode(path[:at]))
        if rules and ignored_in(shown, rules).leaves_out(shown, is_folder=True):
            return folder, LEFT_OUT
        reason = left_out(os.fsdecode(folder[folder.rfind(b"/", 0, at) + 1 : at]))
        if not reason and folder in environments:
            reason = "installed packages"
        if reason:
            return folder, reason
        at = path.find(b"/", at + 1)
    return None


@dataclass(slots=True)
class Blobs:
    """One git process that hands out the content of objects; each of our processes has its own."""

    git_dir: Path
    seconds: float = LONGEST_ANSWER_SECONDS
    _process: "subprocess.Popen[bytes] | None" = None
    _owner: int = field(default=0)

    def read_into(self, name: str, buffer: bytearray) -> int:
        """Fill the buffer with an object's content and give its length; `OSError` when it is missing."""
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(f"{name}\n".encode())
            process.stdin.flush()
            if os.name == "posix" and not select([process.stdout], [], [], self.seconds)[0]:
                raise OSError(0, "git did not answer")
            head = process.stdout.readline().split()
        except OSError:
            self.close()
            raise
        if not head:
            # A damaged object ends git; the next one is asked of another process.
            self.close()
            raise OSError(0, "it is damaged in the repository")
        if len(head) != 3 or not head[2].isdigit():
            raise OSError(0, "its content is not in this repository")
        size, view, done = int(head[2]), memoryview(buffer), 0
        if size >= len(buffer):
            self.close()
            raise OSError(0, "it is larger than the repository said")
        while done < size:
            read = process.stdout.readinto(view[done:size])  # type: ignore[attr-defined]
            if not read:
                self.close()
                raise OSError(0, "git ended while it was read")
            done += read
        process.stdout.read(1)
        return size

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._owner != os.getpid():
            self._process = _start(self.git_dir, "cat-file", "--batch")
            self._owner = os.getpid()
        return self._process

    def close(self) -> None:
        """End the process, if this one started it."""
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
            process.wait()


def revision(path: Path, named: str) -> Revision:
    """The revision that a name means in the repository at or above `path`.

    Raises `not-a-repository` and `revision-unknown`.
    """
    git_dir, top = repository(path)
    commit = git_object(git_dir, f"{named}^{{commit}}") or git_object(git_dir, f"{named}^{{tree}}")
    if not commit or named.startswith("-"):
        raise OfframpError(
            "revision-unknown",
            f"no commit or tree `{named}` in `{path}`",
            help="name a branch, a tag or a commit that is in the repository; a shallow clone may lack it",
        )
    start = path.resolve()
    only = frozenset({path.name}) if start.is_file() else None
    inside = (start.parent if only else start).relative_to(top).as_posix() if top is not None else "."
    return Revision(git_dir, commit, named, path, "" if inside == "." else f"{inside}/", only)


def common_start(path: Path, base: str, named: str) -> str:
    """The commit both histories go back to; `base` itself where there is none to be seen."""
    git_dir, _ = repository(path)
    one, other = (git_object(git_dir, f"{name}^{{commit}}") for name in (base, named))
    if not one or not other:
        return base
    try:
        return git(git_dir, "merge-base", one, other).decode("ascii").strip() or base
    except OfframpError:
        return base


def repository(path: Path) -> tuple[Path, Path | None]:
    """The folder of git's data for `path`, and the top of its files where it has any."""
    start = path.resolve()
    for folder in (start, *start.parents):
        mark = folder / ".git"
        if mark.is_dir():
            return mark, folder
        if mark.is_file():
            found = BRANCH_FILE.match(mark.read_bytes())
            if found:
                return (folder / os.fsdecode(found[1].strip())).resolve(), folder
    if is_bare(start):
        return start, None
    raise OfframpError(
        "not-a-repository",
        f"no git repository at `{path}` or above it",
        help="name a repository or a folder of one",
    )


def is_bare(path: Path) -> bool:
    """Whether a folder is git's data alone, so that its files can be read at a revision only."""
    return (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()


def git_object(git_dir: Path, name: str) -> str:
    """The full name of an object; empty where there is none."""
    try:
        answer = git(git_dir, "rev-parse", "--verify", "--quiet", "--end-of-options", name)
    except OfframpError:
        return ""
    answer = answer.strip()
    return answer.decode("ascii") if OBJECT.fullmatch(answer) else ""


def git(git_dir: Path, *arguments: str, given: bytes = b"", seconds: float = LONGEST_ANSWER_SECONDS) -> bytes:
    """What git answers. Raises `git-failed`."""
    try:
        process = _start(git_dir, *arguments)
        with process:
            try:
                output, _ = process.communicate(given, timeout=seconds)
            except BaseException:
                process.kill()
                raise
    except subprocess.TimeoutExpired:
        raise OfframpError(
            "git-failed",
            f"git did not answer about `{git_dir}` within {seconds:.0f} seconds",
            help="check the repository with `git fsck`",
        ) from None
    except OSError as error:
        raise OfframpError(
            "git-missing",
            f"git cannot be started: {error.strerror}",
            help="install git, or scan a folder without --rev",
        ) from None
    if process.returncode:
        raise OfframpError(
            "git-failed",
            f"git could not read `{git_dir}` (exit {process.returncode})",
            help="check the repository with `git fsck`",
        )
    return output


def _start(git_dir: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    command = ["git", "--no-pager", f"--git-dir={git_dir}"]
    for setting in SETTINGS:
        command += ["-c", setting]
    # The path is where git itself is found; nothing else of the environment may steer it.
    environment = {"PATH": os.defpath, **HARMLESS}
    return subprocess.Popen(
        [*command, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd="/" if os.sep == "/" else None,
    )
