"""Ids in each API's form."""

from offramp.dialects.id_forms import inward_id, is_plain, minted_id, outward_id


def test_an_id_of_the_right_form_stays() -> None:
    assert outward_id("toolu_", "toolu_01a") == "toolu_01a"
    assert inward_id("toolu_", "toolu_01a") == "toolu_01a"


def test_a_foreign_id_travels_inside() -> None:
    assert outward_id("toolu_", "call_a") == "toolu_of_call_a"
    assert inward_id("toolu_", "toolu_of_call_a") == "call_a"


def test_an_id_that_no_api_would_take_is_replaced_the_same_way_each_time() -> None:
    odd = "functions.get weather:0/" + "x" * 80
    assert outward_id("call_", odd) == outward_id("call_", odd) == minted_id("call_", odd)
    assert is_plain(outward_id("call_", odd))
    assert outward_id("call_", odd) != outward_id("call_", odd + "y")
