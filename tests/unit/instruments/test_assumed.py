"""What a rendering supplies itself is kept apart from what its source says."""

import pytest

from offramp.core.errors import OfframpError
from offramp.instruments import Source, load
from offramp.instruments.calendar import calendar

DOCUMENT = """schema: offramp.instruments/v1
instruments:
  - id: order
    kind: order
    title: Order
    issuer: an office
    basis: reported
    source: {document: a report}
    announced: 2030-01-01T16:00Z
    assumed: %s
"""


def test_an_assumption_keeps_its_reason() -> None:
    loaded = load([Source("order.yaml", DOCUMENT % "[{what: announced at 16:00, why: no hour is reported}]")])
    (order,) = loaded.instruments.values()
    assert [(one.what, one.why) for one in order.assumed] == [("announced at 16:00", "no hour is reported")]


def test_an_assumption_without_a_reason_is_a_problem() -> None:
    with pytest.raises(OfframpError) as caught:
        load([Source("order.yaml", DOCUMENT % "[{what: announced at 16:00}]")])
    assert caught.value.code == "key-missing"


DUTY = """    norms:
      - id: report
        effect: oblige
        binds: {kinds: [company]}
        vendor: example-a
        action: use
        quote: q
        duty: {within: 3 days, of: announced}
"""


def test_dates_that_rest_on_an_assumed_time_are_marked_and_others_are_not() -> None:
    marked = "[{what: announced at 16:00, why: no hour is reported, times: [announced]}]"
    entries = calendar(load([Source("order.yaml", DOCUMENT % marked + DUTY)]))
    assert {one.what: one.assumed for one in entries} == {
        "begins to count": ("announced at 16:00",),
        "is announced": ("announced at 16:00",),
        "last moment to use": ("announced at 16:00",),
    }
    plain = "[{what: mass means many, why: no number is reported}]"
    assert {one.assumed for one in calendar(load([Source("o.yaml", DOCUMENT % plain + DUTY)]))} == {()}


def test_an_assumed_time_is_one_an_instrument_has() -> None:
    with pytest.raises(OfframpError) as caught:
        load([Source("order.yaml", DOCUMENT % "[{what: a, why: b, times: [noon]}]")])
    assert caught.value.code == "word-unknown"
