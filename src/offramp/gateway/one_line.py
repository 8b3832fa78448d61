"""`serve --to DIALECT=URL`: every face in front of one provider, without a workspace of one's own.

A workspace of a few lines is written for it, so that `offramp cut`, `restore` and `evidence` work on it too.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.dialects import DIALECTS
from offramp.upstream import find_weights
from offramp.workspace import Workspace, load

CALLER_KEY = "OFFRAMP_KEY"
"""Environment name of the key callers present to a gateway without a workspace."""
LOCAL = "local"
LOCAL_DIALECT = "openai-chat"
"""The API in which the runtime of local models enforces a JSON schema."""
MARK = "# Written by `offramp serve --to`; written anew each time.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneLine:
    """The one-line form as it was typed."""

    to: str
    """`DIALECT=URL`, or `local=SLUG`."""
    key_env: str = ""
    """Environment name of the provider's key."""
    model: str = ""
    """The model asked of the provider, whatever callers ask for; empty passes their name on."""
    is_open: bool = False


def one_line_workspace(asked: OneLine, folder: Path) -> Workspace:
    """A workspace of one route to one provider, written to `folder` and read from there.

    Raises `to-unreadable`, `dialect-unknown`, `url-unreadable`, `model-unknown` or `folder-in-use`.
    """
    dialect, separator, address = asked.to.partition("=")
    if not separator or not address:
        raise OfframpError(
            "to-unreadable",
            f"`{asked.to}` does not say where to",
            help=f"write --to DIALECT=URL, for example --to {next(iter(DIALECTS))}=https://api.example.com",
        )
    upstream = _local(address) if dialect == LOCAL else _remote(dialect, address, asked.key_env)
    model = asked.model or upstream.get("local", "*")
    file = folder / "offramp.yaml"
    if file.exists() and not file.read_text(encoding="utf-8").startswith(MARK):
        raise OfframpError(
            "folder-in-use",
            f"`{folder}` has a workspace of its own",
            help="leave out --to to serve that workspace, or choose another folder with --state",
        )
    whole = {
        "schema": "offramp/workspace/v1",
        "organisation": {"name": "one provider", "kinds": ["company"]},
        "applications": {"caller": {} if asked.is_open else {"key": {"env": CALLER_KEY}}},
        "upstreams": {"provider": upstream},
        "routes": {"*": {"targets": [{"upstream": "provider", "model": model}]}},
    }
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(MARK + yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    return load(folder)


def _remote(dialect: str, url: str, key_env: str) -> JsonObject:
    if dialect not in DIALECTS:
        raise OfframpError(
            "dialect-unknown",
            f"no dialect `{dialect}`",
            help=f"use one of: {', '.join(DIALECTS)}, or local=SLUG for a local model",
        )
    try:
        parts = urlsplit(url)
        is_fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_fine = False
    else:
        is_fine = is_fine and not (parts.username or parts.query or parts.fragment)
    if not is_fine:
        raise OfframpError(
            "url-unreadable",
            f"`{url.rpartition('@')[2]}` is not the plain address of a server",
            help="write http:// or https://, a host and perhaps a port and path; keys go into --key-env",
        )
    upstream: JsonObject = {"vendor": "provider", "dialect": dialect, "url": url}
    if key_env:
        upstream["key"] = {"env": key_env}
    return upstream


def _local(slug: str) -> JsonObject:
    find_weights(slug)
    return {"vendor": "provider", "dialect": LOCAL_DIALECT, "local": slug, "tools": "schema"}
