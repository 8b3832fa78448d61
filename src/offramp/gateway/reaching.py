"""How an upstream is dialled, made from its settings: where its API is, what goes along, and which way."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import orjson

from offramp.core.secrets import Secret, SecretRef
from offramp.dialects import Dialect
from offramp.upstream.signatures import AccessKey, Signer
from offramp.upstream.tokens import ClientCredentials, Grant, Tokens, read_service_account
from offramp.upstream.way import DIRECT, Way, is_direct, trust
from offramp.workspace import Upstream, Workspace, resolve_secret
from offramp.workspace.reaching import Auth, AuthScheme, Outbound, Placing

AUTHORIZATION = "authorization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What goes along with every request to one upstream."""

    signer: Signer | None = None
    """Signs its requests, where it takes no key."""
    tokens: Tokens | None = None
    """Its access tokens, where it takes those."""
    way: Way = DIRECT


def access_to(upstream: Upstream, workspace: Workspace) -> Access:
    """Everything is read: keys, certificates, accounts. Raises what is wrong with them."""
    reaching = upstream.reaching
    if upstream.local:
        return Access()
    reader = _Reader(workspace)
    way = reader.way(reaching.outbound, upstream.url)
    auth = reaching.auth
    if auth is None:
        return Access(way=way)
    if auth.scheme is AuthScheme.SIGV4:
        return Access(way=way, signer=reader.signer(auth))
    grant = reader.grant(auth)
    return Access(way=way, tokens=Tokens(grant, reader.way(reaching.outbound, grant.url)))


def headers_for(dialect: Dialect, placing: Placing, key: Secret | None) -> Mapping[str, str]:
    """The headers of every request, with the key where this upstream wants it."""
    if key is None or not placing.key_header:
        return dialect.request_headers(key.reveal() if key else None)
    shown = f"Bearer {key.reveal()}" if placing.key_header == AUTHORIZATION else key.reveal()
    return {**dialect.request_headers(None), placing.key_header: shown}


def path_at(dialect: Dialect, placing: Placing, model: str, *, is_stream: bool) -> str:
    """Where a conversation with `model` goes, below the base address. Raises what the dialect does."""
    template = (placing.stream_path if is_stream else "") or placing.path
    if template:
        path = template.replace("{model}", quote(model, safe=""))
    else:
        path = dialect.upstream_path(model, is_stream=is_stream)
    if placing.query:
        path += ("&" if "?" in path else "?") + urlencode(placing.query)
    return path


def body_at(placing: Placing, body: bytes) -> bytes:
    """The body as it is taken there."""
    if not placing.edits_body:
        return body
    parsed = orjson.loads(body)
    return orjson.dumps(
        {**placing.adds, **{name: value for name, value in parsed.items() if name not in placing.drops}}
    )


class _Reader:
    """Reads what settings refer to."""

    def __init__(self, workspace: Workspace) -> None:
        self._root = workspace.root

    def secret(self, ref: SecretRef) -> Secret:
        return resolve_secret(ref, self._root, os.environ)

    def signer(self, auth: Auth) -> Signer:
        assert auth.key_id is not None
        assert auth.secret is not None
        key = AccessKey(
            id=self.secret(auth.key_id).reveal(),
            secret=self.secret(auth.secret),
            token=self.secret(auth.token) if auth.token else None,
        )
        return Signer(region=auth.region, service=auth.service, key=key)

    def grant(self, auth: Auth) -> Grant:
        if auth.scheme is AuthScheme.CLIENT_CREDENTIALS:
            assert auth.secret is not None
            return ClientCredentials(
                url=auth.token_url,
                client_id=auth.client_id,
                secret=self.secret(auth.secret),
                scope=auth.scope,
            )
        assert auth.account is not None
        return read_service_account(self.secret(auth.account), url=auth.token_url, scope=auth.scope)

    def way(self, outbound: Outbound, url: str) -> Way:
        tls = trust(
            self._file(outbound.ca),
            self._file(outbound.certificate),
            self._file(outbound.certificate_key),
            self.secret(outbound.certificate_password) if outbound.certificate_password else None,
        )
        proxy = "" if is_direct(urlsplit(url).hostname or "", outbound.no_proxy) else outbound.proxy
        if tls is None and not proxy:
            return DIRECT
        user, password = outbound.proxy_user, outbound.proxy_password
        return Way(
            tls=tls,
            proxy=proxy,
            proxy_user=self.secret(user).reveal() if user and proxy else "",
            proxy_password=self.secret(password) if password and proxy else None,
        )

    def _file(self, name: str) -> Path | None:
        return self._root / name if name else None
