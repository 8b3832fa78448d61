"""What is asked first of the text before an everyday word never says other than the whole pattern does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offramp.core.findings import Route
from offramp.core.ids import VendorId
from offramp.inventory.expressions import NEEDS, WEAK, WIDEST_BEFORE, Expression, stands_behind_a_setting
from offramp.inventory.signals import Sign, Signal

PIECES = st.sampled_from(
    (*"\"'`:=>(,?|[-. \n", "model", "engine", "llm", "provider", "type", "default", "os.getenv(", "str(", "a")
)


@pytest.mark.parametrize("sign", sorted(WEAK))
@given(data=st.data())
def test_the_quick_way_agrees(sign: Sign, data: st.DataObject) -> None:
    written = st.from_regex(WEAK[sign], fullmatch=True)
    made = data.draw(st.one_of(written, st.lists(PIECES, max_size=8).map("".join)))
    before = made.encode("utf-8", "replace")
    signal = Signal(VendorId("example-a"), sign, "word", "word", Route.DIRECT)
    expression = Expression("word", ignores_case=False, signals=(signal,), length=4, lead=1)
    whole = NEEDS[sign].search(before[-WIDEST_BEFORE:].lower()) is not None
    assert stands_behind_a_setting(expression, before + b"word", len(before)) == whole
