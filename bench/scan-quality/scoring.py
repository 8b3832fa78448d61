"""What a tool's findings are worth beside the labels: counts only, no input, no output."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from corpus import Label, Repository

NEAR = 1
"""A labelled line counts as found from this many lines away, because tools point at a statement's ends."""


@dataclass(frozen=True, slots=True)
class Found:
    """One place a tool reports as a use. An empty vendor or kind is one the tool does not tell."""

    path: str
    line: int
    vendor: str
    kind: str


@dataclass(slots=True)
class Tally:
    """Counts over any number of repositories; ratios of nothing are None."""

    lines: Counter[str] = field(default_factory=Counter)
    lines_hit: Counter[str] = field(default_factory=Counter)
    sites: Counter[str] = field(default_factory=Counter)
    sites_hit: Counter[str] = field(default_factory=Counter)
    pairs: int = 0
    pairs_hit: int = 0
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    undecided: int = 0
    """Findings on lines on which two readers may differ: in no ratio but the strictest."""
    in_clean: int = 0
    """Findings in repositories without any use: all wrong."""
    all_lines: int = 0
    all_lines_hit: int = 0
    """Places once each, whatever kinds they have: the headline."""

    def add(self, other: "Tally") -> None:
        """Take the counts of `other` in."""
        for name in ("lines", "lines_hit", "sites", "sites_hit", "right", "wrong"):
            getattr(self, name).update(getattr(other, name))
        for name in ("pairs", "pairs_hit", "undecided", "in_clean", "all_lines", "all_lines_hit"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One repository's tally with the places behind it."""

    tally: Tally
    missed: tuple[Label, ...]
    wrong: tuple[Found, ...]


def ratio(part: int, whole: int) -> float | None:
    """A share; None where there is nothing to share."""
    return part / whole if whole else None


def meets(found: Found, label: Label, by_vendor: bool) -> bool:
    """Whether a finding is about a label: same file, near line, and the vendor where that is asked."""
    if found.path != label.path or (by_vendor and found.vendor and found.vendor != label.vendor):
        return False
    if label.line == 0 or found.line == 0:
        return label.line == found.line or (label.line == 0 and found.kind == label.kind)
    return abs(found.line - label.line) <= NEAR


def score(
    repo: Repository,
    found: Iterable[Found],
    *,
    by_vendor: bool,
    wanted: Callable[[Label], bool] = lambda _: True,
) -> Verdicts:
    """Compare one tool's findings with the labels of one repository that are `wanted`."""
    tally = Tally()
    unique = sorted(set(found), key=lambda one: (one.path, one.line, one.vendor, one.kind))
    if repo.is_without_use:
        places = {(one.path, one.line, one.vendor) for one in unique}
        tally.in_clean = len(places)
        return Verdicts(tally, (), tuple(unique))
    by_path: dict[str, list[Found]] = {}
    for one in unique:
        by_path.setdefault(one.path, []).append(one)
    labels = [label for label in repo.asked() if wanted(label)]
    missed = count_lines(tally, labels, by_path, by_vendor)
    count_sites(tally, labels, by_path, by_vendor)
    pairs = {label.vendor for label in labels}
    tally.pairs = len(pairs)
    tally.pairs_hit = len(pairs & {one.vendor for one in unique})
    wrong = count_wrong(tally, repo, unique, by_vendor)
    return Verdicts(tally, tuple(missed), tuple(wrong))


def count_lines(
    tally: Tally, labels: list[Label], by_path: dict[str, list[Found]], by_vendor: bool
) -> list[Label]:
    """Labelled lines by kind and once each; returns those that no finding meets."""
    places: dict[tuple[str, int, str], bool] = {}
    missed = []
    for label in labels:
        hit = any(meets(one, label, by_vendor) for one in by_path.get(label.path, ()))
        tally.lines[label.kind] += 1
        tally.lines_hit[label.kind] += hit
        place = (label.path, label.line, label.vendor)
        places[place] = places.get(place, False) or hit
        if not hit:
            missed.append(label)
    tally.all_lines = len(places)
    tally.all_lines_hit = sum(places.values())
    return missed


def count_sites(tally: Tally, labels: list[Label], by_path: dict[str, list[Found]], by_vendor: bool) -> None:
    """One kind in one file: found by a finding of that kind, or by one near a line of that kind."""
    sites: dict[tuple[str, str], bool] = {}
    for label in labels:
        site = (label.path, label.kind)
        sites[site] = sites.get(site, False) or any(
            meets(one, label, by_vendor)
            or (one.kind == label.kind and (not by_vendor or one.vendor == label.vendor))
            for one in by_path.get(label.path, ())
        )
    for (_, kind), hit in sites.items():
        tally.sites[kind] += 1
        tally.sites_hit[kind] += hit


def count_wrong(tally: Tally, repo: Repository, unique: list[Found], by_vendor: bool) -> list[Found]:
    """Findings in files that were read: right, wrong, or on a line that is left out."""
    unsure = repo.unsure()
    by_path: dict[str, list[Label]] = {}
    for label in repo.asked():
        by_path.setdefault(label.path, []).append(label)
    wrong, seen = [], set()
    for one in unique:
        place = (one.path, one.line, one.vendor)
        if one.path not in repo.read or place in seen:
            continue
        labels = by_path.get(one.path, ())
        is_right = any(meets(one, label, by_vendor) for label in labels) or (
            one.line == 0 and any(not by_vendor or label.vendor == one.vendor for label in labels)
        )
        if is_right:
            tally.right[one.kind] += 1
        elif (one.path, one.line) in unsure:
            tally.undecided += 1
        else:
            tally.wrong[one.kind] += 1
            wrong.append(one)
        seen.add(place)
    return wrong
