"""The model name in a body: changed there and nowhere else."""

import json

import pytest

from offramp.gateway.model_name import EventRenaming, model_of, rename_model


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'{"model":"x"}', b'{"model":"NEW"}'),
        (b'{ "model" :\n "x" , "n": 1.0}', b'{ "model" :\n "NEW" , "n": 1.0}'),
        (b'{"a":{"model":"x"},"model":"x"}', b'{"a":{"model":"x"},"model":"NEW"}'),
        (b'{"a":["model","x"],"model":"x"}', b'{"a":["model","x"],"model":"NEW"}'),
        (b'{"t":"\\"model\\":\\"x\\"","model":"x"}', b'{"t":"\\"model\\":\\"x\\"","model":"NEW"}'),
        (b'{"mod\\u0065l":"x"}', b'{"mod\\u0065l":"NEW"}'),
        (b'{"a":{"model":"y"},"mod\\u0065l":"x"}', b'{"a":{"model":"y"},"mod\\u0065l":"NEW"}'),
        (b'{"model":"x","model":"y"}', b'{"model":"NEW","model":"NEW"}'),
        (b'{"model":"a\\"b","z":"}"}', b'{"model":"NEW","z":"}"}'),
        (b'{"t":"{[","model":"x","u":"]"}', b'{"t":"{[","model":"NEW","u":"]"}'),
    ],
)
def test_only_the_top_level_member_is_renamed(before: bytes, after: bytes) -> None:
    assert rename_model(before, "NEW") == after
    assert model_of(json.loads(after)) == "NEW"


def test_a_name_with_quotes_stays_json() -> None:
    assert json.loads(rename_model(b'{"model":"x"}', 'a"b\\')) == {"model": 'a"b\\'}


def test_in_events_members_are_renamed_and_text_is_not() -> None:
    block = b'data: {"model":"x","t":"\\"model\\":\\"x\\""}\n\ndata: {"model": "x"}\n\n'
    assert EventRenaming("model", "x", "y")(block) == (
        b'data: {"model":"y","t":"\\"model\\":\\"x\\""}\n\ndata: {"model": "y"}\n\n'
    )
