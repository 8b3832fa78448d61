"""Writes the reference pages that are made from the code: commands, detectors, formats, vendors.

python tools/reference.py            write them
python tools/reference.py --check    exit 1 and name each page that is not up to date
"""

import io
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

from cyclopts import App
from dialect_pages import pages as dialect_pages
from rich.console import Console

from offramp.cli.main import build
from offramp.inventory.detectors import DETECTORS
from offramp.inventory.logs import LogFormat, log_formats
from offramp.report import FORMATS
from offramp.report.documents.vendor_models import count, price, reasons_by, takes
from offramp.vendors import VENDORS, Basis, Block, Profile, blocks
from offramp.vendors.models import Model, load_models

WIDTH = 100
FOLDER = Path("docs/reference")
HEADS = {
    "commands": """# Commands

Made by `tools/reference.py` from the program's own help. What the exit codes mean is in
[exit codes](exit-codes.md).
""",
    "detectors": """# Detectors

Made by `tools/reference.py` from the detectors themselves. A detector's slug is the kind of the findings it
makes, and the name of its cases in `tests/cases/detectors`.
""",
    "formats": """# Report formats

Made by `tools/reference.py` from the formats themselves. Every command that reads takes `--format` and `-o`;
not every document has every format.
""",
    "logs": """# Kinds of log

Made by `tools/reference.py` from the formats in `src/offramp/inventory/logs/formats`. A field is read from
the first of the places listed that a record has; `a/b` is a step into an object, `a{k}` a lookup in a list of
keys and values.
`offramp scan --logs FILE` finds out which kind a log is; `--log-format` names it.
""",
    "models": """# Models

Made by `tools/reference.py` from `src/offramp/vendors/models`. What single models can do, each fact with the
day it was compared and with what; `offramp vendors models` prints it, with sources. A gap means *not known*:
nothing is guessed from a name, and an unknown ability changes nothing in a request. What is known makes a
request fit its model ([what that loses](losses.md)).

| Field | Meaning |
| --- | --- |
| `names` | as callers write them; a date or `latest` after one stands for the same model |
| `context`, `output` | tokens it can read; tokens it can answer with at most |
| `tools`, `parallel_tools` | it takes tools; it may ask for several at once |
| `forced_tools` | it can be made to use a tool |
| `vision`, `pdf` | it sees images; it reads PDF files |
| `json_schema`, `prefill` | it keeps to a JSON schema; it goes on with an answer begun for it |
| `reasoning` | it can reason before it answers |
| `efforts`, `budget` | the levels of effort it knows, or the least and most tokens of reasoning |
| `takes_reasoning_back` | it wants its own earlier reasoning in the conversation |
| `newer_limit` | its API wants the limit of an answer by its newer name, which counts reasoning |
| `knobs`, `temperature_max` | sampling knobs it takes, an empty list for none; the highest temperature |
| `knowledge` | the month until which its knowledge is reliable |
| `input_price`, `output_price` | US dollars for a million tokens |
| `cache_read_price`, `cache_write_price` | the same for tokens from and into the cache |
| `retires` | the day from which requests for it fail, where one was announced |

Prices are list prices on the day of the check, without discounts, tiers or regions.
""",
    "vendors": """# Vendors

Made by `tools/reference.py` from the profiles in `src/offramp/vendors/profiles`. Being listed says nothing
about a vendor but that its uses can be found. A block of a profile is *checked*: its names were compared with
a source on a day, in whole or in part; or it is *recorded*: written down from general knowledge.
`offramp vendors show VENDOR` says of each what it was compared with, and what was not.
""",
}


def commands() -> str:
    """The help of every command, as the program prints it."""
    sections = [
        f"## {name}\n\n```text\n{text}\n```\n" for name, text in helps(build(whole=True), ("offramp",))
    ]
    return "\n".join([HEADS["commands"], *sections])


