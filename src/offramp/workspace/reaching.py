"""How an upstream is reached: how it knows us, where a cloud puts an API, and the way out of this network."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from offramp.core.errors import did_you_mean
from offramp.core.findings import Route as CloudRoute
from offramp.core.secrets import SecretRef
from offramp.core.yaml_values import Fields, Value
from offramp.workspace.words import read_secret

OUTBOUND: Final = (
    *("proxy", "proxy_user", "proxy_password", "no_proxy"),
    *("ca", "certificate", "certificate_key", "certificate_password"),
)
AUTH: Final = (
    *("scheme", "region", "service", "key_id", "secret", "token"),
    *("client_id", "account", "token_url", "scope"),
)
REACH: Final = ("cloud", "place", "path", "stream_path", "query", "key_header")
_BRACES: Final = re.compile(r"\{([a-z_]+)\}")
_HEADER: Final = re.compile(r"[a-z][a-z0-9-]*\Z")


class AuthScheme(StrEnum):
    """How an upstream knows us, where a key in a header is not the way."""

    SIGV4 = "sigv4"
    """Each request is signed with an access key."""
    CLIENT_CREDENTIALS = "client-credentials"
    """An access token, got with the id and secret of a registered client."""
    SERVICE_ACCOUNT = "service-account"
    """An access token, got with a statement signed by a service account's key."""


