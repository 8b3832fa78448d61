"""The convoy desk with a model behind it. Any server that speaks the Messages API will do."""

import json

from harbor import convoy_desk
from harbor.forms import BERTH, Register, check

ENDINGS = {"end_turn", "max_tokens", "stop_sequence"}


def test_a_notice_is_summed_up(make_assistant, run_desk) -> None:
    with run_desk(
        convoy_desk.routes(make_assistant(convoy_desk.INSTRUCTIONS, convoy_desk.MODEL), Register())
    ) as post:
        status, body = post("/brief", {"notice": "Two tugs are out of service until noon."})
    assert status == 200, body
    answer = json.loads(body)
    assert answer["stop_reason"] in ENDINGS
    assert answer["text"].strip()


def test_a_berth_is_reserved_through_the_tool(make_assistant, run_desk) -> None:
    register = Register()
    with run_desk(
        convoy_desk.routes(make_assistant(convoy_desk.INSTRUCTIONS, convoy_desk.MODEL), register)
    ) as post:
        status, body = post("/reserve", {"request": "the outer berth for a convoy of four ships at dawn"})
    assert status == 200, body
    filed = json.loads(body)
    assert filed["tool"] == "reserve_berth"
    assert filed["stop_reason"] == "tool_use"
    check(BERTH, filed["arguments"])
    assert len(register.rows) == 1
