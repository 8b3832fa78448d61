"""Every error a user can meet.

    OfframpError                 one problem: code, message, where, help
    └── Problems                 several problems found together by one parser

Rooms raise `OfframpError` with a kebab-case code of their own or subclass it where a caller must tell the
case apart. The text form is made by `OfframpError.render`; at the gateway the same error is put into the
caller's own API shape.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum

from offramp.core.spans import Span


class Exit(IntEnum):
    """Exit codes of every command (documented in docs/reference/exit-codes.md)."""

    OK = 0
    """Nothing to report, or permitted."""
    FOUND = 1
    """Something was found, or is forbidden."""
    USAGE = 2
    """The command line or the configuration is wrong."""
    NOTHING = 3
    """There was nothing to examine."""
    UNDECIDED = 4
    """Held, contested, unknown, or incomplete."""
    INTERNAL = 70
    """Our fault."""


class OfframpError(Exception):
    """One problem, told so that a person can act on it.

    `message` is one lower-case sentence without a final stop, user's words in backticks; `help` can be
    carried out; `where` is the place to open.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        help: str,  # noqa: A002 - the word users see
        where: Span | None = None,
        exit_code: Exit = Exit.USAGE,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
        self.where = where
        self.exit_code = exit_code

    def render(self) -> str:
        """The text form: `error[code]: message`, the place, the help line."""
        lines = [f"error[{self.code}]: {self.message}"]
        if self.where is not None:
            lines.append(f"  --> {self.where}")
        lines.append(f"   = help: {self.help}")
        return "\n".join(lines)


class Problems(OfframpError):
    """Several problems found in one pass, shown together."""

    def __init__(self, problems: Sequence[OfframpError]) -> None:
        first = problems[0]
        super().__init__(
            first.code,
            first.message,
            help=first.help,
            where=first.where,
            exit_code=max(problem.exit_code for problem in problems),
        )
        self.problems = tuple(problems)

    def render(self) -> str:
        return "\n\n".join(problem.render() for problem in self.problems)


def raise_all(problems: Sequence[OfframpError]) -> None:
    """Raise what was collected: nothing, the one problem, or all of them together."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise Problems(problems)


def did_you_mean(word: str, options: Iterable[str], otherwise: str = "remove it") -> str:
    """A help line that names the nearest option, or all of them, or `otherwise` where there are none."""
    from difflib import get_close_matches

    known = sorted(options)
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    return f"use one of: {', '.join(known)}" if known else otherwise
