"""Which images a file holds: their names, configurations and layers from the lowest to the highest."""

from collections.abc import Iterator
from dataclasses import dataclass

from offramp.core.findings import NotSeen
from offramp.inventory.images.blobs import Blobs, document, path_of
from offramp.inventory.streams import NotUnpacked

MOST_IMAGES = 64
MOST_LAYERS = 512
DEEPEST_INDEX = 4
ATTESTATION = "attestation-manifest"


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer."""

    blob: str
    """The name of the piece that holds it."""
    digest: str
    """As the manifest or the configuration names it; empty where neither does."""

    @property
    def shown(self) -> str:
        """Short, for paths."""
        return self.digest.partition(":")[2][:12] or self.blob.split("/")[0][:12] or "layer"


@dataclass(frozen=True, slots=True)
class Image:
    """One image."""

    name: str
    """A tag, or empty."""
    config: dict[str, object]
    layers: tuple[Layer, ...]
    """The lowest first."""


def images(blobs: Blobs) -> Iterator[Image | NotSeen]:
    """Every image of an archive or layout; a piece that cannot be read is named."""
    try:
        listed = document(blobs, "manifest.json")
    except NotUnpacked:
        yield from _of_index(blobs, document(blobs, "index.json"), 0)
        return
    entries = _list(listed)
    if not entries:
        raise NotUnpacked("`manifest.json` lists no image")
    for entry in entries[:MOST_IMAGES]:
        try:
            yield _of_archive(blobs, _dict(entry))
        except NotUnpacked as reason:
            yield NotSeen("manifest.json", str(reason))
    if len(entries) > MOST_IMAGES:
        yield NotSeen("manifest.json", f"{len(entries) - MOST_IMAGES} more images")


def _of_archive(blobs: Blobs, entry: dict[str, object]) -> Image:
    config = _dict(document(blobs, str(entry.get("Config", ""))))
    digests = [str(one) for one in _list(_dict(config.get("rootfs")).get("diff_ids"))]
    names = [str(one) for one in _list(entry.get("Layers"))]
    if len(names) > MOST_LAYERS:
        raise NotUnpacked(f"an image has more than {MOST_LAYERS} layers")
    layers = tuple(
        Layer(name, digests[number] if number < len(digests) else "") for number, name in enumerate(names)
    )
    tags = [str(one) for one in _list(entry.get("RepoTags"))]
    return Image(tags[0] if tags else "", config, layers)


def _of_index(blobs: Blobs, index: object, depth: int) -> Iterator[Image | NotSeen]:
    if depth > DEEPEST_INDEX:
        raise NotUnpacked("its indexes lead to each other too deeply")
    listed = [_dict(one) for one in _list(_dict(index).get("manifests"))]
    if not listed and not depth:
        raise NotUnpacked("`index.json` lists no image")
    for number, entry in enumerate(listed):
        digest = str(entry.get("digest", ""))
        if number >= MOST_IMAGES:
            yield NotSeen("index.json", f"{len(listed) - MOST_IMAGES} more images")
            return
        notes = _dict(entry.get("annotations"))
        if notes.get("vnd.docker.reference.type") == ATTESTATION:
            yield NotSeen(digest[:19], "an attestation, not an image")
            continue
        try:
            content = _dict(document(blobs, path_of(digest)))
            if "manifests" in content:
                yield from _of_index(blobs, content, depth + 1)
                continue
            name = str(
                notes.get("io.containerd.image.name") or notes.get("org.opencontainers.image.ref.name") or ""
            )
            yield _of_manifest(blobs, content, name)
        except NotUnpacked as reason:
            yield NotSeen(digest[:19] or "index.json", str(reason))


def _of_manifest(blobs: Blobs, content: dict[str, object], name: str) -> Image:
    listed = [_dict(one) for one in _list(content.get("layers"))]
    if len(listed) > MOST_LAYERS:
        raise NotUnpacked(f"an image has more than {MOST_LAYERS} layers")
    digests = [str(one.get("digest", "")) for one in listed]
    config = _dict(document(blobs, path_of(str(_dict(content.get("config")).get("digest", "")))))
    return Image(name, config, tuple(Layer(path_of(digest), digest) for digest in digests))


def _dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
