"""Who and what the bundled story is about, read from `story.toml` beside it: a vendor is data."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Names, norms and dates of one story."""

    vendor: str
    successor: str
    stand_in: str
    """Slug of the local model that stands in for the vendor."""
    stand_in_successor: str
    lead: str
    counsel: str
    deadline: str
    permit_route: str
    convoy_route: str
    address_variable: str
    """Environment variable from which the application takes its server's address."""
    key_variable: str
    directive: str
    """Causes, as `norm:ID`."""
    first_designation: str
    second_designation: str
    before: str
    ordered: str
    after_court: str


def read_cast(path: Path) -> Cast:
    """The cast written in the file at `path`."""
    told = tomllib.loads(path.read_text("utf-8"))
    return Cast(
        vendor=told["vendor"],
        successor=told["successor"],
        stand_in=told["stand_in"],
        stand_in_successor=told["stand_in_successor"],
        lead=told["lead"],
        counsel=told["counsel"],
        deadline=told["deadline"].isoformat(),
        permit_route=told["routes"]["permit"],
        convoy_route=told["routes"]["convoy"],
        address_variable=told["environment"]["address"],
        key_variable=told["environment"]["key"],
        **{name: f"norm:{norm}" for name, norm in told["norms"].items()},
        **told["dates"],
    )
