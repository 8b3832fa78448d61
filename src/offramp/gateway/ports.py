"""The port the workers share: found free or said to be taken, and kept from others while they start."""

import errno
import socket

from offramp.core.errors import OfframpError


def reserve_port(host: str, port: int) -> socket.socket:
    """A bound socket that never listens; the workers listen on the same port beside it (SO_REUSEPORT).

    `port` 0 takes a free one. Raises `port-taken`, `port-forbidden` or `host-unknown`.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        raise OfframpError(
            "host-unknown", f"`{host}` is not an address of this machine", help="use --host 127.0.0.1"
        ) from None
    probe = _bound(family, address, host, port, is_shared=False)
    found: tuple[str | int, ...] = probe.getsockname()
    probe.close()
    return _bound(family, found, host, port, is_shared=True)


def _bound(
    family: socket.AddressFamily, address: tuple[object, ...], host: str, port: int, *, is_shared: bool
) -> socket.socket:
    kept = socket.socket(family, socket.SOCK_STREAM)
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        kept.bind(address)
    except OSError as error:
        kept.close()
        raise _explained(error, host, port) from error
    return kept


def _explained(error: OSError, host: str, port: int) -> OfframpError:
    if error.errno == errno.EADDRINUSE:
        return OfframpError(
            "port-taken",
            f"port {port} on `{host}` is taken by another program",
            help="stop that program, or choose another port: --port 8485",
        )
    if error.errno == errno.EACCES:
        return OfframpError(
            "port-forbidden",
            f"this user may not listen on port {port}",
            help="choose a port of 1024 or more: --port 8484",
        )
    return OfframpError(
        "host-unknown",
        f"cannot listen on `{host}`: {(error.strerror or str(error)).lower()}",
        help="use --host 127.0.0.1",
    )
