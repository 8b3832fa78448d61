"""Promises kept in answers: the same for a whole reply and for its stream, wherever that is cut."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.dialects import shaping
from offramp.dialects.shaping.stops import StopCutter
from offramp.dialects.turns import (
    Event,
    Failure,
    Reply,
    ReplyEnded,
    Request,
    StopReason,
    Text,
    TextDelta,
    Tool,
    ToolChoice,
    ToolDelta,
    ToolMode,
    ToolStarted,
)

TOOLS = (Tool("a", "", {"type": "object"}), Tool("b", "", {"type": "object"}))
letters = st.text("abc", max_size=12)


@settings(deadline=None)
@given(
    text=letters,
    stops=st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=3),
    data=st.data(),
)
def test_stops_fall_in_the_same_place_however_the_text_is_cut(
    text: str, stops: list[str], data: st.DataObject
) -> None:
    whole = StopCutter(stops).whole(Reply(id="", model="", parts=(Text(text),), stop_reason=StopReason.END))
    cuts = sorted({0, len(text), *data.draw(st.lists(st.integers(0, len(text)), max_size=4))})
    pieces = [text[a:b] for a, b in pairwise(cuts)]
    cutter = StopCutter(stops)
    events: list[Event] = [*(TextDelta(0, piece) for piece in pieces), ReplyEnded(StopReason.END)]
    shown = [passed for event in events for passed in cutter.feed(event)]
    said = "".join(event.text for event in shown if isinstance(event, TextDelta))
    assert said == "".join(part.text for part in whole.parts if isinstance(part, Text))
    ends = [event for event in shown if isinstance(event, ReplyEnded)]
    first = ends[0]
    assert len(ends) == 1
    assert (first.stop_reason is StopReason.STOP_SEQUENCE) == (whole.stop_reason is StopReason.STOP_SEQUENCE)
    assert first.stop_sequence in ("", *stops)


def through(request: Request, *events: Event) -> list[Event]:
    shown = list(events)
    for shaper in shaping.shapers_for(request):
        shown = [passed for event in shown for passed in shaper.feed(event)]
    return shown


def test_later_calls_are_held_back_though_they_come_mixed() -> None:
    request = Request(
        model="", turns=(), tools=TOOLS, tool_choice=ToolChoice(ToolMode.AUTO, "", allows_parallel=False)
    )
    shown = through(
        request,
        ToolStarted(0, "1", "a"),
        ToolStarted(1, "2", "b"),
        ToolDelta(1, "{}"),
        ToolDelta(0, "{}"),
        ReplyEnded(StopReason.TOOL_USE),
    )
    assert shown == [ToolStarted(0, "1", "a"), ToolDelta(0, "{}"), ReplyEnded(StopReason.TOOL_USE)]


def test_a_call_of_another_tool_is_not_the_forced_one() -> None:
    request = Request(model="", turns=(), tools=TOOLS, tool_choice=ToolChoice(ToolMode.NAMED, "a"))
    last = through(request, ToolStarted(0, "1", "b"), ReplyEnded(StopReason.TOOL_USE))[-1]
    assert isinstance(last, Failure)
    assert last.code == "tool-call-missing"


def test_an_answer_cut_by_its_limit_is_told_as_it_is() -> None:
    request = Request(model="", turns=(), tools=TOOLS, tool_choice=ToolChoice(ToolMode.ANY))
    assert through(request, ReplyEnded(StopReason.LENGTH)) == [ReplyEnded(StopReason.LENGTH)]
