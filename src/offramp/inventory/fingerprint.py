"""What a kept result depends on besides the file: the code, the profiles, the vendors asked for."""

import hashlib
import importlib.util
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec

from offramp.core.ids import VendorId
from offramp.vendors import Profile, load_clouds

ROOM = Path(__file__).parent
GRAMMARS = "ast_grep_py"


def fingerprint(
    profiles: Mapping[VendorId, Profile], vendors: Sequence[VendorId], detectors: Sequence[str]
) -> str:
    """A digest that differs whenever another scan could find something else in the same bytes."""
    digest = hashlib.sha256(_code().encode())
    for one in (*(profiles[vendor] for vendor in vendors), *load_clouds().values()):
        digest.update(msgspec.json.encode(one, order="deterministic"))
    digest.update("\0".join(detectors).encode())
    return digest.hexdigest()


@cache
def _code() -> str:
    """A digest of every file the findings are made by, and of which grammars are installed."""
    digest = hashlib.sha256()
    for path in sorted((*ROOM.rglob("*.py"), *ROOM.rglob("*.toml"), *(ROOM.parent / "vendors").glob("*.py"))):
        digest.update(path.read_bytes())
    spec = importlib.util.find_spec(GRAMMARS)
    if spec is not None and spec.origin:
        status = Path(spec.origin).stat()
        digest.update(f"{status.st_size} {status.st_mtime_ns}".encode())
    return digest.hexdigest()
