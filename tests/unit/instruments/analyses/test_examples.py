"""The request that shows an answer, as one sentence."""

import pytest

from offramp.instruments.analyses import Witness, example


def witness(user: str, action: str, via: tuple[str, ...] = ()) -> Witness:
    return Witness(
        user=(user,),
        via=via,
        vendor="example",
        action=action,
        at=None,
        readings={},
        facts={},
        telling=(),
        named=frozenset({"example", "acme"}),
    )


@pytest.mark.parametrize(
    ("shown", "says"),
    [
        (witness("contractor", "use"), "a contractor would use example"),
        (witness("acme", "use"), "acme would use example"),
        (witness("acme", "provide_service"), "acme would provide example's service"),
        (witness("example", "provide_service"), "example would provide its service"),
        (witness("example", "use"), "example would use its own products"),
        (witness("company", "use", ("example",)), "a company would use example, reached through the vendor"),
        (witness("civil_agency", "list_in_catalog"), "a civil agency would list example in a catalogue"),
        (witness("company", "commercial_activity"), "a company would do business with example"),
    ],
)
def test_it_reads_as_one_would_say_it(shown: Witness, says: str) -> None:
    assert example(shown) == says
