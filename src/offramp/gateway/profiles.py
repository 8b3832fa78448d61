"""What a route's needs come to, and what is known of its targets' models. Worked out once a configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from offramp.vendors.models import Model, model_of
from offramp.workspace import Route, Target, Workspace
from offramp.workspace.rules import Needs

ASKED_FOR: Final = ("json_schema", "pdf", "tools", "vision")
"""What can be read off a request."""
CALLERS_OWN: Final = "*"
"""As a target's model: the name the caller used."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a route's needs come to, worked out once a configuration."""

    needs: Needs
    can_lack: frozenset[str]
    """What of a request's needs some target is known to lack."""
    least_context: int
    """The shortest context that is known of any target; 0 where none is."""
    is_open: bool
    """A target takes the model's name from the caller, so that anything may turn out."""

    @property
    def matters(self) -> bool:
        """Whether requests have to be held against the targets at all."""
        return bool(not self.needs.is_empty or self.can_lack or self.least_context or self.is_open)


def profiles_of(workspace: Workspace) -> Mapping[str, Profile]:
    """The profile of every route that has one that matters."""
    found = {str(route.name): _profile(route, workspace) for route in workspace.routes.values()}
    return {name: profile for name, profile in found.items() if profile.matters}


class Known:
    """What is known of a target's model: the operator's facts, then the models' tables."""

    def __init__(self, target: Target, model: Model | None) -> None:
        self._said = target.facts
        self._model = model

    def has(self, name: str) -> bool | None:
        """Whether it has a capability; None where nobody said."""
        if self._said is not None and name in self._said.capabilities:
            return self._said.capabilities[name]
        found: bool | None = getattr(self._model, name, None)
        return found

    @property
    def context(self) -> int | None:
        """Tokens it can read; None where nobody said."""
        if self._said is not None and self._said.context is not None:
            return self._said.context
        return None if self._model is None else self._model.context


def _profile(route: Route, workspace: Workspace) -> Profile:
    needs = route.rules.needs
    if len(route.targets) < 2:
        # With one target there is no choice: what it lacks is said where the request is made to fit it.
        return Profile(needs, frozenset(), 0, False)
    known = [
        Known(target, model_of(workspace.upstreams[target.upstream].vendor, target.model))
        for target in route.targets
    ]
    return Profile(
        needs=needs,
        can_lack=frozenset(name for name in ASKED_FOR for one in known if one.has(name) is False),
        least_context=min((one.context for one in known if one.context is not None), default=0),
        is_open=any(target.model == CALLERS_OWN for target in route.targets),
    )
