"""How a server is reached: through which proxy, by which authorities, with which certificate of ours."""

import ssl
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path

from offramp.core.errors import OfframpError
from offramp.core.secrets import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The way to one server. Made once, shared by every request there."""

    tls: ssl.SSLContext | None = None
    """None for the machine's own list of authorities and no certificate of ours."""
    proxy: str = ""
    """Address of an HTTP proxy; empty for none."""
    proxy_user: str = ""
    proxy_password: Secret | None = None


DIRECT = Way()


def trust(
    authorities: Path | None, certificate: Path | None, key: Path | None, password: Secret | None
) -> ssl.SSLContext | None:
    """What to trust and what to show, read from files; None where nothing is said.

    Authorities stand in the place of the machine's own. Raises `tls-unreadable`.
    """
    if authorities is None and certificate is None:
        return None
    try:
        context = ssl.create_default_context(cafile=str(authorities) if authorities else None)
    except (OSError, ssl.SSLError):
        raise _unreadable(authorities, "a list of certificates in PEM") from None
    if certificate is not None:
        try:
            # An empty answer instead of a question to whoever sits at the terminal.
            shown = password.reveal() if password else ""
            context.load_cert_chain(certificate, key, lambda: shown)
        except (OSError, ssl.SSLError):
            raise _unreadable(certificate, "a certificate in PEM with its key beside it") from None
    return context


def is_direct(host: str, exceptions: tuple[str, ...]) -> bool:
    """Whether `host` is one of those that no proxy stands before.

    An exception is a name (with every name below it), an address, a network, or `*`.
    """
    name = host.strip("[]").lower().rstrip(".")
    for one in exceptions:
        wanted = one.strip().lower().lstrip(".")
        if wanted == "*" or name == wanted or name.endswith(f".{wanted}"):
            return True
        try:
            if ip_address(name) in ip_network(wanted, strict=False):
                return True
        except ValueError:
            continue
    return False


def _unreadable(path: Path | None, what: str) -> OfframpError:
    return OfframpError(
        "tls-unreadable",
        f"`{path}` does not hold {what}",
        help="check the path, its permissions, and that the key belongs to the certificate",
    )
