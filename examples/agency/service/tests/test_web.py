"""The desk over HTTP with a hand-written handler behind it. Needs no model."""

import http.client
import json

import pytest

from harbor import web


def echo(body):
    return {"heard": web.text_field(body, "question")}


def test_a_question_is_handed_on(run_desk) -> None:
    with run_desk({"/ask": echo}) as post:
        status, body = post("/ask", {"question": "may I moor?"})
    assert (status, json.loads(body)) == (200, {"heard": "may I moor?"})


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("/nowhere", {"question": "x"}, 404), ("/ask", {"question": " "}, 400), ("/ask", ["question"], 400)],
)
def test_what_the_desk_cannot_take_is_said(run_desk, path, body, status) -> None:
    with run_desk({"/ask": echo}) as post:
        answered, text = post(path, body)
    assert answered == status
    assert json.loads(text)["error"]


def test_pieces_arrive_joined(run_desk) -> None:
    with run_desk({"/stream": lambda body: iter(["north ", "", "berth"])}) as post:
        assert post("/stream", {}) == (200, b"north berth")


def fails_at_once(body):
    raise ConnectionError("nobody there")
    yield ""


def fails_later(body):
    yield "half an "
    raise ConnectionError("gone")


def test_a_failure_before_the_first_piece_is_told_in_words(run_desk) -> None:
    with run_desk({"/stream": fails_at_once}) as post:
        status, text = post("/stream", {})
    assert status == 502
    assert "nobody there" in json.loads(text)["error"]


def test_half_an_answer_never_looks_whole(run_desk) -> None:
    with run_desk({"/stream": fails_later}) as post, pytest.raises(http.client.IncompleteRead):
        post("/stream", {})
