"""The sections of `offramp.yaml`, each read into its values, with every cross-reference checked.

Sections are read in the order they refer to each other: systems, applications, upstreams, routes.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from offramp.core.errors import OfframpError
from offramp.core.ids import ApplicationId, RouteName, SystemId, UpstreamId, VendorId
from offramp.core.instants import parse_instant
from offramp.core.secrets import SecretRef
from offramp.core.spans import Span
from offramp.workspace.fields import Fields, did_you_mean
from offramp.workspace.model import (
    Application,
    Notice,
    Organisation,
    Route,
    Stance,
    Successor,
    System,
    Target,
    ToolSupport,
    Upstream,
    WhenForbidden,
)

KEYS = (
    "schema",
    "organisation",
    "instruments",
    "systems",
    "applications",
    "upstreams",
    "routes",
    "successors",
    "stance",
)
ORGANISATION = ("name", "kinds")
SYSTEM = ("name", "owner", "paths", "lead_days")
APPLICATION = ("system", "key", "facts", "via")
SECRET = ("env", "file")
UPSTREAM = ("vendor", "dialect", "url", "local", "key", "tools")
ROUTE = ("targets", "when_forbidden")
TARGET = ("upstream", "model")
SUCCESSOR = ("to", "by")
STANCE = ("by", "reason", "is_strictest", "readings", "notice")

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")
_ENVIRONMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Words the settings may use that other rooms own. An empty set is not checked against."""

    dialects: frozenset[str] = frozenset()
    vendors: frozenset[str] = frozenset()
    """Vendors with a profile. A vendor without one is accepted unless it looks like a slip of the pen."""


def read_organisation(root: Fields) -> Organisation:
    """`organisation`: whose workspace this is."""
    fields = root.inner("organisation", "the organisation", ORGANISATION)
    if fields is None:
        if not root.has("organisation"):
            root.problem(
                "setting-missing",
                "the workspace needs `organisation`",
                "add `organisation: {name: …, kinds: [company]}`",
            )
        return Organisation(name="", kinds=())
    return Organisation(name=fields.text("name"), kinds=fields.texts("kinds", is_required=True))


def read_systems(root: Fields) -> Mapping[SystemId, System]:
    """`systems`: named applications with owners and the paths that belong to them."""
    systems: dict[SystemId, System] = {}
    for name, fields in root.tables("systems", "system", SYSTEM):
        _check_id(name.text, "system", name.span, fields)
        for word in fields.words("paths"):
            if PurePosixPath(word.text).is_absolute() or ".." in PurePosixPath(word.text).parts:
                fields.problem(
                    "path-outside",
                    f"`{word.text}` leaves the workspace",
                    "write paths relative to the folder of offramp.yaml",
                    word.span,
                )
        system = System(
            id=SystemId(name.text),
            name=fields.text("name", default=name.text),
            owner=fields.text("owner"),
            paths=fields.texts("paths"),
            lead_days=fields.integer("lead_days", default=30, least=0, most=3650),
        )
        systems[system.id] = system
    return systems


def read_applications(
    root: Fields, systems: Mapping[SystemId, System]
) -> Mapping[ApplicationId, Application]:
    """`applications`: callers of the gateway."""
    applications: dict[ApplicationId, Application] = {}
    for name, fields in root.tables("applications", "application", APPLICATION):
        _check_id(name.text, "application", name.span, fields)
        system = fields.text("system", default="")
        if system and system not in systems:
            _unknown(fields, "system", system, systems, "systems")
        application = Application(
            id=ApplicationId(name.text),
            system=SystemId(system) if system in systems else None,
            key=read_secret(fields, "key"),
            facts=fields.facts("facts"),
            via=fields.texts("via"),
        )
        applications[application.id] = application
    return applications


def read_secret(fields: Fields, key: str) -> SecretRef | None:
    """A reference to a secret. A secret written out is a problem whose message does not repeat it."""
    if not fields.has(key):
        return None
    where = fields.span(key)
    problems: list[OfframpError] = []
    inner = Fields.of(fields.table.get(key), f"`{key}` of {fields.what}", SECRET, problems)
    if inner is None:
        fields.problem(
            "secret-written-out",
            f"`{key}` of {fields.what} must say where the secret is kept, not what it is",
            "write {env: NAME} or {file: PATH}; if a real secret stood here, replace it",
            where,
        )
        return None
    fields.problems.extend(problems)
    ref = SecretRef(env=inner.text("env", default=""), file=inner.text("file", default=""))
    if bool(ref.env) == bool(ref.file):
        fields.problem(
            "secret-reference",
            f"`{key}` of {fields.what} needs one of `env` and `file`",
            "write {env: NAME} or {file: PATH}",
            where,
        )
        return None
    if ref.env and not _ENVIRONMENT.match(ref.env):
        fields.problem(
            "secret-reference",
            f"`env` of {inner.what} is not the name of an environment variable",
            "write the variable's name, such as EXAMPLE_API_KEY, not its value",
            inner.span("env"),
        )
        return None
    return ref


