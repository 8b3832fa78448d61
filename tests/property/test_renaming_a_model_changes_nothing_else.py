"""Law: renaming a model changes only the top-level model, and renaming back restores the body."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from offramp.gateway.model_name import rename_model

names = st.sampled_from(["model", "mode", "messages", "a", '"model"', "\\model", "mödel"])
texts = st.sampled_from(["model", '"model":"x"', "{", "]", "\\", "é", "\n", ""]) | st.text(max_size=5)
values: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)
bodies = st.tuples(st.dictionaries(names, values, max_size=4), texts).map(
    lambda pair: {**pair[0], "model": pair[1]}
)


@given(bodies, texts, st.booleans(), st.sampled_from([None, 2]))
def test_renaming_a_model_changes_nothing_else(
    body: dict[str, Any], name: str, ascii_only: bool, indent: int | None
) -> None:
    written = json.dumps(body, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    renamed = rename_model(written, name)
    assert json.loads(renamed) == {**body, "model": name}
    again = json.loads(rename_model(renamed, body["model"]))
    assert again == body
