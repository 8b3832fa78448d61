"""What to look for, made from the profiles: each signal is one expression and what finding it would mean."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from offramp.core.findings import Route
from offramp.core.ids import VendorId
from offramp.vendors import Block, Cloud, Imports, Packages, Profile, route_in


class Sign(StrEnum):
    """What an expression stands for."""

    MODEL = "model"
    MODEL_IN_CONTEXT = "model-in-context"
    MODEL_CONSTANT = "model-constant"
    """A model's name as the member of an enumeration spells it."""
    CALLS = "calls"
    """A method that only one SDK has."""
    SETTING = "setting"
    """The name of an environment setting about a vendor: a key, an address, a model."""
    HOST = "host"
    SITE = "site"
    HEADER = "header"
    ADDRESS_NAME = "address-name"
    ADDRESS_SPELLING = "address-spelling"
    """The same as settings and arguments write it, in small letters, with dashes or humps."""
    KEY_NAME = "key-name"
    KEY_SPELLING = "key-spelling"
    """A key's name in small letters, with dashes, slashes or humps, as settings write it."""
    KEY_IN_CONTEXT = "key-in-context"
    """A key's name that opens other things too."""
    KEY = "key"
    SELECTOR = "selector"
    PREFIX = "prefix"
    MODULE = "module"
    PACKAGE = "package"
    CLIENT = "client"
    COMMAND = "command"
    INSTALLER = "installer"
    ACTION = "action"
    IMAGE = "image"
    EXTENSION = "extension"
    RESOURCE = "resource"
    NAME = "name"
    SERVICE = "service"
    """A cloud's service that resells several vendors' models; it names no vendor."""
    OPENS = "opens"
    """A permission that names no vendor and opens every model a cloud sells."""
    PERMISSION = "permission"
    """An action of a cloud that does so where its resource is a bare `*`."""
    WORD = "word"
    """A word that names may be made of, anywhere in the file: its names are worth reading. No place."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One expression and its meaning."""

    vendor: VendorId
    """Empty for a cloud's service."""
    sign: Sign
    pattern: str
    """A regular expression that Python and hyperscan both read."""
    text: str
    """The literal it stands for; empty for true patterns."""
    route: Route
    scope: str = ""
    """Language of a module, ecosystem of a package."""
    ignores_case: bool = False


SETTINGS = (
    "REASONING_EFFORT|DEPLOYMENT_NAME|FLASH_ATTENTION|ORGANIZATION_ID|TIMEOUT_SECONDS|CONTEXT_LENGTH|"
    "DEPLOYMENT_ID|INSTANCE_NAME|RESOURCE_NAME|CONTEXT_SIZE|NUM_PARALLEL|ORGANIZATION|SERVICE_NAME|"
    "API_VERSION|DIMENSIONS?|MAX_RETRIES|TEMPERATURE|CACHE_TYPE|DEPLOYMENT|KEEP_ALIVE|MAX_TOKENS|"
    "MODEL_NAME|PROJECT_ID|TIMEOUT_MS|API_TYPE|ENDPOINT|MODEL_ID|VOICE_ID|API_KEY|APIKEY|MODELS?|"
    "NUM_CTX|PROJECT|SERVICE|TIMEOUT|ENGINE|ORG_ID|REGION|SECRET|PROXY|TOKEN|TOP_P|VOICE|BASE|HOST|PORT|"
    "KEY|ORG|URI|URL"
)
"""What names of settings end with that say which key, model, address or way is used."""
INSIDE = r"""(?:\?\.|->|["'] ?\] ?\[ ?["']|[\])]\[:)"""
"""What stands between the name of a vendor's settings and that of one of them, where code reads it."""
APART = r"""(?:["'], ?["']|, ?:|["'](?:, ?\{\})?\)\.get\(["']|["']? ?(?:=>|:) ?[\[{(] ?["']?)"""
"""The same as two arguments, or in two steps: words that may stand so by chance must be whole."""
SHORTEST_ROOT = 3
"""A name no longer than this is told by the whole of a setting's name alone."""
LONGEST_PLAIN_ARTIFACT = 10
"""An artifact of one short word, such as `service`, is a word of every text; its group tells it."""
WORD = r"[A-Za-z0-9_]"
BEFORE: Mapping[Sign, re.Pattern[bytes]] = {
    sign: re.compile(expression.encode())
    for sign, expression in {
        Sign.MODEL: r"[A-Za-z0-9_-]",
        Sign.MODEL_IN_CONTEXT: r"[A-Za-z0-9_./-]",
        Sign.MODEL_CONSTANT: r"[0-9/-]",
        Sign.CALLS: WORD,
        Sign.SETTING: r"[A-Za-z0-9]",
        Sign.HOST: WORD,
        Sign.SITE: r"[A-Za-z0-9_.-]",
        Sign.HEADER: r"[A-Za-z0-9_-]",
        Sign.ADDRESS_NAME: r"[A-Za-z0-9]",
        Sign.ADDRESS_SPELLING: r"[A-Za-z0-9]",
        Sign.KEY_NAME: r"[A-Za-z0-9]",
        Sign.KEY_SPELLING: r"[A-Za-z0-9]",
        Sign.KEY_IN_CONTEXT: r"[A-Za-z0-9]",
        Sign.KEY: r"[A-Za-z0-9_-]",
        Sign.SELECTOR: r"[A-Za-z0-9_./@-]",
        Sign.PREFIX: r"[A-Za-z0-9_./@-]",
        Sign.MODULE: WORD,
        Sign.PACKAGE: r"[A-Za-z0-9_]",
        Sign.CLIENT: WORD,
        Sign.COMMAND: r"[A-Za-z0-9_.-]",
        Sign.INSTALLER: r"[A-Za-z0-9_.-]",
        Sign.ACTION: r"[A-Za-z0-9_.-]",
        Sign.IMAGE: r"[A-Za-z0-9_.-]",
        Sign.EXTENSION: r"[A-Za-z0-9_.-]",
        Sign.RESOURCE: WORD,
        Sign.NAME: WORD,
        Sign.SERVICE: r"[A-Za-z0-9_]",
        Sign.OPENS: WORD,
        Sign.PERMISSION: WORD,
        Sign.WORD: r"(?!)",
    }.items()
}
"""What may not stand directly before a signal, because it would be the tail of another word."""

