"""What a rendering supplies itself is kept apart from what its source says."""

import pytest

from offramp.core.errors import OfframpError
from offramp.instruments import Source, load

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
