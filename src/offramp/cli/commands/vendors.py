"""`offramp vendors`: which vendors are known, and what marks a use of each."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from offramp.cli.vendor_models import models

app = App(
    name="vendors",
    help="List the vendors with a profile, or show what marks a use of one.\n\n"
    "For example:\n\n"
    "  offramp vendors\n\n"
    "  offramp vendors show VENDOR\n\n"
    "  offramp vendors models VENDOR\n\n"
    "  offramp vendors check my-vendors/example.toml\n\n"
    "  offramp vendors --profiles my-vendors/ --format json",
)


app.command(models)


@app.default
def vendors(
    *,
    profiles: Path | None = None,
    format: str = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> None:
    """List every vendor with a profile.

    Parameters
    ----------
    profiles
        Folder of further profiles; one of the same name replaces ours.
    format
        Text, html, json or csv.
    output
        File to write instead of standard output.
    """
    from offramp.cli.output import emit
    from offramp.core.instants import now
    from offramp.report.documents.vendors import vendors_document
    from offramp.vendors import load_profiles

    emit(vendors_document(load_profiles(profiles), now()), format, output)


@app.command
def show(
    vendor: str,
    *,
    profiles: Path | None = None,
    format: str = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> None:
    """Show one profile in full, with the source and date of every block.

    Parameters
    ----------
    vendor
        Its name in the list.
    profiles
        Folder of further profiles; one of the same name replaces ours.
    format
        Text, html, json or csv.
    output
        File to write instead of standard output.
    """
    from offramp.cli.output import emit
    from offramp.core.instants import now
    from offramp.report.documents.vendors import vendor_document
    from offramp.vendors import load_profiles, profile

    emit(vendor_document(profile(vendor, load_profiles(profiles)), now()), format, output)


@app.command
def check(
    files: tuple[Path, ...] = (),
    /,
    *,
    profiles: Path | None = None,
    format: str = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> None:
    """Check profiles: what cannot be read, finds nothing or finds too much, each with its line.

    Parameters
    ----------
    files
        Profiles to check; without any, and without a folder, those that come with the product.
    profiles
        Folder whose profiles to check.
    format
        Text, html, json or csv.
    output
        File to write instead of standard output.
    """
    from offramp.cli.output import check_output, emit, finish
    from offramp.core.errors import Exit, OfframpError
    from offramp.core.instants import now
    from offramp.report.documents.vendors_check import vendors_check_document
    from offramp.vendors import check_profiles

    check_output(format, output)
    named = [*files, *(sorted(profiles.glob("*.toml")) if profiles else ())]
    if profiles is not None and not named:
        raise OfframpError(
            "nothing-to-check",
            f"no profile in `{profiles}`",
            help="name a folder that holds <vendor>.toml files",
            exit_code=Exit.NOTHING,
        )
    at = now()
    checked = check_profiles(named, today=at.date())
    emit(vendors_check_document(checked, at), format, output)
    if checked.problems:
        finish(Exit.USAGE)