AFTER: Mapping[Sign, re.Pattern[bytes]] = {
    sign: re.compile(expression.encode())
    for sign, expression in {
        Sign.MODEL: WORD,
        Sign.MODEL_IN_CONTEXT: r"[A-Za-z0-9_./-]",
        Sign.MODEL_CONSTANT: r"[A-Za-z0-9_-]",
        Sign.CALLS: WORD,
        Sign.SETTING: r"[A-Za-z0-9_]",
        Sign.HOST: r"[A-Za-z0-9_-]|\.[A-Za-z0-9]",
        Sign.SITE: r"[A-Za-z0-9_-]",
        Sign.HEADER: r"[A-Za-z0-9_-]",
        Sign.ADDRESS_NAME: r"(?!S(?![A-Za-z0-9]))[A-Za-z0-9]",
        Sign.ADDRESS_SPELLING: r"[A-Za-z0-9_]",
        Sign.KEY_NAME: r"(?!S(?![A-Za-z0-9]))[A-Za-z0-9]",
        Sign.KEY_SPELLING: r"(?!s(?![A-Za-z0-9]))(?!(?:s?Existing)?Secret|Ref\b)[A-Za-z0-9]",
        Sign.KEY_IN_CONTEXT: r"[A-Za-z0-9_]",
        Sign.KEY: WORD,
        Sign.SELECTOR: r"[A-Za-z0-9_./:@-]",
        Sign.PREFIX: WORD,
        Sign.MODULE: WORD,
        Sign.PACKAGE: WORD,
        Sign.CLIENT: WORD,
        Sign.COMMAND: r"[A-Za-z0-9_./:@=-]",
        Sign.INSTALLER: r"[A-Za-z0-9_./-]",
        Sign.ACTION: r"[A-Za-z0-9_-]",
        Sign.IMAGE: r"(?!)",
        Sign.EXTENSION: r"[A-Za-z0-9_-]",
        Sign.RESOURCE: WORD,
        Sign.NAME: WORD,
        Sign.SERVICE: WORD,
        Sign.OPENS: r"[A-Za-z0-9_.-]",
        Sign.PERMISSION: WORD,
        Sign.WORD: r"(?!)",
    }.items()
}
"""What may not stand directly after one."""


def signals(
    profiles: Mapping[VendorId, Profile], clouds: Mapping[Route, Cloud], vendors: Iterable[VendorId]
) -> tuple[Signal, ...]:
    """Every signal of the chosen vendors, and the clouds' services."""
    found = [signal for vendor in vendors for signal in _of(vendor, profiles[vendor])]
    for route, cloud in clouds.items():
        found += [_literal(VendorId(""), Sign.SERVICE, text, route) for text in cloud.services]
        for sign, patterns in ((Sign.OPENS, cloud.opens), (Sign.PERMISSION, cloud.permissions)):
            found += [_pattern(VendorId(""), sign, one, route, ignores_case=False) for one in patterns]
    return tuple(dict.fromkeys(found))


