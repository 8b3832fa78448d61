"""`upstreams`, `routes` and `successors`: where requests go, and what they move to."""

from collections.abc import Mapping
from pathlib import Path

from offramp.core.ids import RouteName, UpstreamId, VendorId
from offramp.core.yaml_values import Fields
from offramp.workspace.model import (
    LossPolicy,
    OnFailure,
    Repair,
    Route,
    Successor,
    Target,
    ToolSupport,
    Upstream,
    WhenForbidden,
)
from offramp.workspace.observing import read_recording, read_shadow
from offramp.workspace.reaching import REACH, read_outbound, read_reaching
from offramp.workspace.registration import Deployment
from offramp.workspace.rules import RULES, read_model_facts, read_rules
from offramp.workspace.words import (
    Vocabulary,
    check_id,
    check_vendor,
    read_date,
    read_secret,
    read_vendor,
    unknown_name,
)

UPSTREAM = (
    *("vendor", "dialect", "url", "local", "key", "auth", "deployment", "network", "tools", "outbound"),
    *REACH,
)
ROUTE = (
    "targets",
    "when_forbidden",
    "on_failure",
    "retries",
    "losses",
    "repair",
    "recording",
    "shadow",
    *RULES,
)
TARGET = ("upstream", "model", "weight", "facts")
MOST_WEIGHT = 10_000
SUCCESSOR = ("to", "by")
MOST_RETRIES = 5


def read_upstreams(settings: Fields, vocabulary: Vocabulary, root: Path) -> Mapping[UpstreamId, Upstream]:
    """`upstreams`: servers that answer. `root` is where files are looked for."""
    usual = read_outbound(settings, root)
    upstreams: dict[UpstreamId, Upstream] = {}
    for name, fields in settings.tables("upstreams", "upstream", UPSTREAM, required=("vendor", "dialect")):
        check_id(name, "upstream", fields.named_at, fields)
        dialect = fields.text("dialect")
        if dialect and vocabulary.dialects and dialect not in vocabulary.dialects:
            unknown_name(fields, "dialect", dialect, vocabulary.dialects, "")
        url, local = fields.text("url"), fields.text("local")
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
            id=UpstreamId(name),
            vendor=read_vendor(fields, "vendor", vocabulary),
            dialect=dialect,
            url=url.rstrip("/"),
            local=local,
            key=read_secret(fields, "key"),
            deployment=fields.choice("deployment", Deployment, Deployment.NOT_SAID),
            network=fields.text("network"),
            tools=fields.choice("tools", ToolSupport, ToolSupport.NATIVE),
            reaching=read_reaching(fields, dialect, usual, root),
        )
        upstreams[upstream.id] = upstream
    return upstreams


def read_routes(root: Fields, upstreams: Mapping[UpstreamId, Upstream]) -> Mapping[RouteName, Route]:
    """`routes`: where each model name leads."""
    routes: dict[RouteName, Route] = {}
    for name, fields in root.tables("routes", "route", ROUTE):
        targets = []
        for item in fields.items("targets", f"the target of {fields.what}"):
            target = item.fields(TARGET, required=("upstream", "model"))
            upstream, model = target.text("upstream"), target.text("model")
            if upstream and upstream not in upstreams:
                unknown_name(target, "upstream", upstream, upstreams, "upstreams")
            targets.append(_target(target, upstream, model))
        if not targets:
            fields.problem(
                "route-without-target",
                f"{fields.what} leads nowhere",
                "add `targets: [{upstream: …, model: …}]`",
            )
        routes[RouteName(name)] = Route(
            name=RouteName(name),
            targets=tuple(targets),
            when_forbidden=fields.choice("when_forbidden", WhenForbidden, WhenForbidden.REFUSE),
            on_failure=fields.choice("on_failure", OnFailure, OnFailure.NEXT),
            retries=fields.number("retries", default=1, least=0, most=MOST_RETRIES),
            losses=fields.choice("losses", LossPolicy, LossPolicy.DECLARE),
            repair=fields.choice("repair", Repair, Repair.NEVER),
            rules=read_rules(fields),
            recording=read_recording(fields),
            shadow=read_shadow(fields, upstreams),
        )
        _check_rules(fields, routes[RouteName(name)])
    return routes


def _target(fields: Fields, upstream: str, model: str) -> Target:
    weight = fields.number("weight", least=0, most=MOST_WEIGHT) if "weight" in fields else None
    return Target(upstream=UpstreamId(upstream), model=model, weight=weight, facts=read_model_facts(fields))


def _check_rules(fields: Fields, route: Route) -> None:
    """Record what the targets make impossible."""
    weights = [target.weight for target in route.targets]
    if any(weight is not None for weight in weights) and (None in weights or not sum(filter(None, weights))):
        fields.problem(
            "weights-incomplete",
            f"{fields.what} gives some targets a weight and not others, or none more than 0",
            "give every target a `weight`, or none",
            fields.span("targets"),
        )
    for key in ("schedule", "bands"):
        if key in fields and len(route.targets) < 2:
            fields.problem(
                "route-without-successor",
                f"{fields.what} has one target, so nothing can move",
                "add a second target, or leave it out",
                fields.span(key),
            )


def read_successors(root: Fields, vocabulary: Vocabulary) -> Mapping[VendorId, Successor]:
    """`successors`: what each vendor's uses move to."""
    successors: dict[VendorId, Successor] = {}
    for name, fields in root.tables("successors", "successor", SUCCESSOR, required=("to",)):
        check_vendor(name, fields.named_at, fields, vocabulary)
        to = read_vendor(fields, "to", vocabulary)
        if to == name:
            fields.problem(
                "successor-is-self",
                f"`{to}` cannot be its own successor",
                "name another vendor",
                fields.span("to"),
            )
        vendor = VendorId(name)
        successors[vendor] = Successor(vendor=vendor, to=to, by=read_date(fields, "by"))
    return successors
