"""A workspace: `offramp.yaml`, instruments and declarations read into one frozen value, or located errors."""

from offramp.workspace import texts
from offramp.workspace.edit import with_successor
from offramp.workspace.load import find, load
from offramp.workspace.model import (
    Application,
    Route,
    Stance,
    Target,
    Upstream,
    WhenForbidden,
    Workspace,
)
from offramp.workspace.questions import load_instruments, question_for
from offramp.workspace.schemas import json_schema
from offramp.workspace.secrets import resolve_secret

__all__ = [
    "Application",
    "Route",
    "Stance",
    "Target",
    "Upstream",
    "WhenForbidden",
    "Workspace",
    "find",
    "json_schema",
    "load",
    "load_instruments",
    "question_for",
    "resolve_secret",
    "texts",
    "with_successor",
]