def _of(vendor: VendorId, one: Profile) -> Iterator[Signal]:
    for name in one.words.names:
        yield _literal(vendor, Sign.NAME, name)
    for sign, patterns in ((Sign.MODEL, one.models.patterns), (Sign.MODEL_IN_CONTEXT, one.models.in_context)):
        for pattern in patterns:
            yield _pattern(vendor, sign, pattern)
    for pattern in one.models.constants:
        yield _pattern(vendor, Sign.MODEL_CONSTANT, pattern)
    for hosted in one.hosted:
        for pattern in hosted.patterns:
            yield _pattern(vendor, Sign.MODEL, pattern, hosted.route)
    for resource in one.infrastructure:
        for pattern in resource.patterns:
            yield _pattern(vendor, Sign.RESOURCE, pattern, resource.route, ignores_case=False)
    routes = one.endpoints.routes
    for sign, texts, ignores_case in (
        (Sign.HOST, one.endpoints.hosts, True),
        (Sign.HOST, one.endpoints.networks, True),
        (Sign.SITE, one.endpoints.sites, True),
        (Sign.HEADER, one.endpoints.headers, True),
        (Sign.ADDRESS_NAME, one.endpoints.env, False),
    ):
        for text in texts:
            yield _literal(vendor, sign, text, route_in(routes, text), ignores_case=ignores_case)
    for text in one.endpoints.env:
        pattern = _any_address_spelling(text, one.words.ambiguous)
        if pattern:
            yield _pattern(vendor, Sign.ADDRESS_SPELLING, pattern, route_in(routes, text))
    for text in one.endpoints.domains:
        yield _literal(vendor, Sign.HOST, f".{text}", route_in(routes, text), ignores_case=True)
    for pattern in one.endpoints.host_patterns:
        yield _pattern(vendor, Sign.HOST, pattern, route_in(routes, pattern))
    yield from _code(vendor, one)
    yield from _tools(vendor, one)


def _code(vendor: VendorId, one: Profile) -> Iterator[Signal]:
    for sign, block in ((Sign.PACKAGE, one.packages), (Sign.MODULE, one.imports)):
        if block is None:
            continue
        for scope, texts in scopes(block):
            for text in texts:
                shown = text.partition("[")[0]
                found = _literal(
                    vendor,
                    sign,
                    shown,
                    route_in(block.routes, text),
                    scope=scope,
                    ignores_case=sign is Sign.PACKAGE,
                )
                if scope == "pypi":
                    found = replace(found, pattern=_any_spelling(shown))
                elif scope == "maven":
                    found = replace(found, pattern=re.escape(_told_by(shown)))
                elif sign is Sign.MODULE:
                    found = replace(found, pattern=_in_an_import(text, scope, one.words.ambiguous))
                yield found
    if one.clients is not None:
        for text in one.clients.names:
            yield _literal(vendor, Sign.CLIENT, text, route_in(one.clients.routes, text))
        for text in one.clients.calls:
            yield _literal(vendor, Sign.CALLS, text)
    if one.selectors is not None:
        routes = one.selectors.routes
        for text in one.selectors.values:
            yield _literal(vendor, Sign.SELECTOR, text, route_in(routes, text), ignores_case=True)
        for text in one.selectors.prefixes:
            pattern = re.escape(text) + r"(?:\*|[A-Za-z0-9][A-Za-z0-9._:@/-]*)"
            yield _pattern(vendor, Sign.PREFIX, pattern, route_in(routes, text), ignores_case=False)


def _in_an_import(name: str, scope: str, everyday: Iterable[str]) -> str:
    """A module's name; a word of every text, or one class of a module, only where it is imported."""
    above, _, last = name.rpartition(".")
    if scope == "python" and last[:1].isupper():
        return rf"from[ \t]+{re.escape(above)}[ \t]+import[ \t(][^\n]*{re.escape(last)}"
    if name.lower() not in {word.lower() for word in everyday}:
        return re.escape(name)
    if scope == "python":
        return rf"(?:from|import)[ \t]+{re.escape(name)}"
    return rf"""["'`]{re.escape(name)}""" if scope in ("javascript", "ruby") else re.escape(name)