def helps(app: App, name: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The name and help of `app` and of every command below it, in alphabetical order."""
    yield " ".join(name), _help(app)
    for command in sorted(app):
        if not command.startswith("-"):
            yield from helps(app[command], (*name, command))


def detectors() -> str:
    """The docstring of every detector: what it finds, why it matters, what to do, its limits."""
    sections = [
        f"## {slug}\n\n{_lowered(_docstring(f'offramp.inventory.detectors.{_module(slug)}'))}\n"
        for slug in (detector.slug for detector in DETECTORS)
    ]
    return "\n".join([HEADS["detectors"], *sections])


def formats() -> str:
    """The docstring of every report format."""
    sections = [
        f"## {slug}\n\n{_docstring(f'offramp.report.formats.{_module(slug)}')}\n" for slug in sorted(FORMATS)
    ]
    return "\n".join([HEADS["formats"], *sections])


def logs() -> str:
    """Every kind of log: what it is, how it is recognised, and where each field is read."""
    return "\n".join(
        [HEADS["logs"], *(f"## {name}\n\n{_log(one)}\n" for name, one in sorted(log_formats().items()))]
    )


def _log(one: LogFormat) -> str:
    rows = [
        ("described in", one.source),
        ("recognised by", ", ".join(f"`{place}`" for place in one.requires)),
        *(
            (f"only where `{place}` is", ", ".join(f"`{value}`" for value in values))
            for place, values in one.only.items()
        ),
        *((field, ", ".join(f"`{place}`" for place in places)) for field, places in one.fields.items()),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows if value)
    return f"{one.title}\n\n| | |\n| --- | --- |\n{table}"


def vendors() -> str:
    """What each profile knows, how much of it, and what its writer was unsure of."""
    return "\n".join(
        [HEADS["vendors"], *(f"## {vendor}\n\n{_profile(VENDORS[vendor])}\n" for vendor in sorted(VENDORS))]
    )


def models() -> str:
    """What is known of every model, a table for each vendor."""
    sections = [
        f"## {vendor}\n\n{MODELS_HEAD}{''.join(map(_model, found))}"
        for vendor, found in load_models().items()
    ]
    return "\n".join([HEADS["models"], *sections])


MODELS_HEAD = """\
| Model | Reads | Answers | Takes | Reasons by | Knobs | Knows to | Price in / out | Retires |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""


def _model(model: Model) -> str:
    """One row."""
    cells = (
        ", ".join(f"`{name}`" for name in model.names),
        count(model.context),
        count(model.output),
        takes(model),
        reasons_by(model),
        "" if model.knobs is None else ", ".join(model.knobs) or "none",
        model.knowledge,
        price(model),
        str(model.retires or ""),
    )
    return f"| {' | '.join(cells)} |\n"


def _profile(profile: Profile) -> str:
    packages, imports = profile.packages, profile.imports
    keys = profile.credentials.env if profile.credentials else ()
    rows = (
        ("products", ", ".join(profile.products)),
        ("packages", ", ".join(_ecosystems(packages))),
        ("imports", ", ".join(_ecosystems(imports))),
        ("hosts", ", ".join(f"`{host}`" for host in profile.endpoints.hosts)),
        ("networks", ", ".join(f"`{network}`" for network in profile.endpoints.networks)),
        ("names of keys", ", ".join(f"`{name}`" for name in keys)),
        ("routes besides direct", ", ".join(sorted({hosted.route.value for hosted in profile.hosted}))),
        ("sells others' models", "yes" if profile.resells else ""),
        (
            "open weights",
            ", ".join(f"`{one}`" for one in profile.weights.patterns) if profile.weights else "",
        ),
        ("checked", _bases(profile, Basis.CHECKED)),
        ("recorded, not checked", _bases(profile, Basis.RECORDED)),
    )
    table = "\n".join(f"| {name} | {value} |" for name, value in rows if value)
    notes = "".join(f"\n- {note}" for note in profile.notes)
    return f"{profile.name}\n\n| | |\n| --- | --- |\n{table}{chr(10) if notes else ''}{notes}"


def _bases(profile: Profile, basis: Basis) -> str:
    """The names of the blocks with one basis."""
    own = [(name, block) for name, block in blocks(profile) if block.basis is basis]
    return ", ".join(f"{name} (in part)" if block.unchecked else name for name, block in own)


def _ecosystems(block: object) -> Iterator[str]:
    """How many names a block has per ecosystem or language."""
    for name in getattr(block, "__struct_fields__", ()):
        value = getattr(block, name)
        if name not in Block.__struct_fields__ and isinstance(value, tuple) and value:
            yield f"{len(value)} {name}"


def _docstring(module: str) -> str:
    return (import_module(module).__doc__ or "").strip()


def _lowered(text: str) -> str:
    """Headings of a docstring, two levels further down."""
    return re.sub(r"^# (.*)$", r"### \1\n", text, flags=re.M)


def _module(slug: str) -> str:
    return slug.replace("-", "_")


def _help(app: App) -> str:
    buffer = io.StringIO()
    app.help_print([], console=Console(file=buffer, width=WIDTH, no_color=True, force_terminal=False))
    lines = [line.rstrip() for line in buffer.getvalue().splitlines()]
    return "\n".join(lines).strip("\n")


PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands,
    "detectors.md": detectors,
    "formats.md": formats,
    "logs.md": logs,
    "models.md": models,
    "vendors.md": vendors,
}


def main(arguments: list[str], root: Path) -> int:
    """Write or check the pages under `root`; returns the exit code."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    stale = 0
    whole = {name: made() for name, made in PAGES.items()} | dialect_pages(root)
    for name, wanted in whole.items():
        path = root / FOLDER / name
        if path.is_file() and path.read_text(encoding="utf-8") == wanted:
            continue
        if arguments:
            sys.stderr.write(f"{FOLDER / name} is not what the code says now; run `make docs`\n")
            stale = 1
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted, encoding="utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).parents[1]))
