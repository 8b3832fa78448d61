"""The words of one binding for people: its sentence, status, origin, and who rendered it."""

from collections.abc import Mapping, Sequence

from offramp.instruments import Binding, Instruments, State
from offramp.instruments.changes import Change
from offramp.instruments.sentences import day_words, end_words, sayings, sentence
from offramp.report.attribution import attributions
from offramp.vendors import VENDORS

NAMES: Mapping[str, str] = {str(vendor): profile.name for vendor, profile in VENDORS.items()}
"""Vendors as people write them."""
WHAT = {"prohibit": "prohibition", "oblige": "duty", "lift": "exception", "entitle": "right"}


def heading(instruments: Instruments, one: Binding) -> str:
    """The norm's id, and what sort of norm it is."""
    strength = instruments.norms[one.norm].strength
    return f"{one.norm} · {WHAT[strength.value if strength else one.effect.value]}"


def spoken(instruments: Instruments, same: Sequence[Binding], *, is_plain: bool = False) -> str:
    """What the norm says, once for each group of readings that say the same."""
    lines = []
    for one in same:
        text = sentence(instruments, instruments.norms[one.norm], one.form, NAMES)
        lines.append(text if is_plain else f"{under(instruments, one.readings)}{text}")
    return "\n".join(dict.fromkeys(lines))


def under(instruments: Instruments, choices: Sequence[str]) -> str:
    """Who reads it so, before what they read: `As read by the vendor (scope=b): `; empty: everybody."""
    if not choices:
        return ""
    by = [
        holder
        for choice in choices
        for question, _, option in (part.partition("=") for part in choice.split(" and "))
        for one in instruments.questions[question].options
        if one.key == option
        for holder in one.by
    ]
    return f"As read by {', '.join(dict.fromkeys(by))} ({' or '.join(choices)}): "


def status(instruments: Instruments, one: Binding) -> str:
    """Where it stands, since when or by what."""
    instrument = instruments.instruments[one.instrument]
    zone = instrument.zone or "UTC"
    begins = [at for at in (one.form.from_at, instrument.from_at, instrument.announced_at) if at is not None]
    start = day_words(max(begins), zone) if begins else ""
    by = ", ".join(f"{name} ({instruments.instruments[name].title})" for name in one.standing.by)
    match one.standing.state:
        case State.IN_FORCE:
            return f"in force since {start}" if start else "in force"
        case State.STAYED:
            return f"stayed by {by}"
        case State.NOT_SERVED:
            return f"announced{f', from {start}' if start else ''}; not known to be served on this party"
        case State.NOT_YET:
            return f"begins {start}" if start else "not yet in force"
        case State.EXPIRED if by:
            return f"superseded by {by}"
        case State.EXPIRED:
            ends = [at for at in (one.form.until_at, instrument.until_at) if at is not None]
            return f"expired with {end_words(min(ends), zone)}" if ends else "expired"
    return one.standing.note or one.standing.state.value


def origin(instruments: Instruments, one: Binding) -> str:
    """The instrument, who issued it, and the document it was rendered from."""
    instrument = instruments.instruments[one.instrument]
    basis = "the text" if instrument.basis.value == "text" else "reports of it"
    kind = instrument.kind.value.replace("_", " ")
    return "\n".join(
        part
        for part in (
            f"{instrument.title} ({kind}, {instrument.issuer})",
            f"{instrument.source}; rendered from {basis}",
            instrument.source.url,
        )
        if part
    )


def rendering(instruments: Instruments, one: Binding) -> str:
    """Who encoded and signed it."""
    return attributions(instruments, [one.instrument])[0].partition(": ")[2]


def change_row(instruments: Instruments, one: Change) -> tuple[str, str, str, str]:
    """When, what, which rule, and what it says."""
    zone = instruments.instruments[one.instrument].zone or "UTC"
    turn = (
        one.note
        if one.note.startswith(one.turn.value)
        else "\n".join(filter(None, (one.turn.value, one.note)))
    )
    if one.norm is None:
        return day_words(one.at, zone), turn, one.instrument, instruments.questions[one.question].question
    norm = instruments.norms[one.norm]
    where = f" under {' or '.join(one.choices)}" if one.choices else ""
    said = [
        f"{under(instruments, each.choices)}{each.text}"
        for each in sayings(instruments, norm, NAMES)
        if not one.choices or not each.choices or set(each.choices) & set(one.choices)
    ]
    return day_words(one.at, zone), turn, f"{one.norm}{where}", "\n".join(said)
