"""Tallies by the language of the file; a language is told by the end of the name."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from corpus import Repository
from scoring import Found, Tally, score
from tables import share, sums, table

ENDS = {
    "Bicep": "bicep",
    "C#": "cs csproj",
    "Elixir": "ex exs",
    "Go": "go mod",
    "Java, Kotlin, Scala": "java kt kts gradle scala sbt",
    "JavaScript, TypeScript": "js jsx mjs cjs ts tsx mts",
    "JSON, TOML, texts": "json toml lock txt md mdc mdx",
    "Lua": "lua",
    "notebooks": "ipynb",
    "PHP": "php",
    "Python": "py",
    "Ruby": "rb erb",
    "Rust": "rs",
    "shell, environment": "sh env sample example",
    "Swift": "swift",
    "Terraform": "tf tfvars",
    "YAML": "yaml yml",
}
BY_END = {end: name for name, ends in ENDS.items() for end in ends.split()}


def language(path: str) -> str:
    """The language of a file; `other` where its name does not tell."""
    return BY_END.get(PurePosixPath(path).name.rpartition(".")[2].lower(), "other")


def by_language(repositories: Iterable[Repository], found: Mapping[str, tuple[Found, ...]]) -> str:
    """One row a language that has labels or findings in files that were read."""
    tallies: dict[str, list[Tally]] = {}
    for repo in repositories:
        for name in sorted({language(path) for path in repo.read}):
            part = replace(
                repo,
                read=frozenset(path for path in repo.read if language(path) == name),
                labels=tuple(label for label in repo.labels if language(label.path) == name),
            )
            here = [one for one in found[repo.name] if language(one.path) == name]
            tallies.setdefault(name, []).append(score(part, here, by_vendor=True).tally)
    totals = {name: sums(several) for name, several in sorted(tallies.items())}
    return table(
        ("language", "lines", "line recall", "sites", "site recall", "findings", "strict precision"),
        (
            (
                name,
                one.all_lines,
                share(one.all_lines_hit, one.all_lines),
                one.sites.total(),
                share(one.sites_hit.total(), one.sites.total()),
                one.right.total() + one.wrong.total(),
                share(one.right.total(), one.right.total() + one.wrong.total()),
            )
            for name, one in totals.items()
            if one.all_lines or one.right or one.wrong
        ),
    )