def read_upstreams(root: Fields, vocabulary: Vocabulary) -> Mapping[UpstreamId, Upstream]:
    """`upstreams`: servers that answer."""
    upstreams: dict[UpstreamId, Upstream] = {}
    for name, fields in root.tables("upstreams", "upstream", UPSTREAM):
        _check_id(name.text, "upstream", name.span, fields)
        dialect = fields.text("dialect")
        if dialect and vocabulary.dialects and dialect not in vocabulary.dialects:
            _unknown(fields, "dialect", dialect, vocabulary.dialects, "")
        url, local = fields.text("url", default=""), fields.text("local", default="")
        if bool(url) == bool(local):
            fields.problem(
                "upstream-place",
                f"{fields.what} needs one of `url` and `local`",
                "write `url: https://…` for a server, or `local: MODEL` for a model run here",
            )
        if url and not url.startswith(("http://", "https://")):
            fields.problem(
                "upstream-url",
                f"`{url}` is not an HTTP address",
                "begin it with https:// (or http:// on this machine)",
                fields.span("url"),
            )
        upstream = Upstream(
            id=UpstreamId(name.text),
            vendor=read_vendor(fields, "vendor", vocabulary),
            dialect=dialect,
            url=url.rstrip("/"),
            local=local,
            key=read_secret(fields, "key"),
            tools=fields.choice("tools", ToolSupport, ToolSupport.NATIVE),
        )
        upstreams[upstream.id] = upstream
    return upstreams


def read_routes(root: Fields, upstreams: Mapping[UpstreamId, Upstream]) -> Mapping[RouteName, Route]:
    """`routes`: where each model name leads."""
    routes: dict[RouteName, Route] = {}
    for name, fields in root.tables("routes", "route", ROUTE):
        targets = []
        for target in fields.items("targets", f"target of {fields.what}", TARGET):
            upstream, model = target.text("upstream"), target.text("model")
            if upstream and upstream not in upstreams:
                _unknown(target, "upstream", upstream, upstreams, "upstreams")
            targets.append(Target(upstream=UpstreamId(upstream), model=model))
        if not targets:
            fields.problem(
                "route-without-target",
                f"{fields.what} leads nowhere",
                "add `targets: [{upstream: …, model: …}]`",
            )
        routes[RouteName(name.text)] = Route(
            name=RouteName(name.text),
            targets=tuple(targets),
            when_forbidden=fields.choice("when_forbidden", WhenForbidden, WhenForbidden.REFUSE),
        )
    return routes


def read_successors(root: Fields, vocabulary: Vocabulary) -> Mapping[VendorId, Successor]:
    """`successors`: what each vendor's uses move to."""
    successors: dict[VendorId, Successor] = {}
    for name, fields in root.tables("successors", "successor", SUCCESSOR):
        _check_vendor(name.text, name.span, fields, vocabulary)
        to = read_vendor(fields, "to", vocabulary)
        if to == name.text:
            fields.problem(
                "successor-is-self",
                f"`{to}` cannot be its own successor",
                "name another vendor",
                fields.span("to"),
            )
        vendor = VendorId(name.text)
        successors[vendor] = Successor(vendor=vendor, to=to, by=read_date(fields, "by"))
    return successors


def read_stance(root: Fields) -> Stance | None:
    """`stance`: how contested norms are enforced, or nothing where nobody chose."""
    fields = root.inner("stance", "the stance", STANCE)
    if fields is None:
        return None
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


def read_vendor(fields: Fields, key: str, vocabulary: Vocabulary) -> VendorId:
    """A vendor's id, as in its profile where it has one."""
    vendor = fields.text(key)
    if vendor:
        _check_vendor(vendor, fields.span(key), fields, vocabulary)
    return VendorId(vendor)


def read_date(fields: Fields, key: str) -> str:
    """A date or an instant as written, checked; empty where it is not given."""
    text = fields.text(key, default="")
    if text:
        try:
            parse_instant(text)
        except OfframpError as error:
            fields.problem(error.code, error.message, error.help, fields.span(key))
            return ""
    return text


def _check_vendor(vendor: str, where: Span, fields: Fields, vocabulary: Vocabulary) -> None:
    if not _ID.match(vendor):
        _check_id(vendor, "vendor", where, fields)
    elif vocabulary.vendors and vendor not in vocabulary.vendors:
        near = _slip(vendor, vocabulary.vendors)
        if near:
            fields.problem(
                "vendor-unknown", f"no vendor profile `{vendor}`", f"did you mean `{near}`?", where
            )


def _slip(word: str, options: frozenset[str]) -> str:
    """The one option that is a letter or two away; an invented name is not a slip."""
    for option in sorted(options):
        if abs(len(option) - len(word)) <= 1 and _distance(word, option) <= 2 and len(option) > 4:
            return option
    return ""


def _distance(left: str, right: str) -> int:
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


def _check_id(name: str, what: str, where: Span, fields: Fields) -> None:
    if not _ID.match(name):
        fields.problem(
            "id-unreadable",
            f"`{name}` cannot name a {what}",
            "use small letters, digits, `.`, `-` and `_`, beginning with a letter or digit",
            where,
        )


def _unknown(fields: Fields, key: str, word: str, options: Iterable[str], section: str) -> None:
    fields.problem(
        f"{key}-unknown",
        f"no {key} `{word}`",
        did_you_mean(word, options, f"add `{word}` under `{section}`"),
        fields.span(key),
    )
