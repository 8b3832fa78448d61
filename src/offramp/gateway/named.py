"""Whom one request names, and what its texts hold that looks like an identifier. Read once a request."""

from collections.abc import Collection

import orjson

from offramp.control import persons
from offramp.dialects import Head, turns
from offramp.gateway.outgoing import Asked
from offramp.workspace import Application


class Named:
    """The persons of one request."""

    def __init__(self, application: Application, head: Head, asked: Asked, counts: Collection[str]) -> None:
        self._decode = asked.request_or_none
        self._parts: list[turns.Part] | None = None
        found = application.registration
        seen = persons.Seen(headers=head.headers, body=asked.body, calls=self._calls, texts=self._texts)
        self.subjects = persons.subjects_of(found.persons if found else (), seen, counts)
        self.seen = persons.identifiers_in(self._texts())
        """Kind of identifier to how many were seen in the texts by their pattern."""

    def _all(self) -> list[turns.Part]:
        if self._parts is None:
            request = self._decode()
            self._parts = [part for turn in request.turns for part in turn.parts] if request else []
        return self._parts

    def _calls(self) -> list[tuple[str, str]]:
        return [
            (part.name, orjson.dumps(part.arguments).decode())
            for part in self._all()
            if isinstance(part, turns.ToolUse)
        ]

    def _texts(self) -> list[str]:
        texts: list[str] = []
        for part in self._all():
            if isinstance(part, turns.Text):
                texts.append(part.text)
            elif isinstance(part, turns.ToolResult):
                texts += [one.text for one in part.content if isinstance(one, turns.Text)]
            elif isinstance(part, turns.Document) and part.text:
                texts.append(part.text)
        return texts
