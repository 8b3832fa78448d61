"""Images are read layer by layer: what a higher layer hides is not there, and a hostile archive ends."""

import gzip
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.inventory.images import is_image, scan_image
from offramp.inventory.probe import Probe
from offramp.inventory.streams import Limits

USE = b'MODEL = "aria-3"\n'
METADATA = b"Metadata-Version: 2.1\nName: example-a\nVersion: 1.2\n\n"
Entries = Sequence[tuple[str, bytes]]


def tar_of(entries: Entries) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def docker_archive(path: Path, layers: Sequence[bytes], config: Mapping[str, object] | None = None) -> Path:
    digests = [f"sha256:{sha256(layer).hexdigest()}" for layer in layers]
    content = {"config": config or {}, "rootfs": {"type": "layers", "diff_ids": digests}}
    names = [f"{number:02}/layer.tar" for number in range(len(layers))]
    manifest = [{"Config": "config.json", "RepoTags": ["app:1"], "Layers": names}]
    entries = [
        *zip(names, layers, strict=True),
        ("config.json", json.dumps(content).encode()),
        ("manifest.json", json.dumps(manifest).encode()),
    ]
    path.write_bytes(tar_of(entries))
    return path


def oci_layout(folder: Path, layers: Sequence[bytes]) -> Path:
    (folder / "blobs" / "sha256").mkdir(parents=True)

    def blob(data: bytes) -> dict[str, object]:
        name = sha256(data).hexdigest()
        (folder / "blobs" / "sha256" / name).write_bytes(data)
        return {"digest": f"sha256:{name}", "size": len(data), "mediaType": "x"}

    described = [blob(layer) for layer in layers]
    config = blob(b'{"config": {"Env": ["EXAMPLE_A_API_KEY=x"]}}')
    manifest = blob(json.dumps({"config": config, "layers": described}).encode())
    (folder / "index.json").write_text(json.dumps({"manifests": [manifest]}), encoding="utf-8")
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}', encoding="utf-8")
    return folder


def short(layer: bytes) -> str:
    return sha256(layer).hexdigest()[:12]


def test_a_docker_archive_is_read_with_its_layers(probe: Probe, tmp_path: Path) -> None:
    low = tar_of([("app/main.py", USE), ("usr/share/doc.md", b"ExampleA\n")])
    high = tar_of([("app/other.py", USE)])
    config = {"Env": ["EXAMPLE_A_API_KEY=secret-value-1"], "Cmd": ["python", "app/main.py"]}
    image = docker_archive(tmp_path / "app.tar", [low, high], config)
    assert is_image(image)
    found = scan_image(image, probe)
    assert {one.path for one in found.findings} == {
        f"app.tar!{short(low)}/app/main.py",
        f"app.tar!{short(low)}/usr/share/doc.md",
        f"app.tar!{short(high)}/app/other.py",
        "app.tar!config",
    }
    assert all(one.layer.startswith("sha256:") for one in found.findings if "config" not in one.path)
    assert "secret-value-1" not in str(found)
    assert not found.coverage.unreadable


def test_higher_layers_hide_lower_ones(probe: Probe, tmp_path: Path) -> None:
    low = tar_of(
        [
            ("a.py", USE),
            ("gone.py", USE),
            ("dir/x.py", USE),
            ("opaque/y.py", USE),
            ("opaque2/z.py", USE),
            ("f/g.py", USE),
        ]
    )
    high = tar_of(
        [
            ("a.py", b"pass\n"),
            (".wh.gone.py", b""),
            (".wh.dir", b""),
            ("opaque/.wh..wh..opq", b""),
            ("opaque/new.py", USE),
            ("f", b"now a file"),
        ]
    )
    found = scan_image(docker_archive(tmp_path / "i.tar", [low, high]), probe)
    assert {one.path.partition("/")[2] for one in found.findings} == {"opaque/new.py", "opaque2/z.py"}
    hidden = [one.reason for one in found.coverage.skipped if "higher layer" in one.reason]
    assert hidden == ["replaced or removed by a higher layer (5)"]


