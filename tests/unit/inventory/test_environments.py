"""Installed environments: packages with what pulls them in, models in caches, weights by their headers."""

import contextlib
import io
import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.core.findings import Scan, Serving
from offramp.core.ids import VendorId
from offramp.inventory import Search, gather
from offramp.inventory.environments import Nameless, describe, scan_environment
from offramp.inventory.environments.headers import (
    LARGEST_HEADER,
    READERS,
    read_gguf,
    read_onnx,
    read_safetensors,
)
from offramp.inventory.probe import Probe
from offramp.inventory.reading import NotRead
from offramp.vendors import Profile

Write = Callable[[Mapping[str, bytes]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes files below a folder of the test's own."""

    def run(files: Mapping[str, bytes]) -> Path:
        for path, data in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(data)
        return tmp_path

    return run


def gguf(**said: str | int | list[str]) -> bytes:
    out = io.BytesIO()
    out.write(b"GGUF" + struct.pack("<IQQ", 3, 1000, len(said)))
    for key, value in said.items():
        name = key.replace("_", ".").encode()
        out.write(struct.pack("<Q", len(name)) + name)
        if isinstance(value, str):
            out.write(struct.pack("<IQ", 8, len(value)) + value.encode())
        elif isinstance(value, int):
            out.write(struct.pack("<II", 4, value))
        else:
            out.write(struct.pack("<IIQ", 9, 8, len(value)))
            for one in value:
                out.write(struct.pack("<Q", len(one)) + one.encode())
    return out.getvalue() + b"\0" * 64


def safetensors(metadata: Mapping[str, str]) -> bytes:
    header = json.dumps(
        {"__metadata__": metadata, "w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
    )
    return struct.pack("<Q", len(header)) + header.encode() + b"\0" * 4


def onnx(name: str) -> bytes:
    def text(number: int, value: bytes) -> bytes:
        return bytes([number << 3 | 2, len(value)]) + value

    pair = text(1, b"model_name") + text(2, name.encode())
    return b"\x08\x07" + text(2, b"exporter") + text(7, b"graph" * 20) + text(14, pair)


def lines(found: Scan) -> list[str]:
    return [f"{one.path} {one.vendor} {one.kind} {'>'.join(one.via)}".rstrip() for one in found.findings]


def meta(name: str, *needs: str) -> bytes:
    return (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        + "".join(f"Requires-Dist: {n}\n" for n in needs)
    ).encode()


def test_python_packages_with_what_pulls_them_in(probe: Probe, write: Write) -> None:
    root = write(
        {
            "site-packages/app-1.0.dist-info/METADATA": meta("app", "middle>=1"),
            "site-packages/app-1.0.dist-info/REQUESTED": b"",
            "site-packages/middle-1.0.dist-info/METADATA": meta(
                "middle", "Example_A (>=2) ; python_version>'3'"
            ),
            "site-packages/example_a-1.0.dist-info/METADATA": meta("example-a"),
            "site-packages/other-1.0.dist-info/METADATA": meta("other"),
            "site-packages/example_a/__init__.py": b'M = "aria-3"\n',
        }
    )
    assert lines(scan_environment(root, probe)) == [
        "site-packages/example_a-1.0.dist-info/METADATA example-a transitive-dependency app>middle"
    ]


def test_what_was_asked_for_is_direct_and_extras_count(probe: Probe, write: Write) -> None:
    root = write(
        {
            "v/site-packages/example_a-1.0.dist-info/METADATA": meta("example-a"),
            "v/site-packages/example_a-1.0.dist-info/REQUESTED": b"",
            "v/site-packages/app-1.0.dist-info/METADATA": meta("app", "frame[example-a]"),
            "v/site-packages/frame-1.0.dist-info/METADATA": meta("frame"),
        }
    )
    found = scan_environment(root, probe)
    assert [one.kind for one in found.findings] == ["dependency", "transitive-dependency"]
    assert found.findings[1].via == ("app",)


def test_a_vendors_module_inside_another_package(probe: Probe, write: Write) -> None:
    root = write(
        {
            "site-packages/bundle-1.0.dist-info/METADATA": meta("bundle"),
            "site-packages/bundle-1.0.dist-info/RECORD": b"example_a/__init__.py,sha256=x,1\nbundle.py,,\n",
        }
    )
    (one,) = scan_environment(root, probe).findings
    assert one.message == "has `bundle` 1.0 installed (pypi), which carries the module `example_a`"


def test_node_modules(probe: Probe, write: Write) -> None:
    root = write(
        {
            "node_modules/app/package.json": b'{"name": "app", "dependencies": {"@example-a/sdk": "2"}}',
            "node_modules/@example-a/sdk/package.json": b'{"name": "@example-a/sdk", "version": "2.1"}',
            "node_modules/broken/package.json": b"{",
        }
    )
    assert lines(scan_environment(root, probe)) == [
        "node_modules/@example-a/sdk/package.json example-a transitive-dependency app"
    ]


@pytest.mark.parametrize(
    "path",
    [
        "hub/models--example--aria-3-7b/refs/main",
        "models/manifests/registry.example/library/aria-3/7b",
        "w/model.gguf",
        "w/model.safetensors",
        "w/model.onnx",
    ],
)
def test_models_in_caches_and_weights(probe: Probe, write: Write, path: str) -> None:
    content = {
        ".gguf": gguf(general_architecture="any", general_name="Aria-3 7B", tokens=["a", "b"], context=4096),
        ".safetensors": safetensors({"format": "pt", "model": "aria-3-7b"}),
        ".onnx": onnx("aria-3-7b"),
    }
    root = write({path: content.get(Path(path).suffix, b"1")})
    (one,) = scan_environment(root, probe).findings
    assert (one.vendor, one.kind, one.serving) == ("example-a", "model-id", Serving.WEIGHTS)
    assert one.path == path


def test_weights_whose_maker_is_unknown_are_named(probe: Probe, write: Write) -> None:
    found = scan_environment(write({"m/x.gguf": gguf(general_name="Nobody 1B")}), probe)
    assert found.findings == ()
    assert "`Nobody 1B`: no profile knows the maker" in " ".join(one.reason for one in found.coverage.skipped)


def test_weights_in_a_tree_and_as_a_path(invented: Mapping[VendorId, Profile], write: Write) -> None:
    root = write({"src/a.py": b"x = 1\n", "models/b.gguf": gguf(general_name="Aria-3 7B")})
    for search in (Search(trees=(root,)), Search(trees=(root / "models" / "b.gguf",))):
        found = gather(search, invented)
        assert [one.serving for one in found.findings] == [Serving.WEIGHTS]
        assert not any("binary" in one.reason for one in found.coverage.skipped)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 1 << 60), "more than"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 1, 1, 1 << 60), "too early"),
        (b"GGUF" + struct.pack("<IQQ", 99, 1, 1), "version 99"),
        (gguf(general_name="x")[:30], "too early"),
        (b"GGML" + b"\0" * 40, "no GGUF"),
    ],
)
def test_a_hostile_gguf_header_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(NotRead, match=reason):
        read_gguf(io.BytesIO(data))


