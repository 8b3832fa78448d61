"""The bundled organisation, copied to a folder of its own for one telling."""

import shutil
import tempfile
from pathlib import Path

import offramp
from offramp.core.errors import OfframpError

ORGANISATION = "agency"
SHARED_INSTRUMENTS = ("own-rule", "us-2026", "wordings")
CAST = "story.toml"
LEFT_BEHIND = shutil.ignore_patterns(".offramp", "__pycache__", ".pytest_cache", "*.pyc")


def copy_to(folder: Path | None) -> Path:
    """Copy the organisation and its instruments side by side. Returns the organisation's workspace.

    Raises `demo-folder-not-empty` rather than mix with what is there.
    """
    place = Path(tempfile.mkdtemp(prefix="offramp-demo-")) if folder is None else folder
    if place.exists() and any(place.iterdir()):
        raise OfframpError(
            "demo-folder-not-empty",
            f"`{place}` is not empty",
            help="name an empty or a new folder, or leave --folder out for a temporary one",
        )
    examples = _examples()
    for name in (ORGANISATION, *SHARED_INSTRUMENTS):
        shutil.copytree(examples / name, place / name, ignore=LEFT_BEHIND)
    shutil.copy(examples / CAST, place / CAST)
    return place / ORGANISATION


def _examples() -> Path:
    package = Path(offramp.__file__).parent
    for candidate in (package / "examples", package.parents[1] / "examples"):
        if (candidate / ORGANISATION / "offramp.yaml").is_file():
            return candidate
    raise OfframpError(
        "demo-example-missing",
        "this installation does not contain the bundled organisation",
        help="install offramp from a release or from its repository",
    )
