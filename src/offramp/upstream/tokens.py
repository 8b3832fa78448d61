"""Access tokens: asked for with what the owner was given, kept, and asked for anew before they end.

Two ways to ask, both of OAuth 2.0: with a client's credentials (RFC 6749, 4.4), and with a statement signed
by a service account's key (RFC 7523).
"""

import asyncio
import base64
import json
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from offramp.core.errors import OfframpError
from offramp.core.instants import Clock, Instant, now
from offramp.core.secrets import Secret
from offramp.upstream.errors import Trouble, UpstreamFailed
from offramp.upstream.interface import Client, Dial
from offramp.upstream.way import DIRECT, Way

FORM: Final = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
ANSWER_LIMIT_BYTES: Final = 64 * 1024
STATEMENT_SECONDS: Final = 3600
USUAL_SECONDS: Final = 3600.0
"""Where the endpoint does not say how long a token lasts."""
AHEAD: Final = 0.2
"""The part of a token's time in which a new one is asked for, at most `AHEAD_SECONDS`."""
AHEAD_SECONDS: Final = 300.0


class Grant(Protocol):
    """What is shown to a token endpoint."""

    @property
    def url(self) -> str:
        """Where it is shown."""

    def form(self, at: Instant) -> dict[str, str]:
        """The fields of the request. They are secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """An id and a secret of a registered client."""

    url: str
    client_id: str
    secret: Secret
    scope: str = ""

    def form(self, at: Instant) -> dict[str, str]:  # noqa: ARG002 - the same at any time
        """The fields of the request."""
        fields = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.secret.reveal(),
        }
        return fields | ({"scope": self.scope} if self.scope else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccount:
    """A service account with its key."""

    url: str
    email: str
    key: rsa.RSAPrivateKey = field(repr=False)
    key_id: str = ""
    scope: str = ""

    def form(self, at: Instant) -> dict[str, str]:
        """The fields of the request: a statement that is signed anew each time."""
        issued = int(at.timestamp())
        head = {"alg": "RS256", "typ": "JWT"} | ({"kid": self.key_id} if self.key_id else {})
        claims = {
            "iss": self.email,
            "sub": self.email,
            "aud": self.url,
            "iat": issued,
            "exp": issued + STATEMENT_SECONDS,
        } | ({"scope": self.scope} if self.scope else {})
        text = b".".join(_encoded(json.dumps(part).encode()) for part in (head, claims))
        signature = self.key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        statement = b".".join((text, _encoded(signature))).decode()
        return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": statement}


def read_service_account(text: Secret, *, url: str = "", scope: str = "") -> ServiceAccount:
    """The account in the JSON file its owner downloaded; `url` takes the place of the endpoint named there.

    Raises `service-account-unreadable`, which repeats nothing of it.
    """
    try:
        said = json.loads(text.reveal())
        key = serialization.load_pem_private_key(said["private_key"].encode(), None)
        email, endpoint = str(said["client_email"]), url or str(said["token_uri"])
        key_id = str(said.get("private_key_id", ""))
    except (ValueError, KeyError, TypeError, AttributeError, UnsupportedAlgorithm):
        key = None
        email = endpoint = key_id = ""
    if not isinstance(key, rsa.RSAPrivateKey) or not endpoint:
        raise OfframpError(
            "service-account-unreadable",
            "the file of the service account holds no account with an RSA key",
            help="give the JSON file with `client_email`, `private_key` and `token_uri` as it was downloaded",
        )
    return ServiceAccount(url=endpoint, email=email, key=key, key_id=key_id, scope=scope)


class Tokens:
    """The present token of one grant. Belongs to one event loop."""

    def __init__(self, grant: Grant, way: Way = DIRECT, clock: Clock = now) -> None:
        self._grant = grant
        self._way = way
        self._clock = clock
        self._token: Secret | None = None
        self._renew_at = self._ends_at = 0.0
        self._asking: asyncio.Task[None] | None = None

    async def bearer(self, client: Client) -> str:
        """The token, as the header `authorization` holds it. Raises `UpstreamFailed`.

        One that ends soon is renewed by one request while others still use it; where that fails, it is used
        until its end.
        """
        at = self._clock().timestamp()
        if self._token is None or at >= self._renew_at:
            if self._asking is None:
                self._asking = asyncio.create_task(self._renew(client))
                self._asking.add_done_callback(self._asked)
            if self._token is None or at >= self._ends_at:
                # A caller that goes away does not take the others' token with it.
                await asyncio.shield(self._asking)
        assert self._token is not None
        return f"Bearer {self._token.reveal()}"

    def refused(self, bearer: str) -> bool:
        """The server did not take the token. Whether another one is worth asking for."""
        if self._token is None or f"Bearer {self._token.reveal()}" != bearer:
            return True
        self._token = None
        return True

    def _asked(self, task: "asyncio.Task[None]") -> None:
        self._asking = None
        if not task.cancelled():
            # Whoever waited has heard of it; where nobody did, the token is still good.
            task.exception()

    async def _renew(self, client: Client) -> None:
        at = self._clock()
        body = urlencode(self._grant.form(at)).encode()
        answer = await client.open(Dial(url=self._grant.url, headers=FORM, body=body, way=self._way))
        try:
            data = await answer.read(ANSWER_LIMIT_BYTES)
        finally:
            answer.abandon()
        said = _said(data)
        token = said.get("access_token")
        if (
            answer.status != 200
            or not isinstance(token, str)
            or not (token.isascii() and token.isprintable())
        ):
            raise UpstreamFailed(Trouble.TOKEN, self._why(answer.status, said))
        lasts = _seconds(said.get("expires_in"))
        self._token = Secret(token)
        self._ends_at = at.timestamp() + lasts
        self._renew_at = self._ends_at - min(AHEAD_SECONDS, lasts * AHEAD)

    def _why(self, status: int, said: dict[str, Any]) -> str:
        # `error` is one of a closed list of words; the description can repeat what was sent.
        error = str(said.get("error", ""))[:80]
        word = error if error.isascii() and error.isprintable() and error else "no token in the answer"
        return f"the token endpoint `{self._grant.url.partition('?')[0]}` answered {status}: {word}"


def _encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _said(data: bytes) -> dict[str, Any]:
    try:
        said = json.loads(data)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _seconds(told: object) -> float:
    try:
        seconds = float(str(told))
    except ValueError:
        return USUAL_SECONDS
    return seconds if 0 < seconds < 10**7 else USUAL_SECONDS
