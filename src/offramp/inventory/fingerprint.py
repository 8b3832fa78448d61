"""What a kept result depends on besides the file: the code, the profiles, the vendors asked for."""

import hashlib
import importlib.util
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

from offramp.core.ids import VendorId
from offramp.inventory.engines import DIGEST_BYTES, write_whole
from offramp.vendors import VENDORS, Profile, load_clouds

ROOM = Path(__file__).parent
GRAMMARS = "ast_grep_py"


def fingerprint(
    profiles: Mapping[VendorId, Profile], vendors: Sequence[VendorId], detectors: Sequence[str]
) -> str:
    """A digest that differs whenever another scan could find something else in the same bytes."""
    digest = hashlib.sha256(_code().encode())
    digest.update("\0".join(vendors).encode())
    if profiles is VENDORS:
        # As they stand in the package, and without reading what is in them.
        digest.update(_packaged().encode())
    else:
        for one in (*(profiles[vendor] for vendor in vendors), *load_clouds().values()):
            digest.update(msgspec.json.encode(one, order="deterministic"))
    digest.update("\0".join(detectors).encode())
    return digest.hexdigest()


def read_again(profiles: Mapping[VendorId, Profile], cache: Path | None) -> Mapping[VendorId, Profile]:
    """The packaged profiles from the cache folder, where reading them takes a twentieth of the time."""
    if cache is None or profiles is not VENDORS:
        return profiles
    place = cache / f"profiles-{_packaged()[:32]}.read"
    with suppress(OSError, msgspec.MsgspecError):
        kept = place.read_bytes()
        if hashlib.sha256(kept[DIGEST_BYTES:]).digest() == kept[:DIGEST_BYTES]:
            known = msgspec.msgpack.decode(kept[DIGEST_BYTES:], type=dict[str, Profile])
            return {VendorId(name): one for name, one in known.items()}
    body = msgspec.msgpack.encode(dict(profiles))
    with suppress(OSError):
        write_whole(place, hashlib.sha256(body).digest() + body)
    return profiles


@cache
def _packaged() -> str:
    """A digest of the packaged profiles and clouds."""
    digest = hashlib.sha256()
    for path in sorted((ROOM.parent / "vendors").rglob("*.toml")):
        digest.update(path.name.encode() + path.read_bytes())
    for path in sorted((ROOM.parent / "vendors").glob("*.py")):
        digest.update(path.read_bytes())
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
