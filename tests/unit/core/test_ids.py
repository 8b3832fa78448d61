"""Ids: unique, and sorted by the time they were made."""

import re
import time

from offramp.core.ids import new_id


def test_an_id_is_a_prefix_and_a_ulid() -> None:
    assert re.fullmatch("req_[0-7][0-9A-HJKMNP-TV-Z]{25}", new_id("req"))


def test_ids_are_unique_and_sort_by_time() -> None:
    earlier = new_id("req")
    began = time.time_ns()
    while time.time_ns() // 1_000_000 == began // 1_000_000:
        continue
    later = [new_id("req") for _ in range(1000)]
    assert len(set(later)) == 1000
    assert all(earlier < one for one in later)
