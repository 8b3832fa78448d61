"""Why no connection came about, in words: to the owner with address and remedy, to callers without."""

import socket
import ssl
from urllib.parse import urlsplit

from offramp.upstream.errors import Trouble, UpstreamFailed

EXPIRED, NOT_YET, WRONG_NAME, WRONG_ADDRESS = 10, 9, 62, 64
UNKNOWN_AUTHORITY = (2, 18, 19, 20, 21)
"""Results of checking a certificate, as OpenSSL numbers them."""

OURS_WANTED = (
    "CERTIFICATE_REQUIRED",
    "HANDSHAKE_FAILURE",
    "BAD_CERTIFICATE",
    "UNKNOWN_CA",
    "CERTIFICATE_UNKNOWN",
)
"""What a server says when it wants a certificate of ours, or another one."""

LOCATE = "check the host in `url`, and that this machine can resolve it: `getent hosts HOST`"
TRUST = "name the authority's file under `outbound: {ca: FILE}` of the upstream"


def host_of(url: str) -> str:
    """Scheme, host and port: enough to act on, and never a credential or a query."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}"


def explained_plainly(error: Exception, host: str) -> UpstreamFailed:
    """Why no connection to `host` (scheme, host, port) came about; `error` is the system's own."""
    match error:
        case socket.gaierror() | UnicodeError():
            why = of_resolver(error) if isinstance(error, OSError) else "no such name"
            return UpstreamFailed(
                Trouble.NAME,
                f"the host of `{host}` does not resolve: {why}",
                help=LOCATE,
                told="its name does not resolve",
            )
        case ssl.SSLCertVerificationError():
            return certificate(error, host)
        case ssl.SSLError():
            return handshake(error, host)
        case TimeoutError():
            return no_connection(host)
        case OSError():
            reason = (error.strerror or type(error).__name__).lower()
            return UpstreamFailed(
                Trouble.REFUSED, f"cannot connect to `{host}`: {reason}", told="no connection to it"
            )
        case _:
            return UpstreamFailed(
                Trouble.MALFORMED, f"`{host}` did not answer in HTTP", told="it did not answer in HTTP"
            )


def no_connection(host: str) -> UpstreamFailed:
    """Nobody answered at all."""
    return UpstreamFailed(
        Trouble.TIMEOUT,
        f"no connection to `{host}` in time",
        help="check the host and port in `url`, and that no firewall drops what is sent there; where "
        "a proxy is the way out, name it under `outbound: {proxy: URL}`",
        told="no connection to it in time",
    )


def of_resolver(error: OSError) -> str:
    """What the name server said."""
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return "the name server does not answer"
    return "no such name"


def certificate(error: Exception, host: str) -> UpstreamFailed:
    """The server's certificate is not taken."""
    code = getattr(error, "verify_code", 0)
    if code == EXPIRED:
        what, help_line = "has expired", "the server's owner must renew it; check this machine's clock, too"
    elif code == NOT_YET:
        what, help_line = "is not valid yet", "check this machine's clock"
    elif code in (WRONG_NAME, WRONG_ADDRESS):
        what, help_line = "is for another name", "write the name in `url` that the certificate is made for"
    elif code in UNKNOWN_AUTHORITY:
        what, help_line = "is signed by an authority nobody here knows", TRUST
    else:
        what, help_line = "is not trusted", TRUST
    detail = getattr(error, "verify_message", "") or str(error)
    return UpstreamFailed(
        Trouble.TLS,
        f"the certificate of `{host}` {what}: {detail}",
        help=help_line,
        told=f"its certificate {what}",
    )


def handshake(error: Exception, host: str) -> UpstreamFailed:
    """TLS did not come about, for another reason than the server's certificate."""
    reason = getattr(error, "reason", "") or ""
    if "WRONG_VERSION_NUMBER" in reason or "HTTP_REQUEST" in reason:
        return UpstreamFailed(
            Trouble.TLS,
            f"`{host}` does not speak TLS",
            help="begin `url` with http://, or use the server's TLS port",
            told="it does not speak TLS",
        )
    if any(word in reason for word in OURS_WANTED):
        return UpstreamFailed(
            Trouble.TLS,
            f"`{host}` refused the handshake: {reason.lower().replace('_', ' ')}",
            help="where it wants a certificate of ours, name `certificate` under `outbound`",
            told="it refused the secure connection",
        )
    return UpstreamFailed(
        Trouble.TLS, f"no secure connection to `{host}`: {error}", told="no secure connection to it"
    )