@pytest.mark.parametrize("is_compressed", [False, True])
def test_an_oci_layout_as_folder_and_as_archive(probe: Probe, tmp_path: Path, is_compressed: bool) -> None:
    layer = gzip.compress(tar_of([("srv/app.py", USE)]))
    folder = oci_layout(tmp_path / "layout", [layer])
    assert is_image(folder)
    found = scan_image(folder, probe)
    assert {one.path for one in found.findings} == {f"layout!{short(layer)}/srv/app.py", "layout!config"}
    archive = tmp_path / "layout.tar"
    with tarfile.open(archive, "w:gz" if is_compressed else "w") as out:
        out.add(folder, arcname=".")
    assert is_image(archive)
    again = scan_image(archive, probe)
    assert [one.kind for one in again.findings] == [one.kind for one in found.findings]


def test_installed_packages_are_told_by_their_descriptions(probe: Probe, tmp_path: Path) -> None:
    site = "usr/lib/python3/site-packages"
    layer = tar_of(
        [
            (f"{site}/example_a-1.2.dist-info/METADATA", METADATA),
            (f"{site}/example_a-1.2.dist-info/REQUESTED", b""),
            (f"{site}/example_a/client.py", USE),
            ("app/node_modules/@example-a/sdk/package.json", b'{"name": "@example-a/sdk", "version": "2.0"}'),
            ("app/node_modules/@example-a/sdk/index.js", b'const m = "aria-3"\n'),
        ]
    )
    found = scan_image(docker_archive(tmp_path / "i.tar", [layer]), probe)
    assert [(one.kind, one.message) for one in found.findings] == [
        ("dependency", "has `@example-a/sdk` 2.0 installed (npm)"),
        ("dependency", "has `example-a` 1.2 installed (pypi)"),
    ]
    assert any("installed packages" in one.reason for one in found.coverage.skipped)


def test_ids_stay_when_a_layer_is_built_again(probe: Probe, tmp_path: Path) -> None:
    one = scan_image(docker_archive(tmp_path / "i.tar", [tar_of([("a.py", USE)])]), probe)
    two = scan_image(docker_archive(tmp_path / "i.tar", [tar_of([("b", b"x"), ("a.py", USE)])]), probe)
    assert [each.id for each in one.findings] == [each.id for each in two.findings]
    assert [each.path for each in one.findings] != [each.path for each in two.findings]


def test_a_layer_that_is_not_what_its_digest_says_is_named(probe: Probe, tmp_path: Path) -> None:
    layer = tar_of([("a.py", USE)])
    folder = oci_layout(tmp_path / "image", [layer])
    blob = folder / "blobs" / "sha256" / sha256(layer).hexdigest()
    blob.write_bytes(tar_of([("b.py", USE)]))
    found = scan_image(folder, probe)
    assert "not what its digest says" in " ".join(one.reason for one in found.coverage.unreadable)


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, target
        archive.addfile(info)
        data = tarfile.TarInfo("ok.py")
        data.size = len(USE)
        archive.addfile(data, io.BytesIO(USE))
    return out.getvalue()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_counted_and_not_followed(probe: Probe, tmp_path: Path, kind: bytes) -> None:
    found = scan_image(docker_archive(tmp_path / "i.tar", [link("etc", "/etc/passwd", kind)]), probe)
    assert len(found.findings) == 1
    assert found.coverage.skipped


def test_names_that_lead_out_are_counted(probe: Probe, tmp_path: Path) -> None:
    layer = tar_of([("../../etc/cron.d/x", USE), ("/absolute.py", USE), ("ok.py", USE)])
    found = scan_image(docker_archive(tmp_path / "i.tar", [layer]), probe)
    assert {one.path.partition("/")[2] for one in found.findings} == {"absolute.py", "ok.py"}
    assert "a name that leads out of the image (1)" in [one.reason for one in found.coverage.skipped]


