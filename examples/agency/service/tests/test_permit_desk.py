"""The permit desk with a model behind it.

These pass against any server that speaks the Messages API, however small its model: they look at shapes,
stop reasons and the tool's arguments, never at what the words say.
"""

import json

from harbor import permit_desk
from harbor.assistant import Answer
from harbor.forms import PERMIT, Register, check

ENDINGS = {"end_turn", "max_tokens", "stop_sequence"}


def assert_is_whole(answer: Answer) -> None:
    assert answer.stop_reason in ENDINGS
    assert answer.model
    assert answer.input_tokens > 0
    assert answer.output_tokens > 0


def test_a_plain_question_gets_an_answer(make_assistant) -> None:
    answer = make_assistant(permit_desk.INSTRUCTIONS).ask("Who may moor at the north berth?", max_tokens=16)
    assert_is_whole(answer)
    assert answer.text.strip()


def test_a_short_limit_is_kept(make_assistant) -> None:
    answer = make_assistant(permit_desk.INSTRUCTIONS).ask(
        "Describe the whole harbor at length.", max_tokens=8
    )
    assert_is_whole(answer)
    assert answer.output_tokens <= 8


def test_streamed_pieces_make_up_the_final_message(make_assistant) -> None:
    assistant = make_assistant(permit_desk.INSTRUCTIONS)
    *pieces, final = assistant.stream("Name three things a permit needs.", max_tokens=24)
    assert isinstance(final, Answer)
    assert_is_whole(final)
    assert pieces
    assert "".join(pieces) == final.text


def test_an_application_is_filed_through_the_tool(make_assistant) -> None:
    register = Register()
    filed = make_assistant(permit_desk.INSTRUCTIONS).file(
        "File this application: a regatta on 4 June with forty sailing boats.",
        PERMIT,
        lambda arguments: register.file(PERMIT, arguments),
    )
    assert filed.tool == "file_permit"
    assert filed.stop_reason == "tool_use"
    check(PERMIT, filed.arguments)
    assert len(register.rows) == 1
    assert filed.result == "file_permit number 1"
    assert filed.closing.stop_reason in ENDINGS


def test_the_desk_answers_over_http(make_assistant, run_desk) -> None:
    with run_desk(permit_desk.routes(make_assistant(permit_desk.INSTRUCTIONS), Register())) as post:
        asked, answer = post("/ask", {"question": "Is a mooring permit needed for one night?"})
        streamed, text = post("/stream", {"question": "Is a mooring permit needed for one night?"})
    assert (asked, streamed) == (200, 200), (answer, text)
    assert json.loads(answer)["stop_reason"] in ENDINGS
    assert text


def test_the_desk_files_over_http(make_assistant, run_desk) -> None:
    register = Register()
    with run_desk(permit_desk.routes(make_assistant(permit_desk.INSTRUCTIONS), register)) as post:
        status, form = post("/file", {"application": "dredging of the outer basin in March"})
    assert status == 200, form
    check(PERMIT, json.loads(form)["arguments"])
    assert len(register.rows) == 1
