"""The wheel: whole without the repository, and nothing of anybody's own work in it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATE = "examples/agency/.offramp/keys/permit-desk"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of this tree in which somebody has worked: a key and leftovers lie in it."""
    copy = tmp_path_factory.mktemp("tree")
    for path in committed():
        there = copy / path
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes((ROOT / path).read_bytes())
    for path in (STATE, "examples/agency/service/__pycache__/web.pyc", "src/offramp/__pycache__/x.pyc"):
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_text("left behind", encoding="utf-8")
    built = tmp_path_factory.mktemp("built")
    argv = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
    subprocess.run(argv, cwd=copy, check=True, capture_output=True)
    return next(built.glob("*.whl"))


def committed() -> tuple[str, ...]:
    """The files of this repository that go into a build."""
    argv = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(argv, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    wanted = ("src/", "examples/", "pyproject.toml", "README.md", "LICENSE", ".gitignore")
    return tuple(path for path in listed.split("\0") if path.startswith(wanted) and (ROOT / path).is_file())


def test_everything_and_nothing_else_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {path.removeprefix("src/") for path in committed() if path.startswith("src/")}
    expected |= {f"offramp/{path}" for path in committed() if path.startswith("examples/")}
    assert inside == expected
    for part in (
        "py.typed",
        "vendors/profiles/",
        "vendors/clouds/",
        "workspace/schemas/",
        "upstream/weights/models/",
        "examples/agency/offramp.yaml",
        "examples/us-2026/directive.yaml",
        "examples/story.toml",
    ):
        assert any(name.startswith(f"offramp/{part}") for name in inside), part


def test_it_works_without_the_repository(wheel: Path, tmp_path: Path) -> None:
    """Unpacked somewhere, it finds its profiles, schemas and the bundled organisation."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        "import sys; from pathlib import Path; import offramp; from offramp.cli.main import run\n"
        "from offramp.cli.story.bundled import copy_to\n"
        f"assert Path(offramp.__file__).is_relative_to({str(tmp_path)!r}), offramp.__file__\n"
        "place = copy_to(Path('harbor'))\n"
        "codes = [run(words.split()) for words in (\n"
        "    'vendors show example-a --profiles .', 'schema workspace',\n"
        "    f'scan {place} --no-record --exit-zero', f'terms check {place.parent}/us-2026')]\n"
        "assert codes == [2, 0, 0, 0], codes\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "harbor" / "agency" / ".offramp").exists()
