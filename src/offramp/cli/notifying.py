"""Telling a service manager how far a start or a stop is (sd_notify), where one listens."""

import os
import socket
from contextlib import suppress

ADDRESS = "NOTIFY_SOCKET"


def notify(state: str) -> bool:
    """Whether the service manager was told `state`, such as `READY=1`. Without one nothing happens."""
    address = os.environ.get(ADDRESS, "")
    if not address.startswith(("/", "@")):
        return False
    # A name that begins with @ stands for an abstract socket: its first byte is zero.
    path = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as link:
        link.sendto(state.encode(), path)
        return True
    return False
