"""Losses summed by application and field."""

from typing import Any

from offramp.core.instants import parse_instant
from offramp.evidence import Entry, EntryType
from offramp.report.documents.losses import losses, summed

AT = parse_instant("2030-01-01T00:00:00Z")
TOP_K = {"field": "top_k", "effect": "sampling", "reason": "no such knob"}
CACHE = {"field": "cache_control", "effect": "cost", "reason": "the saving is lost"}


def entry(application: str, *lost: dict[str, str], **data: Any) -> Entry:
    return Entry(
        type=EntryType.TRAFFIC,
        at=AT,
        actor=application,
        cause="request",
        subject="req_1",
        data={
            "application": application,
            "dialect": "anthropic-messages",
            "upstream_dialect": "openai-chat",
            "losses": list(lost),
            **data,
        },
    )


def test_sums() -> None:
    entries = [
        entry("desk", TOP_K, CACHE),
        entry("desk", CACHE),
        entry("desk", upstream_dialect="anthropic-messages"),
        entry("desk", TOP_K, code="loss-refused", losses_left_out=2),
        entry("lab", TOP_K),
    ]
    desk, lab = losses(summed(entries), asked="all", at=AT).body["applications"]
    assert (desk["requests"], desk["translated"], desk["with_losses"]) == (4, 3, 3)
    assert (desk["refused"], desk["left_out"]) == (1, 2)
    assert [(one["field"], one["requests"]) for one in desk["losses"]] == [("top_k", 2), ("cache_control", 2)]
    assert lab["losses"][0] == {**TOP_K, "to": "openai-chat", "requests": 1}


def test_one_application() -> None:
    found = summed([entry("desk", TOP_K), entry("lab")], "lab")
    assert [one.name for one in found] == ["lab"]


def test_nothing_recorded() -> None:
    assert losses([], asked="all", at=AT).title == "0 of 0 requests lost something in translation"