def hostile_layers() -> dict[str, tuple[bytes, Limits, str]]:
    zeros = gzip.compress(tar_of([("ok.py", USE), ("zeros", b"\0" * 4_000_000)]))
    many = tar_of([("ok.py", USE), *((f"f{number}", b"") for number in range(200))])
    long_header = io.BytesIO()
    with tarfile.open(fileobj=long_header, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("x")
        info.pax_headers = {"comment": "y" * 400_000}
        archive.addfile(info)
    return {
        "ratio": (zeros, Limits(free=1_000_000, ratio=10), "grows more than 10-fold"),
        "bytes": (zeros, Limits(bytes=1_000_000), "holds more than"),
        "members": (many, Limits(members=100), "more than 100 entries"),
        "header": (long_header.getvalue(), Limits(one_read=100_000), "header of more than is read at once"),
        "cut": (gzip.compress(many)[:-40], Limits(), "damaged"),
        "cut-tar": (many[:700], Limits(), ""),
        "noise": (b"\x1f\x8b" + b"noise" * 200, Limits(), "damaged"),
        "zstd": (b"\x28\xb5\x2f\xfd" + b"x" * 50, Limits(), ""),
        "xz": (b"\xfd7zXZ\x00" + b"x" * 50, Limits(), "xz or bzip2"),
    }


@pytest.mark.parametrize("name", hostile_layers())
def test_a_hostile_layer_ends_with_a_result(probe: Probe, tmp_path: Path, name: str) -> None:
    layer, limits, reason = hostile_layers()[name]
    good = gzip.compress(tar_of([("good.py", USE)]))
    found = scan_image(oci_layout(tmp_path / "image", [layer, good]), probe, limits)
    assert any(one.path.endswith("good.py") for one in found.findings)
    assert found.coverage.unreadable
    assert reason in " ".join(one.reason for one in found.coverage.unreadable)


@pytest.mark.parametrize(
    "manifest",
    [
        b"not json",
        b"{}",
        b"[]",
        b'[{"Config": "../../etc/passwd", "Layers": ["../x"]}]',
        b'[{"Config": 3, "Layers": {"a": 1}}]',
        b"[" * 100_000,
    ],
)
def test_a_hostile_manifest_ends_with_a_result(probe: Probe, tmp_path: Path, manifest: bytes) -> None:
    path = tmp_path / "i.tar"
    path.write_bytes(tar_of([("manifest.json", manifest), ("index.json", b"{}")]))
    found = scan_image(path, probe)
    assert found.findings == ()
    assert found.coverage.unreadable


def test_an_index_that_leads_to_itself_ends(probe: Probe, tmp_path: Path) -> None:
    folder = oci_layout(tmp_path / "image", [tar_of([("a.py", USE)])])
    index = (folder / "index.json").read_bytes()
    digest = json.loads(index)["manifests"][0]["digest"]
    looped = json.dumps({"manifests": [{"digest": digest}]}).encode()
    (folder / "blobs" / "sha256" / digest.partition(":")[2]).write_bytes(looped)
    found = scan_image(folder, probe)
    assert "too deeply" in " ".join(one.reason for one in found.coverage.unreadable)


def test_links_in_a_layout_folder_are_not_followed(probe: Probe, tmp_path: Path) -> None:
    folder = oci_layout(tmp_path / "image", [tar_of([("a.py", USE)])])
    (folder / "blobs").rename(tmp_path / "elsewhere")
    (folder / "blobs").symlink_to(tmp_path / "elsewhere")
    found = scan_image(folder, probe)
    assert found.findings == ()
    assert "leads out of the image" in " ".join(one.reason for one in found.coverage.unreadable)


LAYER = gzip.compress(tar_of([("a.py", USE), ("b/c.txt", b"x" * 3000)]))


@settings(max_examples=120, deadline=None)
@given(at=st.integers(0, len(LAYER) - 1), data=st.binary(min_size=1, max_size=8), cut=st.booleans())
def test_no_bytes_break_a_layer(
    probe: Probe, tmp_path_factory: pytest.TempPathFactory, at: int, data: bytes, cut: bool
) -> None:
    layer = LAYER[:at] + data + (b"" if cut else LAYER[at + len(data) :])
    folder = tmp_path_factory.mktemp("fuzz")
    found = scan_image(docker_archive(folder / "i.tar", [layer]), probe)
    assert found.coverage.sources


@settings(max_examples=80, deadline=None)
@given(
    data=st.binary(max_size=2000),
    prefix=st.sampled_from([b"", b"\x1f\x8b", tar_of([("manifest.json", b"[]")])[:600]]),
)
def test_no_bytes_break_an_archive(
    probe: Probe, tmp_path_factory: pytest.TempPathFactory, data: bytes, prefix: bytes
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "i.tar"
    path.write_bytes(prefix + data)
    is_image(path)
    assert scan_image(path, probe).coverage.unreadable
