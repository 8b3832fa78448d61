"""Looks through an image from its highest layer down: what a higher layer replaced or removed is not read.

Installed packages and weights are told by their own descriptions; every other file goes to the detectors.
What was not read is counted for each layer and reason.
"""

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from offramp.core.findings import Coverage, Finding, NotSeen, Scan
from offramp.inventory.environments import Installed, Nameless, describe, is_weights
from offramp.inventory.images.blobs import Blobs, open_blobs
from offramp.inventory.images.manifests import Image, Layer, images
from offramp.inventory.probe import Probe, in_order
from offramp.inventory.reading import LARGEST_FILE, NotRead
from offramp.inventory.streams import Counted, Forward, Hashed, Limits, Member, NotUnpacked, members

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
MOST_HISTORY = 2_000


@dataclass(slots=True)
class _Image:
    """What is known while one image is looked through."""

    shown: str
    limits: Limits
    findings: list[Finding] = field(default_factory=list)
    unreadable: list[NotSeen] = field(default_factory=list)
    skipped: Counter[tuple[str, str]] = field(default_factory=Counter)
    installed: Installed = field(init=False)
    layer_of: dict[str, Layer] = field(default_factory=dict)
    """For descriptions of installed packages, where they were read."""
    covered: set[str] = field(default_factory=set)
    """Paths of higher layers that are not folders, and what they removed."""
    opaque: set[str] = field(default_factory=set)
    """Folders whose lower content a higher layer hides."""
    entries: int = 0
    files: int = 0
    bytes: int = 0

    def __post_init__(self) -> None:
        self.installed = Installed(f"{self.shown}!/")

    def place(self, layer: Layer, path: str) -> str:
        """A path as it is shown."""
        return f"{self.shown}!{layer.shown}/{path}"

    def is_hidden(self, path: str) -> bool:
        """Whether a higher layer replaced or removed what stands at `path`, or a folder above it."""
        parts = path.split("/")
        above = ["/".join(parts[:end]) for end in range(1, len(parts))]
        return path in self.covered or any(one in self.covered or one in self.opaque for one in above)


def scan_image(path: Path, probe: Probe, limits: Limits | None = None) -> Scan:
    """Uses in every image of a docker archive or OCI layout; nothing is unpacked to where it could be run.

    An archive that is damaged or too large ends with what was read until then and the reason in the coverage.
    """
    limits = limits or Limits()
    shown = path.name or path.as_posix()
    findings: list[Finding] = []
    skipped: list[NotSeen] = []
    unreadable: list[NotSeen] = []
    files = size = 0
    try:
        with open_blobs(path, limits) as blobs:
            listed = list(images(blobs))
            several = sum(isinstance(one, Image) for one in listed) > 1
            for number, one in enumerate(listed, 1):
                if isinstance(one, NotSeen):
                    unreadable.append(NotSeen(f"{shown}!{one.path}", one.reason))
                    continue
                state = _Image(f"{shown}#{one.name or number}" if several else shown, limits)
                _look(one, blobs, probe, state)
                findings += state.findings
                skipped += [
                    NotSeen(place, f"{reason} ({count})") for (place, reason), count in state.skipped.items()
                ]
                unreadable += state.unreadable
                files, size = files + state.files, size + state.bytes
    except NotUnpacked as reason:
        unreadable.append(NotSeen(shown, str(reason)))
    except OSError as error:
        unreadable.append(NotSeen(shown, (error.strerror or "cannot be read").lower()))
    return Scan(
        findings=in_order(findings),
        coverage=Coverage(
            files=files,
            bytes=size,
            sources=(f"image {path.as_posix()}",),
            skipped=tuple(skipped),
            unreadable=tuple(unreadable),
        ),
        vendors=probe.knowledge.vendors,
    )


def _look(image: Image, blobs: Blobs, probe: Probe, state: _Image) -> None:
    _look_at_config(image, probe, state)
    for layer in reversed(image.layers):
        gone: set[str] = set()
        opaque: set[str] = set()
        try:
            file, size = blobs.opened(layer.blob)
            with file:
                raw = Hashed(file, size)
                stream = Forward(raw, state.limits)
                for member in members(stream, state.limits):
                    state.entries += 1
                    if state.entries > state.limits.members:
                        raise NotUnpacked(f"the image has more than {state.limits.members} entries")
                    _look_at(member, layer, probe, state, (gone, opaque))
                if layer.blob.startswith("blobs/sha256/") and raw.digest() != layer.blob[13:]:
                    raise NotUnpacked("its content is not what its digest says")
        except NotUnpacked as reason:
            state.unreadable.append(NotSeen(f"{state.shown}!{layer.shown}", str(reason)))
        # A layer hides what is below it, never what is in itself.
        state.covered |= gone
        state.opaque |= opaque
    for one in state.installed.findings(probe.knowledge):
        path = one.path.removeprefix(f"{state.shown}!/")
        layer = state.layer_of[path]
        state.findings.append(replace(one, path=state.place(layer, path), layer=layer.digest))


