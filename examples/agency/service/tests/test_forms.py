"""Forms: what fits is filed, what does not is refused. Needs no model."""

import pytest

from harbor.forms import BERTH, PERMIT, Form, FormError, Register, check


def test_a_form_that_fits_is_filed_and_numbered() -> None:
    register = Register()
    assert register.file(PERMIT, {"category": "event", "summary": "regatta"}) == "file_permit number 1"
    assert register.file(PERMIT, {"category": "cargo", "summary": "grain"}) == "file_permit number 2"
    assert register.rows[0] == {"category": "event", "summary": "regatta"}


def test_a_long_text_is_cut_to_fit() -> None:
    register = Register()
    register.file(BERTH, {"berth": "outer", "note": "x" * 500})
    assert len(register.rows[0]["note"]) == 40


@pytest.mark.parametrize(
    ("form", "arguments", "words"),
    [
        (PERMIT, {"summary": "regatta"}, "category missing"),
        (PERMIT, {"category": "airport", "summary": "runway"}, "cannot be 'airport'"),
        (PERMIT, {"category": "event", "summary": 5}, "summary is not text"),
        (BERTH, {"berth": "north", "note": "two tugs", "tugs": "2"}, "no field tugs"),
    ],
)
def test_a_form_that_does_not_fit_is_refused(form: Form, arguments: dict[str, object], words: str) -> None:
    with pytest.raises(FormError, match=words):
        check(form, arguments)
