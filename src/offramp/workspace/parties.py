"""`organisation`, `systems`, `applications` and `stance`: who uses what, for what, under which stance."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from offramp.core.ids import ApplicationId, SystemId
from offramp.core.yaml_values import Fields
from offramp.workspace.allowances import read_allowances
from offramp.workspace.model import Application, Notice, Organisation, Stance, System
from offramp.workspace.observing import read_recording
from offramp.workspace.registration import read_registration
from offramp.workspace.words import check_id, read_secret, unknown_name

ORGANISATION = ("name", "kinds")
SYSTEM = ("name", "owner", "paths", "lead_days")
APPLICATION = ("system", "key", "signs", "facts", "via", "registration", "limits", "budgets", "recording")
STANCE = ("by", "reason", "is_strictest", "readings", "notice")


def read_organisation(root: Fields) -> Organisation:
    """`organisation`: whose workspace this is."""
    if "organisation" not in root:
        return Organisation(name="", kinds=())
    fields = root["organisation"].fields(ORGANISATION, required=ORGANISATION)
    return Organisation(name=fields.text("name"), kinds=fields.texts("kinds"))


def read_systems(root: Fields) -> Mapping[SystemId, System]:
    """`systems`: named applications with owners and the paths that belong to them."""
    systems: dict[SystemId, System] = {}
    for name, fields in root.tables("systems", "system", SYSTEM, required=("owner",)):
        check_id(name, "system", fields.named_at, fields)
        for word in fields.items("paths", "a path"):
            path = PurePosixPath(word.raw)
            if path.is_absolute() or ".." in path.parts:
                word.problem(
                    "path-outside",
                    f"`{word.raw}` leaves the workspace",
                    "write paths relative to the folder of offramp.yaml",
                )
        system = System(
            id=SystemId(name),
            name=fields.text("name", default=name),
            owner=fields.text("owner"),
            paths=fields.texts("paths"),
            lead_days=fields.number("lead_days", default=30, least=0, most=3650),
        )
        systems[system.id] = system
    return systems


def read_applications(
    root: Fields, systems: Mapping[SystemId, System]
) -> Mapping[ApplicationId, Application]:
    """`applications`: callers of the gateway."""
    applications: dict[ApplicationId, Application] = {}
    for name, fields in root.tables("applications", "application", APPLICATION):
        check_id(name, "application", fields.named_at, fields)
        system = fields.text("system")
        if system and system not in systems:
            unknown_name(fields, "system", system, systems, "systems")
        registration = read_registration(fields)
        said = registration.facts if registration else {}
        application = Application(
            id=ApplicationId(name),
            system=SystemId(system) if system in systems else None,
            key=read_secret(fields, "key"),
            signs=fields.flag("signs"),
            facts={**said, **fields.facts("facts")},
            via=fields.texts("via"),
            recording=read_recording(fields),
            registration=registration,
            allowances=read_allowances(fields),
        )
        applications[application.id] = application
    return applications


def read_stance(root: Fields) -> Stance | None:
    """`stance`: how contested norms are enforced, or nothing where nobody chose."""
    if "stance" not in root:
        return None
    fields = root["stance"].fields(STANCE, required=("by", "reason"))
    readings = {name: str(value) for name, value in fields.facts("readings").items()}
    stance = Stance(
        by=fields.text("by"),
        reason=fields.text("reason"),
        is_strictest=fields.flag("is_strictest"),
        readings=readings,
        notice=fields.choice("notice", Notice, Notice.ANNOUNCED),
    )
    if stance.is_strictest and readings:
        fields.problem(
            "stance-twice",
            "the stance is both the strictest and a named reading",
            "keep `is_strictest: true` or `readings`",
        )
    return stance
