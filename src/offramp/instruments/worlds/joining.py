"""One vocabulary for two sides: words are put together, and a fact must mean the same on both."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from offramp.core.errors import OfframpError
from offramp.instruments.model import Fact, FactType, Vocabulary


def joined(vocabularies: Sequence[Vocabulary]) -> Vocabulary:
    """One vocabulary for all sides. Raises where a fact is not the same in two of them."""
    facts: dict[str, Fact] = {}
    for words in vocabularies:
        for name, fact in words.facts.items():
            known = facts.setdefault(name, fact)
            if fact.type is FactType.TEXT:
                values = tuple(dict.fromkeys((*known.values, *fact.values)))
                facts[name] = replace(known, values=values, parents={**known.parents, **fact.parents})
            if (known.type, known.minimum, known.maximum) != (fact.type, fact.minimum, fact.maximum) or (
                known.type is FactType.ENUM and known.values != fact.values
            ):
                raise OfframpError(
                    "fact-differs",
                    f"`{name}` is not the same fact on the two sides",
                    help="declare it alike in both, or in one document that is read with both (--with)",
                )
    return Vocabulary(
        party_kinds=_merged([words.party_kinds for words in vocabularies]),
        parties=_merged([words.parties for words in vocabularies]),
        vendors=_merged([words.vendors for words in vocabularies]),
        actions=_merged([words.actions for words in vocabularies]),
        facts=facts,
    )


def _merged(many: Sequence[Mapping[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in many:
        for name, parents in one.items():
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *parents)))
    return found
