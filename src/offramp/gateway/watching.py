"""What a snapshot says about watched calls: the tools of each application, who decides, and their keys."""

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from offramp.control import consequential_tool_calls as tool_calls
from offramp.core.digests import sha256_hex
from offramp.core.errors import OfframpError
from offramp.core.ids import ApplicationId
from offramp.core.secrets import Secret
from offramp.workspace import Workspace, resolve_secret
from offramp.workspace.holding import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Frozen, as the snapshot it is part of."""

    tools: Mapping[ApplicationId, tool_calls.Tools] = field(default_factory=dict)
    """Only of applications that registered consequential tools."""
    persons: Mapping[str, Person] = field(default_factory=dict)
    """SHA-256 of a person's key to the person."""
    webhook_key: Secret | None = None

    def person(self, key: str) -> Person | None:
        """The person that presents `key`."""
        digest = sha256_hex(key.encode("utf-8", "surrogateescape"))
        found = [one for known, one in self.persons.items() if hmac.compare_digest(known, digest)]
        return found[0] if found else None


def take_watching(workspace: Workspace) -> Watching:
    """The workspace's applications and persons, with keys read.

    Raises where a person's key is an application's too: nobody could say who decides.
    """
    holding = workspace.holding
    persons: dict[str, Person] = {}
    used = {ref: id_ for id_, one in workspace.applications.items() if (ref := one.key) is not None}
    for person in holding.persons.values():
        if person.key is None:
            continue
        digest = resolve_secret(person.key, workspace.root, os.environ).digest()
        if digest in persons or person.key in used or digest in _digests(workspace):
            raise OfframpError(
                "key-shared",
                f"the key of person `{person.id}` is somebody else's, too",
                help="give each person a key of their own, and no application that key",
            )
        persons[digest] = person
    hook = holding.webhook
    return Watching(
        tools={
            id_: tool_calls.Tools(
                consequential={
                    tool: dict(one.registration.tool_facts.get(tool, {}))
                    for tool in one.registration.consequential
                },
                others=frozenset(one.registration.tools) - frozenset(one.registration.consequential),
            )
            for id_, one in workspace.applications.items()
            if one.registration is not None and one.registration.consequential
        },
        persons=persons,
        webhook_key=resolve_secret(hook.key, workspace.root, os.environ) if hook else None,
    )


def _digests(workspace: Workspace) -> frozenset[str]:
    """Of every application's key."""
    keys = (one.key for one in workspace.applications.values())
    return frozenset(resolve_secret(ref, workspace.root, os.environ).digest() for ref in keys if ref)
