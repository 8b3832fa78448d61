"""Who encoded and who signed the instruments an answer rests on, and when: said under every such answer."""

from collections.abc import Iterable, Sequence

from offramp.core.digests import JsonObject
from offramp.core.ids import InstrumentId
from offramp.instruments import Instruments

MOST_NAMED = 6


def attributions(instruments: Instruments, ids: Iterable[InstrumentId] | None = None) -> tuple[str, ...]:
    """One line for all instruments that share an encoder and a signature; by default for all loaded."""
    together: dict[str, list[str]] = {}
    for one in attribution_bodies(instruments, ids):
        together.setdefault(_words(one), []).append(one["instrument"])
    return tuple(f"{_named(names)}: {words}" for words, names in together.items())


def attribution_bodies(
    instruments: Instruments, ids: Iterable[InstrumentId] | None = None
) -> list[JsonObject]:
    """The same for programs, one object for each instrument, sorted by id."""
    wanted = set(instruments.instruments if ids is None else ids)
    return [
        {
            "instrument": one.id,
            "encoded_by": one.encoded.by if one.encoded else None,
            "encoded_on": (one.encoded.on or None) if one.encoded else None,
            "signed_by": one.signed.by if one.signed else None,
            "signed_on": one.signed.on if one.signed else None,
            "signature": one.signature.value,
            "draft": one.why_draft or None,
        }
        for one in sorted(instruments.instruments.values(), key=lambda one: one.id)
        if one.id in wanted
    ]


def unsound(instruments: Instruments) -> tuple[str, ...]:
    """What must be said loudly: signatures that no longer fit, and drafts, which bind nobody."""
    loaded = sorted(instruments.instruments.values(), key=lambda one: one.id)
    stale = [
        f"`{one.id}` was edited since {one.signed.by} signed it on {one.signed.on}: "
        + ("it binds nobody until it is signed again" if one.drafted else "it counts as it now stands")
        for one in loaded
        if one.signed is not None and not one.signed.is_current
    ]
    drafts = [one.id for one in loaded if one.why_draft]
    if drafts:
        verb = "is a draft and binds" if len(drafts) == 1 else "are drafts and bind"
        stale.append(f"{_named(drafts)} {verb} nobody until a named person signs: offramp terms sign")
    return tuple(stale)


def _words(one: JsonObject) -> str:
    encoded = "nobody is named as the encoder"
    if one["encoded_by"]:
        on = f" on {one['encoded_on']}" if one["encoded_on"] else ""
        encoded = f"encoded by {one['encoded_by']}{on}"
    signed = one["signature"]
    if one["signed_by"]:
        signed = f"signed by {one['signed_by']} on {one['signed_on']}"
        signed += "" if one["signature"] == "signed" else f", {one['signature']}"
    return f"{encoded}; {signed}"


def _named(names: Sequence[str]) -> str:
    if len(names) <= MOST_NAMED:
        return ", ".join(names)
    return f"{', '.join(names[: MOST_NAMED - 1])} and {len(names) - MOST_NAMED + 1} more"
