"""Beginning a workspace: what can be seen around a folder, and the files a first workspace has.

Reads the folder and never writes: `files.write_all` does, once the edits were shown.
"""

import configparser
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from offramp.core.findings import Finding
from offramp.core.ids import ApplicationId
from offramp.plan.files import FileEdit, edit_of, write_all
from offramp.plan.first import KEY_BYTES, Survey, first_text, key_text, systems_seen, with_line
from offramp.workspace import load

__all__ = ["Answers", "begin", "guess", "write_all"]

FIRST_KIND = "company"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a person gave; empty where nobody did."""

    organisation: str = ""
    kinds: tuple[str, ...] = ()
    owner: str = ""


def guess(folder: Path) -> Answers:
    """The organisation from the git remote, else from the folder's name; the owner from git's settings."""
    config = _git_config(folder)
    url = next(
        (config[s]["url"] for s in config.sections() if s.startswith("remote ") and "url" in config[s]), ""
    )
    remote = re.search(r"[:/]([^:/]+)/[^/]+?(?:\.git)?/?$", url)
    return Answers(
        organisation=remote.group(1) if remote else folder.absolute().name,
        kinds=(FIRST_KIND,),
        owner=config.get("user", "name", fallback=""),
    )


def begin(
    folder: Path, uses: tuple[Finding, ...], given: Answers, draw: Callable[[int], bytes]
) -> tuple[FileEdit, ...]:
    """The edits that make `folder` a workspace: `offramp.yaml`, callers' keys, `.gitignore`.

    An `offramp.yaml` that is there stays as it is, and so does every key; only what is missing is added.
    `draw` gives random bytes.
    """
    edits = []
    path = folder / "offramp.yaml"
    if path.exists():
        names = tuple(
            (application.id, application.key.file)
            for application in load(folder).applications.values()
            if application.key is not None and application.key.file
        )
    else:
        survey = _survey(folder, uses, given)
        edits.append(edit_of(path, _shown(folder, path.name), first_text(survey)))
        names = tuple(
            (ApplicationId(system.id), f".offramp/keys/{system.id}")
            for system in survey.systems
            if system.is_caller
        )
    for application, file in names:
        if not (folder / file).exists():
            text = key_text(application, draw(KEY_BYTES))
            edits.append(
                FileEdit(
                    path=folder / file, shown=_shown(folder, file), before=None, after=text, is_secret=True
                )
            )
    if _is_in_git(folder):
        ignore = edit_of(folder / ".gitignore", _shown(folder, ".gitignore"), "")
        edits.append(
            FileEdit(
                path=ignore.path,
                shown=ignore.shown,
                before=ignore.before,
                after=with_line(ignore.before, ".offramp/"),
            )
        )
    return tuple(edit for edit in edits if edit.is_change)


def _survey(folder: Path, uses: tuple[Finding, ...], given: Answers) -> Survey:
    seen = guess(folder)
    assumed = [name for name in ("organisation", "kinds", "owner") if not getattr(given, name)]
    return Survey(
        organisation=given.organisation or seen.organisation,
        kinds=given.kinds or seen.kinds,
        owner=given.owner or seen.owner or "nobody yet",
        systems=systems_seen(uses, folder.absolute().name),
        assumed=tuple(assumed),
    )


def _git_config(folder: Path) -> configparser.ConfigParser:
    """The repository's own settings; empty where there is none or it cannot be read."""
    config = configparser.ConfigParser(strict=False, interpolation=None)
    for above in (folder.absolute(), *folder.absolute().parents):
        file = above / ".git" / "config"
        if file.is_file():
            try:
                config.read(file, encoding="utf-8")
            except (configparser.Error, UnicodeDecodeError):
                return configparser.ConfigParser()
            break
    return config


def _is_in_git(folder: Path) -> bool:
    return any((above / ".git").exists() for above in (folder.absolute(), *folder.absolute().parents))


def _shown(folder: Path, name: str) -> str:
    return (folder / name).as_posix()