def _look_at(
    member: Member, layer: Layer, probe: Probe, state: _Image, hides: tuple[set[str], set[str]]
) -> None:
    path = member.name.rstrip("/")
    folder, _, name = path.rpartition("/")
    where = f"{state.shown}!{layer.shown}"
    gone, opaque = hides
    if ".." in path.split("/"):
        state.skipped[where, "a name that leads out of the image"] += 1
        return
    if name == OPAQUE:
        opaque.add(folder)
        return
    if name.startswith(WHITEOUT):
        gone.add(f"{folder}/{name[len(WHITEOUT) :]}".lstrip("/"))
        return
    if member.info.isdir():
        return
    gone.add(path)
    if state.is_hidden(path):
        state.skipped[where, "replaced or removed by a higher layer"] += 1
    elif member.info.issym() or member.info.islnk():
        state.skipped[where, "a link, not followed"] += 1
    elif not member.is_plain_file:
        state.skipped[where, "not a regular file"] += 1
    else:
        _read(member, path, layer, probe, state)


def _read(member: Member, path: str, layer: Layer, probe: Probe, state: _Image) -> None:
    where = f"{state.shown}!{layer.shown}"
    if is_weights(path):
        try:
            member.stream.seek(member.info.offset_data)
            found = describe(f"{state.shown}!/{path}", Counted(member.stream, member.info.size), probe)
        except NotRead as reason:
            state.unreadable.append(NotSeen(state.place(layer, path), str(reason)))
            return
        except Nameless as reason:
            state.skipped[state.place(layer, path), str(reason)] += 1
            return
        state.files += 1
        state.findings += [replace(one, path=state.place(layer, path), layer=layer.digest) for one in found]
        return
    wants = state.installed.wants(path)
    if not wants and state.installed.is_inside(path):
        state.skipped[where, "installed packages, told by their descriptions"] += 1
        return
    if member.info.size > LARGEST_FILE:
        state.skipped[where, f"larger than {LARGEST_FILE >> 20} MiB"] += 1
        return
    data = member.read(LARGEST_FILE)
    state.files += 1
    state.bytes += len(data)
    if wants:
        state.installed.add(path, data)
        state.layer_of[path] = layer
        return
    try:
        examined = probe.examine(f"{state.shown}!/{path}", data)
    except NotRead as reason:
        state.files -= 1
        state.bytes -= len(data)
        state.skipped[where, str(reason)] += 1
        return
    state.findings += [
        replace(one, path=state.place(layer, path), layer=layer.digest) for one in examined.findings
    ]
    state.unreadable += [NotSeen(state.place(layer, path), one.reason) for one in examined.failures]


def _look_at_config(image: Image, probe: Probe, state: _Image) -> None:
    """The settings and the build history, written as the Dockerfile they came from."""
    config = image.config.get("config")
    settings = config if isinstance(config, dict) else {}
    lines = [f"ENV {_line(one)}" for one in _texts(settings.get("Env"))]
    for word in ("Entrypoint", "Cmd"):
        if arguments := _texts(settings.get(word)):
            lines.append(f"{word.upper()} {json.dumps(arguments)}")
    history = image.config.get("history")
    for one in history[:MOST_HISTORY] if isinstance(history, list) else ():
        made = _line(str(one.get("created_by", ""))) if isinstance(one, dict) else ""
        made = made.replace("/bin/sh -c #(nop) ", "").replace("/bin/sh -c ", "RUN ").split("# buildkit")[0]
        if made.strip():
            lines.append(made.strip())
    text = "\n".join(dict.fromkeys(lines)) + "\n"
    examined = probe.examine(f"{state.shown}!/Dockerfile", text.encode("utf-8", "replace"))
    shown = f"{state.shown}!config"
    state.findings += [replace(one, path=shown, line=0, column=0) for one in examined.findings]
    state.unreadable += [NotSeen(shown, one.reason) for one in examined.failures]


def _line(text: str) -> str:
    return " ".join(text.split())


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
