"""Where in a file or document a value stands."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A place a person can open: `path:line:column`, or a JSON pointer into a document."""

    path: str
    """As the user named it, relative where possible."""
    line: int = 0
    """From 1; 0 means the whole file."""
    column: int = 0
    """From 1; 0 means the whole line."""
    pointer: str = ""
    """JSON pointer, for documents that have no lines."""

    def __str__(self) -> str:
        place = self.path
        if self.line:
            place += f":{self.line}"
            if self.column:
                place += f":{self.column}"
        if self.pointer:
            place += f"#{self.pointer}"
        return place
