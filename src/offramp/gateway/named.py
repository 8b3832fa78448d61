"""Whom one request or the calls of its answer name, and what texts hold that looks like an identifier."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from offramp.control import persons
from offramp.dialects import Head, turns
from offramp.gateway.outgoing import Asked
from offramp.workspace import Application
from offramp.workspace.registration import Place, PlaceKind


def tools_that_name(application: Application) -> frozenset[str]:
    """The tools whose arguments an application registered as places for identifiers of persons."""
    return frozenset(place.tool for place in _argument_places(application))


@dataclass(frozen=True, slots=True)
class NamedInCalls:
    """The persons that tool calls of an answer name."""

    subjects: persons.Subjects
    seen: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(
        cls, application: Application, calls: Sequence[turns.ToolUse], counts: Collection[str]
    ) -> "NamedInCalls":
        """Whom `calls` name."""
        listed = [(call.name, orjson.dumps(call.arguments).decode()) for call in calls]
        seen = persons.Seen(headers={}, body=b"{}", calls=lambda: listed, texts=tuple)
        return cls(persons.subjects_of(_argument_places(application), seen, counts))

    @property
    def is_anybody(self) -> bool:
        """Somebody is named, or may be."""
        return bool(self.subjects.unreadable) or any(self.subjects.by_fact.values())


class Named:
    """The persons of one request."""

    def __init__(self, application: Application, head: Head, asked: Asked, counts: Collection[str]) -> None:
        self._decode = asked.request_or_none
        self._parts: list[turns.Part] | None = None
        found = application.registration
        seen = persons.Seen(headers=head.headers, body=asked.body, calls=self._calls, texts=self.texts)
        self.subjects = persons.subjects_of(found.persons if found else (), seen, counts)
        self.seen = persons.identifiers_in(self.texts()) if persons.may_hold_identifiers(asked.body) else {}
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

    def texts(self) -> list[str]:
        """Every text of the conversation."""
        texts: list[str] = []
        for part in self._all():
            if isinstance(part, turns.Text):
                texts.append(part.text)
            elif isinstance(part, turns.ToolResult):
                texts += [one.text for one in part.content if isinstance(one, turns.Text)]
            elif isinstance(part, turns.Document) and part.text:
                texts.append(part.text)
        return texts


def _argument_places(application: Application) -> tuple[Place, ...]:
    found = application.registration
    return tuple(one for one in found.persons if one.kind is PlaceKind.ARGUMENT) if found else ()
