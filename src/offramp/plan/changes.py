"""What begins or ends in the instruments at one instant, in words."""

from collections.abc import Iterator

from offramp.core.instants import Instant
from offramp.instruments import Instruments


def what_changes(instruments: Instruments, point: Instant, known: Instant) -> tuple[str, ...]:
    """A phrase for each instrument and norm, of those known at `known`, whose time this is."""
    return tuple(dict.fromkeys(_phrases(instruments, point, known)))


def _phrases(instruments: Instruments, point: Instant, known: Instant) -> Iterator[str]:
    for one in instruments.instruments.values():
        if one.known_at is not None and one.known_at > known:
            continue
        if point == one.announced_at:
            yield f"{one.id} is announced"
        if point == one.from_at and one.from_at != one.announced_at:
            yield f"{one.id} begins"
        if point == one.until_at:
            yield f"{one.id} ends"
        for party, at in one.served_at.items():
            if point == at:
                yield f"{one.id} is served on {party}"
        for stay in one.stays:
            if point == stay.from_at:
                yield f"{one.id} begins to stay {stay.target}"
            if point == stay.until_at:
                yield f"{one.id} no longer stays {stay.target}"
        for ending in one.ends:
            if ending.from_at is not None and point == ending.from_at:
                yield f"{one.id} ends {ending.target}"
        for settlement in one.settles:
            if settlement.from_at is not None and point == settlement.from_at:
                yield f"{one.id} settles {settlement.question} as {settlement.option}"
        for extension in one.extends:
            if point == extension.until_at:
                yield f"{extension.target}, extended by {one.id}, ends"
        for norm in one.norms:
            for form in norm.forms:
                if point == form.from_at and form.from_at != one.from_at:
                    yield f"{norm.id} begins"
                if point == form.until_at:
                    yield f"{norm.id} ends"
    for end in instruments.ends:
        if point == end.until_at:
            yield f"the record behind {end.path} ends"