_NEEDS: Final[Mapping[AuthScheme, tuple[str, ...]]] = {
    AuthScheme.SIGV4: ("region", "service", "key_id", "secret"),
    AuthScheme.CLIENT_CREDENTIALS: ("client_id", "secret"),
    AuthScheme.SERVICE_ACCOUNT: ("account",),
}
_TAKES: Final[Mapping[AuthScheme, tuple[str, ...]]] = {
    AuthScheme.SIGV4: ("token",),
    AuthScheme.CLIENT_CREDENTIALS: ("token_url", "scope"),
    AuthScheme.SERVICE_ACCOUNT: ("token_url", "scope"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """What is shown to the upstream, or signs for it. What its scheme does not need is empty."""

    scheme: AuthScheme
    region: str = ""
    service: str = ""
    """The name under which the service checks signatures."""
    key_id: SecretRef | None = None
    secret: SecretRef | None = None
    token: SecretRef | None = None
    """For a temporary key."""
    client_id: str = ""
    account: SecretRef | None = None
    """The service account's JSON file."""
    token_url: str = ""
    scope: str = ""

    @property
    def refs(self) -> tuple[SecretRef, ...]:
        """Where its secrets are kept."""
        named = (self.key_id, self.secret, self.token, self.account)
        return tuple(ref for ref in named if ref is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """Where an upstream has an API, if not where its vendor has it."""

    path: str = ""
    """`{model}` stands for the model's name."""
    stream_path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    adds: Mapping[str, str] = field(default_factory=dict)
    drops: tuple[str, ...] = ()
    key_header: str = ""

    @property
    def edits_body(self) -> bool:
        """A body is not what the API alone makes it."""
        return bool(self.adds or self.drops)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """The way out of this network. Files are relative to the workspace."""

    proxy: str = ""
    proxy_user: SecretRef | None = None
    proxy_password: SecretRef | None = None
    no_proxy: tuple[str, ...] = ()
    ca: str = ""
    """Authorities to trust instead of the machine's own."""
    certificate: str = ""
    """Shown to servers that ask for one."""
    certificate_key: str = ""
    certificate_password: SecretRef | None = None

    @property
    def refs(self) -> tuple[SecretRef, ...]:
        """Where its secrets are kept, the certificate's key among them."""
        key = self.certificate_key or self.certificate
        named = (self.proxy_user, self.proxy_password, self.certificate_password)
        return tuple(ref for ref in (*named, SecretRef(file=key) if key else None) if ref is not None)

    @property
    def files(self) -> tuple[str, ...]:
        """Files that are read and are no secrets."""
        return tuple(name for name in (self.ca, self.certificate) if name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaching:
    """All of it."""

    auth: Auth | None = None
    placing: Placing = field(default_factory=Placing)
    outbound: Outbound = field(default_factory=Outbound)


def read_reaching(upstream: Fields, dialect: str, usual: Outbound, root: Path) -> Reaching:
    """How one upstream is reached; problems are noted where they stand."""
    preset, place = _preset(upstream, dialect)
    placing = _read_placing(upstream, preset, place)
    auth = _read_auth(upstream)
    if auth is not None and auth.scheme is not AuthScheme.SIGV4 and preset is not None:
        auth = replace(
            auth,
            token_url=auth.token_url
            or (_filled(preset.token_url, place) if auth.scheme is AuthScheme.CLIENT_CREDENTIALS else ""),
            scope=auth.scope or preset.scope,
        )
    if auth is not None and auth.scheme is AuthScheme.CLIENT_CREDENTIALS:
        open_names = _BRACES.findall(auth.token_url)
        if open_names:
            _place_missing(upstream, open_names[0])
        elif not auth.token_url:
            upstream.problem(
                "token-url-missing",
                f"nobody says where {upstream.what} gets its access tokens",
                "add `token_url: https://…` under `auth`",
            )
    return Reaching(auth=auth, placing=placing, outbound=read_outbound(upstream, root, usual))


def read_outbound(parent: Fields, root: Path, usual: Outbound | None = None) -> Outbound:
    """The section `outbound`; what it does not say is as `usual`."""
    found = usual or Outbound()
    value = parent.get("outbound")
    if value is None:
        return found
    said = value.fields(OUTBOUND)
    proxy = said.text("proxy", default=found.proxy)
    if proxy and proxy != "none" and not proxy.startswith(("http://", "https://")):
        said.problem(
            "proxy-address",
            f"`{proxy}` is not the address of an HTTP proxy",
            "write `proxy: http://HOST:PORT`, or `none`",
            said.span("proxy"),
        )
    if "@" in proxy:
        said.problem(
            "secret-written-out",
            "the proxy's address must not hold a password",
            "write `proxy_user: {env: NAME}` and `proxy_password: {env: NAME}`",
            said.span("proxy"),
        )
    for name in ("ca", "certificate", "certificate_key"):
        if name in said and not (root / said.text(name)).is_file():
            said.problem(
                "file-missing",
                f"there is no file `{said.text(name)}`",
                "name a file relative to offramp.yaml, or absolute",
                said.span(name),
            )
    return Outbound(
        proxy="" if proxy == "none" else proxy,
        proxy_user=read_secret(said, "proxy_user") or found.proxy_user,
        proxy_password=read_secret(said, "proxy_password") or found.proxy_password,
        no_proxy=said.texts("no_proxy") or found.no_proxy,
        ca=said.text("ca", default=found.ca),
        certificate=said.text("certificate", default=found.certificate),
        certificate_key=said.text("certificate_key", default=found.certificate_key),
        certificate_password=read_secret(said, "certificate_password") or found.certificate_password,
    )


def _preset(upstream: Fields, dialect: str) -> "tuple[_Preset | None, dict[str, str]]":
    place = {name: value.text() for name, value in _entries(upstream, "place").items()}
    cloud = upstream.text("cloud")
    if not cloud:
        return None, place
    # Most workspaces name no cloud, and reading the table of clouds takes a while.
    from offramp.vendors import load_clouds

    offered = {str(route): found.reach for route, found in load_clouds().items() if found.reach}
    if cloud not in offered:
        upstream.problem(
            "cloud-unknown", f"no cloud `{cloud}`", did_you_mean(cloud, offered), upstream.span("cloud")
        )
        return None, place
    for one in offered[str(CloudRoute(cloud))]:
        if one.dialect == dialect:
            return _Preset(
                Placing(
                    path=one.path,
                    stream_path=one.stream_path,
                    query=one.query,
                    adds=one.adds,
                    drops=one.drops,
                    key_header=one.key_header,
                ),
                one.token_url,
                one.scope,
            ), place
    known = ", ".join(f"`{one.dialect}`" for one in offered[cloud])
    upstream.problem(
        "cloud-dialect",
        f"how cloud `{cloud}` offers `{dialect}` is not known",
        f"it offers {known}; or write `path` instead of `cloud`",
        upstream.span("cloud"),
    )
    return None, place


@dataclass(frozen=True, slots=True)
class _Preset:
    """What the table of clouds says."""

    placing: Placing
    token_url: str
    scope: str


def _read_placing(upstream: Fields, preset: _Preset | None, place: Mapping[str, str]) -> Placing:
    found = preset.placing if preset else Placing()
    query = {name: value.text() for name, value in _entries(upstream, "query").items()}
    header = upstream.text("key_header", default=found.key_header).lower()
    if header and not _HEADER.match(header):
        upstream.problem(
            "header-unreadable",
            f"`{header}` cannot name a header",
            "write its name, such as `api-key`",
            upstream.span("key_header"),
        )
    placing = replace(
        found,
        path=_filled(upstream.text("path", default=found.path), place),
        stream_path=_filled(upstream.text("stream_path", default=found.stream_path), place),
        query={**found.query, **query},
        key_header=header,
    )
    for path in (placing.path, placing.stream_path):
        if path and not path.startswith("/"):
            upstream.problem("path-unreadable", f"the path `{path}` begins with no `/`", "begin it with `/`")
        for name in _BRACES.findall(path):
            if name != "model":
                _place_missing(upstream, name)
                return placing
    return placing


def _read_auth(upstream: Fields) -> Auth | None:
    value = upstream.get("auth")
    if value is None:
        return None
    inner = value.fields(AUTH, required=("scheme",))
    if "key" in upstream:
        upstream.problem(
            "upstream-auth-twice",
            f"{upstream.what} has both `key` and `auth`",
            "keep the one its server takes",
        )
    scheme = inner.choice("scheme", AuthScheme, AuthScheme.SIGV4)
    needed, taken = _NEEDS[scheme], (*_NEEDS[scheme], *_TAKES[scheme])
    for name in needed:
        if name not in inner:
            inner.problem(value.sheet.codes.missing, f"{inner.what} needs `{name}`", f"add `{name}: …`")
    for name in AUTH[1:]:
        if name in inner and name not in taken:
            inner.problem(
                "key-unknown",
                f"`{scheme}` takes no `{name}`",
                did_you_mean(name, taken),
                inner.span(name),
            )
    auth = Auth(
        scheme=scheme,
        region=inner.text("region"),
        service=inner.text("service"),
        key_id=read_secret(inner, "key_id"),
        secret=read_secret(inner, "secret"),
        token=read_secret(inner, "token"),
        client_id=inner.text("client_id"),
        account=read_secret(inner, "account"),
        token_url=inner.text("token_url"),
        scope=inner.text("scope"),
    )
    # What is missing was said above; nothing is made of half of it.
    return auth if all(getattr(auth, name) for name in needed) else None


def _entries(upstream: Fields, name: str) -> dict[str, Value]:
    value = upstream.get(name)
    return value.entries(name) if value is not None else {}


def _filled(template: str, place: Mapping[str, str]) -> str:
    return _BRACES.sub(lambda found: place.get(found[1], found[0]), template)


def _place_missing(upstream: Fields, name: str) -> None:
    upstream.problem(
        "place-missing",
        f"{upstream.what} needs its `{name}`",
        f"add `place: {{{name}: …}}`",
    )
