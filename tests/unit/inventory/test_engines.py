"""The compiled patterns that are kept: sound ones are used, damaged ones made again."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from offramp.core.ids import VendorId
from offramp.inventory.engines import compiled_database
from offramp.inventory.expressions import expressions, shortened
from offramp.inventory.knowledge import compile_knowledge
from offramp.vendors import Profile, load_clouds

hyperscan = pytest.importorskip("hyperscan", reason="only one engine is to be had on this platform")


@pytest.mark.parametrize("damage", ["none", "flip", "cut", "empty"])
def test_a_damaged_database_is_made_again(
    tmp_path: Path, invented: Mapping[VendorId, Profile], damage: str
) -> None:
    wanted = expressions(compile_knowledge(invented, load_clouds(), tuple(invented)).signals)
    place = tmp_path / "kept.hs"
    compiled_database(wanted, place)
    sound = place.read_bytes()
    data = bytearray(sound)
    if damage == "flip":
        data[len(data) // 2] ^= 1
    place.write_bytes({"cut": bytes(data[:-1]), "empty": b""}.get(damage, bytes(data)))
    place.chmod(0o400)
    database = compiled_database(wanted, place)
    found: list[int] = []
    scratch = hyperscan.Scratch(database)
    database.scan(b"aria-3", match_event_handler=lambda number, *_: found.append(number), scratch=scratch)
    assert found
    assert place.read_bytes() == sound
    assert (place.stat().st_mode & 0o777 == 0o400) == (damage == "none")


@pytest.mark.parametrize(
    ("pattern", "short"),
    [
        ("aria-[0-9][a-z0-9.-]*", "aria-[0-9]"),
        ("aria-(?:a|b)(?:-[a-z]+)?", "aria-(?:a|b)"),
        ("exa-[A-Za-z0-9_-]{20,}", "exa-[A-Za-z0-9_-]{20}"),
        ("a+", "a"),
        ("a|b*", "a|b*"),
        (r"a\.b\*", r"a\.b\*"),
        (r"a\(?", "a"),
        ("x(?:y|z?)?w?", "x"),
    ],
)
def test_a_pattern_is_cut_to_what_decides_where_it_begins(pattern: str, short: str) -> None:
    assert shortened(pattern) == short
