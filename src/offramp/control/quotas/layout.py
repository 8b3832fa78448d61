"""The bytes of the book that the workers of one gateway count in: where each number stands.

    header     what it is, and which version of it
    lanes      one for each worker: its process, and the word its rows in the database are known by
    accounts   one for each limit and period: what was counted before, then counted and set aside by each lane
    slots      one for each request under way, by lane: what it set aside, or is about to count
    windows    one for each limit over a minute: twelve spans of five seconds, and one that ends

Everything is a signed number of eight bytes, names apart. The book lives as long as one run of the gateway;
what lasts is in the database. It is read again only to find what was under way when a run ended early.
"""

from struct import Struct
from typing import Final

MAGIC: Final = b"offramp-quotas/1"
LANES: Final = 16
ACCOUNTS: Final = 4096
SLOTS: Final = 2200
"""For each lane; a worker has fewer requests under way, mirrored ones among them."""
ITEMS: Final = 12
WINDOWS: Final = 2048
CELLS: Final = 13
CELL_SECONDS: Final = 5
NAME: Final = 160

NUMBER: Final = Struct("<q")
LANE: Final = Struct("<qq32s")
ACCOUNT: Final = Struct(f"<{2 + 2 * LANES}q")
"""Day it was last used, base, used by lane, held by lane. It follows the name."""
SLOT: Final = Struct("<qqq")
"""State, number of the request in its lane, how many items follow."""
ITEM: Final = Struct("<qqq")
"""Account, held, actual."""
CELLS_OF: Final = Struct(f"<{2 * CELLS}q")
"""When each began, in spans since the machine started, and what was counted in it. It follows the name."""

HEADER_AT: Final = 0
LANES_AT: Final = 64
ACCOUNTS_AT: Final = LANES_AT + LANES * LANE.size
ACCOUNT_SIZE: Final = NAME + ACCOUNT.size
SLOTS_AT: Final = ACCOUNTS_AT + ACCOUNTS * ACCOUNT_SIZE
SLOT_SIZE: Final = SLOT.size + ITEMS * ITEM.size
WINDOWS_AT: Final = SLOTS_AT + LANES * SLOTS * SLOT_SIZE
WINDOW_SIZE: Final = NAME + CELLS_OF.size
SIZE: Final = WINDOWS_AT + WINDOWS * WINDOW_SIZE

FREE: Final = 0
HELD: Final = 1
"""Set aside; nobody knows yet what it comes to."""
SETTLING: Final = 2
"""It is known, and on its way to the database."""

GONE: Final = b"\xff" * NAME
"""The name of an account that was given up: what lies behind it is still to be found."""
EMPTY: Final = bytes(NAME)


def lane_at(lane: int) -> int:
    """Where a lane begins."""
    return LANES_AT + lane * LANE.size


def account_at(index: int) -> int:
    """Where an account's numbers begin, behind its name."""
    return ACCOUNTS_AT + index * ACCOUNT_SIZE + NAME


def used_at(index: int, lane: int) -> int:
    """Where `lane` counts what was used of an account."""
    return account_at(index) + 8 * (2 + lane)


def held_at(index: int, lane: int) -> int:
    """Where `lane` counts what is set aside of an account."""
    return account_at(index) + 8 * (2 + LANES + lane)


def slot_at(lane: int, slot: int) -> int:
    """Where a slot begins."""
    return SLOTS_AT + (lane * SLOTS + slot) * SLOT_SIZE


def window_at(index: int) -> int:
    """Where a window's cells begin, behind its name."""
    return WINDOWS_AT + index * WINDOW_SIZE + NAME


def padded(name: str) -> bytes:
    """A name as it stands in the book. Names too long for it end in their digest."""
    data = name.encode()
    if len(data) > NAME:
        from hashlib import sha256

        data = data[: NAME - 64] + sha256(data).hexdigest().encode()
    return data.ljust(NAME, b"\0")
