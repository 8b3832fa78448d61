"""`.offrampignore`: what a person asks the scan to leave out, in the syntax of git's ignore files.

Rules of a folder hold for it and everything below; the last rule that matches decides; `!` takes back what an
earlier rule left out, but not inside a folder that is left out whole. What is left out is counted.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

IGNORE_FILE = ".offrampignore"
LARGEST_IGNORE_FILE = 1 << 20
MOST_RULES = 2_000
LONGEST_RULE = 1_000


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an ignore file."""

    pattern: re.Pattern[str]
    is_exception: bool
    is_folder_only: bool


@dataclass(frozen=True, slots=True)
class Ignored:
    """The rules that hold in one folder: its own after those of the folders above."""

    rules: tuple[tuple[str, Rule], ...] = ()
    """Each with the folder it was written in, empty or ending in `/`."""

    def below(self, folder: str, text: str) -> "Ignored":
        """The rules with those of `folder`, whose ignore file holds `text`."""
        return Ignored((*self.rules, *((folder, rule) for rule in read_rules(text))))

    def leaves_out(self, path: str, *, is_folder: bool) -> bool:
        """Whether the last rule that matches `path` leaves it out."""
        for folder, rule in reversed(self.rules):
            if rule.is_folder_only and not is_folder:
                continue
            if path.startswith(folder) and rule.pattern.fullmatch(path, len(folder)):
                return not rule.is_exception
        return False


def read_rules(text: str) -> Iterator[Rule]:
    """The rules of an ignore file; lines that cannot be a pattern match nothing."""
    for number, written in enumerate(text.splitlines()):
        line = re.sub(r"(?<!\\)\s+$", "", written)
        if number >= MOST_RULES or not line or line.startswith("#") or len(line) > LONGEST_RULE:
            continue
        is_exception = line.startswith("!")
        line = line[1:] if is_exception or line.startswith(("\\#", "\\!")) else line
        is_folder_only = line.endswith("/")
        line = line.rstrip("/")
        if not line:
            continue
        anchored = "/" in line
        expression = ("" if anchored else "(?:[^/]+/)*") + "".join(_parts(line.lstrip("/")))
        try:
            yield Rule(re.compile(expression, re.DOTALL), is_exception, is_folder_only)
        except re.error:
            continue


def _parts(line: str) -> Iterable[str]:
    """The pieces of the expression a glob stands for. Runs of stars are one star: no rule can be slow."""
    position = 0
    while position < len(line):
        rest = line[position:]
        if rest.startswith("**/") and (position == 0 or line[position - 1] == "/"):
            yield "(?:[^/]+/)*"
            position += 3
        elif rest == "**" and line[:position].endswith("/"):
            yield ".+"
            position += 2
        elif rest[0] == "*":
            stars = len(rest) - len(rest.lstrip("*"))
            yield "[^/]*"
            position += stars
        elif rest[0] == "?":
            yield "[^/]"
            position += 1
        elif rest[0] == "[" and (match := re.match(r"\[([!^]?)(\]?[^\]]*)\]", rest)):
            inside = match[2].replace("\\", "\\\\").replace("[", "\\[")
            yield f"[{'^' if match[1] else ''}{inside}]" if match[2] else re.escape(match[0])
            position += match.end()
        elif rest[0] == "\\" and len(rest) > 1:
            yield re.escape(rest[1])
            position += 2
        else:
            yield re.escape(rest[0])
            position += 1