def scopes(block: Packages | Imports) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The lists of a block by ecosystem or language, without what every block says of itself."""
    for scope in type(block).__struct_fields__:
        texts = getattr(block, scope)
        if scope not in Block.__struct_fields__ and isinstance(texts, tuple):
            yield scope, texts


def _any_key_spelling(name: str, everyday: Iterable[str]) -> str:
    """The same name as settings and secret stores write it; of a word of every text the whole name."""
    account = re.fullmatch(r"[A-Z][A-Z0-9]{3,}(?:_[A-Z]+){1,2}_ID", name)
    if account is not None:
        return "[-_]".join(name.lower().split("_"))
    found = re.fullmatch(r"([A-Z][A-Z0-9_]{2,})_API_(KEY|TOKEN)", name)
    if found is None:
        return ""
    is_everyday = found[1].lower() in {word.lower() for word in everyday}
    may_be_short = found[2] == "KEY" and not is_everyday and len(found[1]) > SHORTEST_ROOT
    last = "(?:api[-_.]?)?key" if may_be_short else f"api[-_.]?{found[2].lower()}"
    name = "(?:__|[-_./:])?".join(found[1].lower().split("_"))
    whole = f"api[-_]?{found[2].lower()}"
    return f"{name}(?:(?:__|[-_./:]|{INSIDE})?{last}|{APART}{whole}|(?:__|:)credential)"


def _any_address_spelling(name: str, everyday: Iterable[str]) -> str:
    """The same for an address: whatever settings call one, after a name that the profile knows."""
    found = re.fullmatch(r"([A-Z][A-Z0-9_]{2,}?)_(?:API_BASE|API_HOST|API_URL|BASE_URL|ENDPOINT|HOST)", name)
    if found is None:
        return ""
    is_everyday = found[1].lower() in {word.lower() for word in everyday}
    may_be_short = not is_everyday and len(found[1]) > SHORTEST_ROOT
    whole = "api[-_]?(?:base|url)|base[-_]?url"
    last = whole + ("|url|uri|host|endpoint" if may_be_short else "")
    name = "(?:__|[-_:])?".join(found[1].lower().split("_"))
    return rf"{name}(?:(?:__|[-_:])?(?:{last})|(?:\.|{INSIDE}|{APART})(?:{whole}|endpoint))"


def _told_by(coordinate: str) -> str:
    """The part of `group:artifact` that starts a file, for manifests write the two apart."""
    group, _, artifact = coordinate.partition(":")
    return artifact if "-" in artifact or len(artifact) > LONGEST_PLAIN_ARTIFACT else group


def _any_spelling(name: str) -> str:
    """Python packages are one name however their words are joined."""
    return "[-_.]".join(re.escape(part) for part in re.split(r"[-_.]+", name))


def _tools(vendor: VendorId, one: Profile) -> Iterator[Signal]:
    if one.credentials is not None:
        for text in one.credentials.env:
            yield _literal(vendor, Sign.KEY_NAME, text, _route_of(text))
            spelling = _any_key_spelling(text, one.words.ambiguous)
            if spelling:
                yield _pattern(vendor, Sign.KEY_SPELLING, spelling, _route_of(text))
        for text in one.credentials.in_context:
            yield _literal(vendor, Sign.KEY_IN_CONTEXT, text)
            if re.fullmatch(r"[A-Z]+_API_KEY", text):
                spelt = "[-_]?".join(text.lower().split("_"))
                yield _pattern(vendor, Sign.KEY_IN_CONTEXT, spelt)
        for text in one.credentials.settings:
            pattern = rf"{re.escape(text)}_(?:[A-Z0-9]+_)*(?:{SETTINGS})(?![A-Za-z0-9_])"
            yield Signal(vendor, Sign.SETTING, pattern, f"{text}_", _route_of(text))
        for pattern in one.credentials.keys:
            yield _pattern(vendor, Sign.KEY, pattern, ignores_case=False)
    if one.agents is not None:
        for sign, texts in (
            (Sign.COMMAND, one.agents.commands),
            (Sign.INSTALLER, one.agents.installers),
            (Sign.ACTION, one.agents.actions),
            (Sign.IMAGE, one.agents.images),
            (Sign.EXTENSION, one.agents.extensions),
        ):
            for text in texts:
                yield _literal(vendor, sign, text)


def _route_of(prefix: str) -> Route:
    return Route.AZURE if prefix.startswith("AZURE_") else Route.DIRECT


@cache
def escaped(text: str) -> str:
    """The pattern that is exactly a text; the same text comes back in several signals."""
    return re.escape(text)


def _literal(
    vendor: VendorId,
    sign: Sign,
    text: str,
    route: Route = Route.DIRECT,
    *,
    scope: str = "",
    ignores_case: bool = False,
) -> Signal:
    return Signal(vendor, sign, escaped(text), text, route, scope, ignores_case)


def _pattern(
    vendor: VendorId, sign: Sign, pattern: str, route: Route = Route.DIRECT, *, ignores_case: bool = True
) -> Signal:
    return Signal(vendor, sign, pattern, "", route, "", ignores_case)
