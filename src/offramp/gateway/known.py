"""Who a caller is known to be: an application, and the key issued to it where it has one with a scope."""

from dataclasses import dataclass
from functools import lru_cache

from offramp.control import callers, quotas
from offramp.dialects import FailureKind
from offramp.gateway.refusals import refuse
from offramp.workspace import Application
from offramp.workspace.allowances import Allowances, allowances_of


@dataclass(frozen=True, slots=True)
class Known:
    """A caller that showed who it is."""

    application: Application
    key: callers.IssuedKey | None = None

    @property
    def is_limited(self) -> bool:
        """What it uses is counted."""
        return self.application.allowances.is_limited or (self.key is not None and bool(self.key.limits))

    @property
    def payers(self) -> tuple[quotas.Payer, ...]:
        """Whose limits its requests count for: its key's own first, then its application's."""
        application, key = self.application, self.key
        found = []
        if key is not None and key.limits:
            own = _own(tuple(key.limits.items()), application.allowances)
            found.append(quotas.Payer(application.id, key.id, own))
        if application.allowances.is_limited:
            found.append(quotas.Payer(application.id, "", application.allowances))
        return tuple(found)

    def check_model(self, name: str) -> None:
        """Raises `Refused` where the key may not ask for the model `name`."""
        key = self.key
        if key is not None and not key.takes_model(name):
            message = f"key `{key.id}` may not ask for model `{name[:100]}`; it may for {_listed(key.models)}"
            raise refuse(FailureKind.FORBIDDEN, "key-model", message)

    def purpose(self, declared: str) -> str:
        """The purpose this request counts as declared for. Raises `Refused` for one outside the key's scope.

        A key with one purpose declares it by itself.
        """
        key = self.key
        if key is None or not key.purposes:
            return declared
        usual = str(self.application.facts.get("purpose", ""))
        purpose = declared or (key.purposes[0] if len(key.purposes) == 1 else usual)
        if purpose not in key.purposes:
            said = f"purpose `{purpose[:100]}`" if purpose else "no purpose"
            message = (
                f"key `{key.id}` is for {_listed(key.purposes)}, and the request has {said}; "
                "name one of them in the header `offramp-purpose`"
            )
            raise refuse(FailureKind.FORBIDDEN, "key-purpose", message)
        return purpose


@lru_cache(maxsize=4096)
def _own(limits: tuple[tuple[str, str], ...], rest: Allowances) -> Allowances:
    return allowances_of(dict(limits), rest)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names[:10])
