"""Whether a dialect provides what not every dialect does: asked of each request, found out once a class."""

_known: dict[tuple[type, type], bool] = {}


def provides(dialect: object, what: type) -> bool:
    """`isinstance(dialect, what)` for a protocol `what`, which would cost as much as a small answer."""
    key = (type(dialect), what)
    found = _known.get(key)
    if found is None:
        found = _known[key] = isinstance(dialect, what)
    return found
