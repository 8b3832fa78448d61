"""Counts files of languages nothing here understands: they were read as plain text, and a scan says so."""

from collections import Counter
from collections.abc import Iterable

from offramp.inventory.languages import PLAIN, PROSE, Language, language_of

NO_CODE = frozenset((
    "lock", "gitignore", "gitattributes", "gitkeep", "dockerignore", "editorconfig", "in", "dist", "example",
    "sample", "sum", "mod", "pem", "crt", "cer", "key", "pub", "asc", "sig", "snap", "tmpl", "bak",
    "orig", "out", "list", "manifest", "mailmap", "template", "prettierrc", "eslintrc", "babelrc", "nvmrc",
))  # fmt: skip
"""Endings of files that are in no language."""
SUFFIX_LENGTH = 12


def ending(path: str) -> str:
    """The ending of a file's name in small letters; empty where it has none."""
    name = path.rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    return suffix.lower() if dot and stem and len(suffix) <= SUFFIX_LENGTH else ""


def as_text(endings: Counter[str]) -> tuple[tuple[str, int], ...]:
    """Of the endings of files that were read those of languages without a reader, with their counts."""
    return tuple(sorted((one, number) for one, number in endings.items() if one and is_as_text(one)))


def is_as_text(suffix: str) -> bool:
    """Whether files with this ending are code of which only hosts, keys and names are found."""
    language = language_of(f"a.{suffix}")
    if language is PLAIN:
        return suffix not in NO_CODE and suffix.isalnum() and not suffix.isdigit()
    return not _is_understood(language)


def _is_understood(language: Language) -> bool:
    is_read = bool(language.module_scope or language.is_data or language.is_shell or language.is_prose)
    return is_read or language is PROSE or language.name in ("notebook", "sql")


def together(several: Iterable[tuple[tuple[str, int], ...]]) -> tuple[tuple[str, int], ...]:
    """The counts of several places as one."""
    found: Counter[str] = Counter()
    for one in several:
        found.update(dict(one))
    return tuple(sorted(found.items()))
