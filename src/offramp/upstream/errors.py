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
    MALFORMED = "malformed"
    """What came back is not HTTP, or is encoded in a way nobody asked for."""


HELP = {
    Trouble.REFUSED: "check that the server is running and that the upstream's `url` has the right port",
    Trouble.NAME: "check the host in the upstream's `url` and this machine's name resolution",
    Trouble.TLS: "check the server's certificate, or point SSL_CERT_FILE at the authority that signed it",
    Trouble.TIMEOUT: "the server is slow or unreachable; try it directly with the same request",
    Trouble.CUT: "the server closed the connection in the middle; its own log has the cause",
    Trouble.TOO_LARGE: "ask for fewer tokens, or for a stream",
    Trouble.MALFORMED: "check that the upstream's `url` and `dialect` belong together",
}


class UpstreamFailed(OfframpError):
    """The upstream could not be reached, or its answer did not end well."""

    def __init__(self, trouble: Trouble, message: str) -> None:
        super().__init__(f"upstream-{trouble}", message, help=HELP[trouble], exit_code=Exit.FOUND)
        self.trouble = trouble
