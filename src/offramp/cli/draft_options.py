"""What `offramp terms new` is told about the draft, and about the model that may propose norms."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the draft says of the instrument."""

    id: Annotated[str, Parameter(help="The instrument's id; by default from the file's name.")] = ""
    kind: Annotated[str, Parameter(help="Its kind: order, clause, contract, usage_policy, law, …")] = "order"
    title: Annotated[str, Parameter(help="Its title; by default the file's name.")] = ""
    issuer: Annotated[str, Parameter(help="Who issued it; it cannot be signed before that is filled in.")] = (
        ""
    )
    by: Annotated[str, Parameter(help="Who encodes it; by default the user of this machine.")] = ""


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The model that proposes norms, if any."""

    draft_with: Annotated[
        str, Parameter(help="Base address of a server in the `openai-chat` shape that proposes norms.")
    ] = ""
    model: Annotated[str, Parameter(help="The model to ask there.")] = ""
    key_env: Annotated[str, Parameter(help="Environment variable with its key.")] = ""