def test_hostile_headers_of_other_formats_are_refused() -> None:
    with pytest.raises(NotRead, match="larger than"):
        read_safetensors(io.BytesIO(struct.pack("<Q", LARGEST_HEADER + 1)))
    with pytest.raises(NotRead, match="not JSON"):
        read_safetensors(io.BytesIO(struct.pack("<Q", 200_000) + b"[" * 200_000))
    with pytest.raises(NotRead):
        read_onnx(io.BytesIO(b"\xff" * 100))


class Counting(io.BytesIO):
    """A file that counts what is read of it."""

    total = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.total += len(data)
        return data


def test_weights_themselves_are_not_read(probe: Probe) -> None:
    file = Counting(gguf(general_name="Aria-3") + b"\1" * 5_000_000)
    describe("a.gguf", file, probe)
    assert file.total < 1_000


@settings(max_examples=200, deadline=None)
@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=60).map(lambda tail: gguf(general_name="Aria-3", n=1)[:40] + tail),
        st.binary(max_size=60).map(lambda tail: safetensors({"a": "b"})[:20] + tail),
        st.binary(max_size=60).map(lambda tail: onnx("aria-3")[:30] + tail),
    ),
    suffix=st.sampled_from(sorted(READERS)),
)
def test_no_bytes_break_a_header(probe: Probe, data: bytes, suffix: str) -> None:
    with contextlib.suppress(NotRead, Nameless):
        describe(f"m{suffix}", io.BytesIO(data), probe)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200), name=st.sampled_from(["METADATA", "RECORD", "package.json"]))
def test_no_bytes_break_a_description(
    probe: Probe, tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
) -> None:
    folder = "node_modules/a" if name == "package.json" else "site-packages/a-1.dist-info"
    root = tmp_path_factory.mktemp("fuzz")
    (root / folder).mkdir(parents=True)
    (root / folder / name).write_bytes(data)
    scan_environment(root, probe)


def test_links_are_not_followed(probe: Probe, write: Write) -> None:
    root = write(
        {
            "env/site-packages/x-1.dist-info/METADATA": meta("x"),
            "out/example_a-1.dist-info/METADATA": meta("example-a"),
        }
    )
    (root / "env" / "site-packages" / "linked").symlink_to(root / "out")
    found = scan_environment(root / "env", probe)
    assert found.findings == ()
    assert "a link, not followed (1)" in [one.reason for one in found.coverage.skipped]
