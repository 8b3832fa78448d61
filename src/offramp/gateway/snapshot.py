"""Everything a worker decides with, frozen: who may call, where names lead, what the instruments say."""

import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from offramp.core.digests import sha256_hex
from offramp.core.errors import OfframpError
from offramp.core.ids import ApplicationId, RouteName, UpstreamId, VendorId
from offramp.core.secrets import Secret
from offramp.dialects import DIALECTS, Dialect
from offramp.gateway.profiles import Profile, profiles_of
from offramp.gateway.reaching import Access, access_to, headers_for, path_at
from offramp.gateway.settings import ANONYMOUS, Settings
from offramp.gateway.watching import Watching, take_watching
from offramp.instruments import Enforcer, Instruments
from offramp.upstream import Dial
from offramp.workspace import (
    Application,
    Route,
    Stance,
    Workspace,
    load_instruments,
    resolve_secret,
    texts,
)
from offramp.workspace.reaching import Placing


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An upstream as it is dialled."""

    id: UpstreamId
    vendor: VendorId
    dialect: Dialect
    url: str
    """Its base; what stands below it is the dialect's to say."""
    headers: Mapping[str, str]
    """With its credentials; never logged."""
    needs_tool_schema: bool
    """Tools are compiled to one JSON schema it enforces."""
    access: Access
    placing: Placing
    """Where it has its API, if not where its vendor has it."""
    is_local: bool = False
    """The gateway runs the model itself."""

    def address(self, model: str, *, is_stream: bool) -> str:
        """Where a conversation with `model` goes."""
        return self.url + path_at(self.dialect, self.placing, model, is_stream=is_stream)

    def dial(self, url: str, headers: Mapping[str, str], body: bytes, method: str = "POST") -> Dial:
        """A request to it, with all that goes along."""
        access = self.access
        return Dial(
            url=url,
            headers=headers,
            body=body,
            method=method,
            signer=access.signer,
            tokens=access.tokens,
            way=access.way,
        )

    @property
    def origin(self) -> str:
        """Whose reasoning an answer from here holds, as seals name it."""
        return f"{self.vendor}/{self.dialect.slug}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One configuration, swapped whole."""

    workspace: Workspace
    callers: Mapping[str, tuple[str, ApplicationId]]
    """First 16 hex of a key's SHA-256 to the whole of it and the application."""
    signers: Mapping[str, tuple[Secret, ApplicationId]]
    """Access key id to the key itself, of applications that sign: a digest cannot check a signature."""
    endpoints: Mapping[UpstreamId, Endpoint]
    mixed: frozenset[str]
    """Dialects that upstreams of several vendors speak."""
    instruments: Instruments
    enforcer: Enforcer
    stance: Stance | None
    profiles: Mapping[str, Profile]
    """What routes need of models, for those whose requests have to be held against their targets."""
    is_open: bool
    is_observed: bool = False
    """Somebody has requests recorded or mirrored."""
    watching: Watching = field(default_factory=Watching)
    """Whose tool calls are watched, and who decides about them."""

    def caller(self, key: str | None) -> Application | None:
        """The application that presents `key`; where the gateway is open, one for any caller."""
        if key:
            digest = sha256_hex(key.encode("utf-8", "surrogateescape"))
            known = self.callers.get(digest[:16])
            if known is not None and hmac.compare_digest(known[0], digest):
                return self.workspace.applications[known[1]]
        if not self.is_open:
            return None
        applications = self.workspace.applications
        if len(applications) == 1:
            return next(iter(applications.values()))
        return Application(id=ANONYMOUS, system=None, key=None)

    def route(self, model: str) -> Route | None:
        """Where `model` leads: a route of its own, else `*`."""
        routes = self.workspace.routes
        return routes.get(RouteName(model)) or routes.get(RouteName("*"))


def take_snapshot(settings: Settings) -> Snapshot:
    """The workspace with its keys read and its instruments loaded. Raises what is wrong with either."""
    workspace = settings.workspace
    instruments = load_instruments(workspace, settings.read_from or texts.DISK)
    stance = workspace.stance
    enforcer = Enforcer(instruments, notice=stance.notice) if stance else Enforcer(instruments)
    endpoints = {id_: _endpoint(settings, id_) for id_ in workspace.upstreams}
    return Snapshot(
        workspace=workspace,
        callers=_callers(workspace, is_open=settings.is_open),
        signers=_signers(workspace, is_open=settings.is_open),
        endpoints=endpoints,
        mixed=_mixed(endpoints.values()),
        instruments=instruments,
        enforcer=enforcer,
        stance=stance,
        profiles=profiles_of(workspace),
        is_open=settings.is_open,
        is_observed=workspace.is_recorded,
        watching=take_watching(workspace),
    )


def _mixed(endpoints: Iterable[Endpoint]) -> frozenset[str]:
    spoken: dict[str, set[str]] = {}
    for endpoint in endpoints:
        spoken.setdefault(endpoint.dialect.slug, set()).add(endpoint.vendor)
    return frozenset(slug for slug, vendors in spoken.items() if len(vendors) > 1)


def _callers(workspace: Workspace, *, is_open: bool) -> dict[str, tuple[str, ApplicationId]]:
    callers = {}
    for id_, application in workspace.applications.items():
        if application.key is None or is_open:
            continue
        digest = resolve_secret(application.key, workspace.root, os.environ).digest()
        callers[digest[:16]] = (digest, id_)
    return callers


def _signers(workspace: Workspace, *, is_open: bool) -> dict[str, tuple[Secret, ApplicationId]]:
    return {
        id_: (resolve_secret(application.key, workspace.root, os.environ), id_)
        for id_, application in workspace.applications.items()
        if application.signs and application.key is not None and not is_open
    }


def _endpoint(settings: Settings, id_: UpstreamId) -> Endpoint:
    upstream = settings.workspace.upstreams[id_]
    if upstream.dialect not in DIALECTS:
        raise OfframpError(
            "dialect-unknown",
            f"upstream `{id_}` speaks no known dialect: `{upstream.dialect}`",
            help=f"use one of: {', '.join(DIALECTS)}",
        )
    dialect = DIALECTS[upstream.dialect]
    key: Secret | None = None
    base = upstream.url
    if upstream.local:
        address = settings.locals[upstream.local]
        base, key = address.url, address.key
    elif upstream.key is not None:
        key = resolve_secret(upstream.key, settings.workspace.root, os.environ)
    return Endpoint(
        id=id_,
        vendor=upstream.vendor,
        dialect=dialect,
        url=base.rstrip("/"),
        headers=headers_for(dialect, upstream.reaching.placing, key),
        needs_tool_schema=upstream.tools == "schema",
        access=access_to(upstream, settings.workspace),
        placing=upstream.reaching.placing,
        is_local=bool(upstream.local),
    )
