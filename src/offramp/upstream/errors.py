"""Why an upstream could not be reached or did not finish, in words a person can act on."""

from enum import StrEnum

from offramp.core.errors import Exit, OfframpError


class Trouble(StrEnum):
    """What went wrong on the wire."""

    REFUSED = "refused"
    NAME = "name"
    """The host name does not resolve."""
    TLS = "tls"
    TIMEOUT = "timeout"
    CUT = "cut"
    """The connection ended before the answer did."""
    TOO_LARGE = "too-large"
    PROXY = "proxy"
    """The proxy on the way does not let it through."""
    TOKEN = "token"  # noqa: S105 - a word
    """No access token was to be had."""
    MALFORMED = "malformed"
    """What came back is not HTTP, or is encoded in a way nobody asked for."""


HELP = {
    Trouble.REFUSED: "check that the server is running and that the upstream's `url` has the right port",
    Trouble.NAME: "check the host in the upstream's `url` and this machine's name resolution",
    Trouble.TLS: "check the server's certificate, or point SSL_CERT_FILE at the authority that signed it",
    Trouble.TIMEOUT: "the server is slow or unreachable; try it directly with the same request",
    Trouble.CUT: "the server closed the connection in the middle; its own log has the cause",
    Trouble.TOO_LARGE: "ask for fewer tokens, or for a stream",
    Trouble.PROXY: "check `proxy` under `outbound`",
    Trouble.TOKEN: "check the credentials under `auth` of the upstream, and its `token_url` and `scope`",
    Trouble.MALFORMED: "check that the upstream's `url` and `dialect` belong together",
}


PLAIN = {
    Trouble.REFUSED: "no connection to it",
    Trouble.NAME: "its name does not resolve",
    Trouble.TLS: "no secure connection to it",
    Trouble.TIMEOUT: "it did not answer in time",
    Trouble.CUT: "it closed the connection before its answer was whole",
    Trouble.TOO_LARGE: "its answer is too large",
    Trouble.PROXY: "the way to it is closed",
    Trouble.TOKEN: "the gateway has no access to it",
    Trouble.MALFORMED: "it did not answer in HTTP",
}
"""What callers are told: no address, no setting."""


class UpstreamFailed(OfframpError):
    """The upstream could not be reached, or its answer did not end well."""

    def __init__(self, trouble: Trouble, message: str, *, help: str = "", told: str = "") -> None:  # noqa: A002
        """`told` is the same for people who may not know the addresses in `message`."""
        super().__init__(f"upstream-{trouble}", message, help=help or HELP[trouble], exit_code=Exit.FOUND)
        self.trouble = trouble
        self.told = told or PLAIN[trouble]
