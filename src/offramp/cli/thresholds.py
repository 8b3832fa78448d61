"""`--fail-on`: which findings make a scan end with 1, as conditions joined by commas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from offramp.core.errors import OfframpError, did_you_mean
from offramp.core.findings import Confidence, Context, Finding, FindingKind, Route

WORDS: Mapping[str, type[StrEnum] | None] = {
    "confidence": Confidence,
    "context": Context,
    "kind": FindingKind,
    "route": Route,
    "system": None,
    "vendor": None,
}
SURENESS = (Confidence.POSSIBLE, Confidence.LIKELY, Confidence.CERTAIN)


@dataclass(frozen=True, slots=True)
class Threshold:
    """Conditions that one finding must meet together."""

    conditions: tuple[tuple[str, str], ...]

    def is_met(self, one: Finding) -> bool:
        """Whether a finding meets every condition; a confidence is met by a surer one too."""
        return all(_holds(word, value, one) for word, value in self.conditions)


def read_thresholds(written: Sequence[str]) -> tuple[Threshold, ...]:
    """The thresholds of `--fail-on`. Raises `threshold-unreadable` with what was meant."""
    return tuple(Threshold(tuple(_condition(part.strip()) for part in one.split(","))) for one in written)


def fails(findings: Sequence[Finding], thresholds: Sequence[Threshold]) -> bool:
    """Whether a use that no live waiver covers meets a threshold; any use, where there is none."""
    open_uses = [one for one in findings if one.is_use and not one.is_waived]
    if not thresholds:
        return bool(open_uses)
    return any(threshold.is_met(one) for one in open_uses for threshold in thresholds)


def _condition(text: str) -> tuple[str, str]:
    word, mark, value = text.partition("=")
    if not mark or not value or word not in WORDS:
        raise OfframpError(
            "threshold-unreadable",
            f"`{text}` is not a condition to fail on",
            help=f"write word=value, as in kind=sdk-call,confidence=certain; words are: {', '.join(WORDS)}",
        )
    options = WORDS[word]
    if options is not None and value not in set(options):
        raise OfframpError(
            "threshold-unreadable",
            f"no {word} `{value}`",
            help=did_you_mean(value, [str(one) for one in options]),
        )
    return word, value


def _holds(word: str, value: str, one: Finding) -> bool:
    if word == "confidence":
        return SURENESS.index(one.confidence) >= SURENESS.index(Confidence(value))
    return str(getattr(one, word) or "") == value
