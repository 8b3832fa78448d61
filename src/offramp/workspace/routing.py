"""`upstreams`, `routes` and `successors`: where requests go, and what they move to."""

from collections.abc import Mapping

from offramp.core.ids import RouteName, UpstreamId, VendorId
from offramp.core.yaml_values import Fields
from offramp.workspace.model import (
    Auth,
    AuthScheme,
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
from offramp.workspace.registration import Deployment
from offramp.workspace.words import (
    Vocabulary,
    check_id,
    check_vendor,
    read_date,
    read_secret,
    read_vendor,
    unknown_name,
)

UPSTREAM = ("vendor", "dialect", "url", "local", "key", "auth", "deployment", "network", "tools")
AUTH = ("scheme", "region", "service", "key_id", "secret", "token")
ROUTE = ("targets", "when_forbidden", "on_failure", "retries", "losses", "repair", "recording", "shadow")
TARGET = ("upstream", "model")
SUCCESSOR = ("to", "by")
MOST_RETRIES = 5


def read_upstreams(root: Fields, vocabulary: Vocabulary) -> Mapping[UpstreamId, Upstream]:
    """`upstreams`: servers that answer."""
    upstreams: dict[UpstreamId, Upstream] = {}
    for name, fields in root.tables("upstreams", "upstream", UPSTREAM, required=("vendor", "dialect")):
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
            auth=_read_auth(fields),
            deployment=fields.choice("deployment", Deployment, Deployment.NOT_SAID),
            network=fields.text("network"),
            tools=fields.choice("tools", ToolSupport, ToolSupport.NATIVE),
        )
        upstreams[upstream.id] = upstream
    return upstreams


def _read_auth(fields: Fields) -> Auth | None:
    value = fields.get("auth")
    if value is None:
        return None
    inner = value.fields(AUTH, required=("scheme", "region", "service", "key_id", "secret"))
    if "key" in fields:
        fields.problem(
            "upstream-auth-twice", f"{fields.what} has both `key` and `auth`", "keep the one its server takes"
        )
    key_id, secret = read_secret(inner, "key_id"), read_secret(inner, "secret")
    if key_id is None or secret is None:
        return None
    return Auth(
        scheme=inner.choice("scheme", AuthScheme, AuthScheme.SIGV4),
        region=inner.text("region"),
        service=inner.text("service"),
        key_id=key_id,
        secret=secret,
        token=read_secret(inner, "token"),
    )


def read_routes(root: Fields, upstreams: Mapping[UpstreamId, Upstream]) -> Mapping[RouteName, Route]:
    """`routes`: where each model name leads."""
    routes: dict[RouteName, Route] = {}
    for name, fields in root.tables("routes", "route", ROUTE):
        targets = []
        for item in fields.items("targets", f"the target of {fields.what}"):
            target = item.fields(TARGET, required=TARGET)
            upstream, model = target.text("upstream"), target.text("model")
            if upstream and upstream not in upstreams:
                unknown_name(target, "upstream", upstream, upstreams, "upstreams")
            targets.append(Target(upstream=UpstreamId(upstream), model=model))
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
            recording=read_recording(fields),
            shadow=read_shadow(fields, upstreams),
        )
    return routes


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
