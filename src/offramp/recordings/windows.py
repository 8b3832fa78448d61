"""Windows: texts of one kind, one application and one day. They share a key, and are destroyed together."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Self

from offramp.core.errors import OfframpError

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Which texts. Its name is `<kind>/<application>/<day>`."""

    kind: str
    """What the retention schedule calls them, such as `requests`."""
    application: str
    day: date

    def __str__(self) -> str:
        return f"{self.kind}/{self.application}/{self.day.isoformat()}"

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read a name. Raises `ValueError`."""
        kind, application, day = [*name.split("/"), "", ""][:3]
        if name.count("/") != 2 or not NAME.fullmatch(kind) or not NAME.fullmatch(application):
            raise ValueError(f"`{name}` is not a window")
        return cls(kind, application, date.fromisoformat(day))


def checked_name(name: str, what: str) -> str:
    """The name of a kind or an application. Raises `window-name`."""
    if not NAME.fullmatch(name):
        raise OfframpError(
            "window-name",
            f"`{name}` cannot name {what}",
            help="use up to 64 small letters, digits, dots, hyphens and underscores",
        )
    return name
