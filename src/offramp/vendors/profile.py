"""The frozen values a profile is read into. Which blocks and fields exist is decided here.

Every block says where its facts can be read (`source`) and whether somebody compared them with something
(`basis`). Patterns are regular expressions over text that both Python's `re` and hyperscan accept: no
look-around, no back-references.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum

from msgspec import Struct, field

from offramp.core.findings import Route


class Basis(StrEnum):
    """What a block rests on."""

    CHECKED = "checked"
    """Somebody compared it with a source, on a day the block names."""
    RECORDED = "recorded"
    """Written down from general knowledge; nobody compared it with anything."""


class Block(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every block carries. The loader holds the last four together: see `loading`."""

    source: str
    """Where the facts of this block can be read."""
    basis: Basis
    checked: date | None = None
    """The day of the comparison; only where there was one."""
    against: str = ""
    """What it was compared with, if that was not the source itself."""
    unchecked: tuple[str, ...] = ()
    """Fields, or single entries, of a checked block that the comparison did not reach."""


class Words(Block, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names in prose. They make mentions, never uses."""

    names: tuple[str, ...]
    """Words that mean this vendor and nothing else."""
    ambiguous: tuple[str, ...] = ()
    """Given names, animals, verbs and star signs that are also product names: never matched alone."""
    tokens: tuple[str, ...] = ()
    """Words that mean this vendor wherever they are a part of a longer name: of a package, a module, a class.
    In small letters; a dash stands for any joint, or none."""


class Models(Block, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Model names as callers write them."""

    patterns: tuple[str, ...]
    """Shapes nothing else has."""
    in_context: tuple[str, ...] = ()
    """Shapes that count only as the value of something called a model, an engine or a deployment."""
    constants: tuple[str, ...] = ()
    """Shapes of the names as members of enumerations spell them, where no dash or dot can stand."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Names that move, and the name each stood for on the day of the check."""


class Hosted(Block, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Model names as one cloud or reseller writes them."""

    route: Route
    patterns: tuple[str, ...]


class Endpoints(Block, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the vendor's API answers, and what only its protocol says."""

    hosts: tuple[str, ...] = ()
    host_patterns: tuple[str, ...] = ()
    """Hosts with a part that varies, such as a region; `routes` knows them by the pattern."""
    domains: tuple[str, ...] = ()
    """Domains that serve the models and little else: a wildcard for one lets the API through."""
    networks: tuple[str, ...] = ()
    """Networks the vendor says its API answers from, as `address/bits`; nobody else's service is there."""
    sites: tuple[str, ...] = ()
    """The vendor's documentation and shop windows: naming them is a mention."""
    headers: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    """Environment names that hold an address."""
    routes: Mapping[str, Route] = field(default_factory=dict)
    """Hosts reached through something other than the vendor itself."""


class Packages(Block, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Package names per ecosystem; `name[extra]` for a framework's extra that pulls the vendor in."""

    pypi: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    go: tuple[str, ...] = ()
    crates: tuple[str, ...] = ()
    maven: tuple[str, ...] = ()
    nuget: tuple[str, ...] = ()
    rubygems: tuple[str, ...] = ()
    composer: tuple[str, ...] = ()
    pub: tuple[str, ...] = ()
    hex: tuple[str, ...] = ()
    swift: tuple[str, ...] = ()
    """Repositories, such as `git.example/owner/name`."""
    cocoapods: tuple[str, ...] = ()
    routes: Mapping[str, Route] = field(default_factory=dict)


class Imports(Block, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Module names per language, without sub-modules."""

    python: tuple[str, ...] = ()
    javascript: tuple[str, ...] = ()
    go: tuple[str, ...] = ()
    java: tuple[str, ...] = ()
    rust: tuple[str, ...] = ()
    csharp: tuple[str, ...] = ()
    ruby: tuple[str, ...] = ()
    php: tuple[str, ...] = ()
    swift: tuple[str, ...] = ()
    dart: tuple[str, ...] = ()
    lua: tuple[str, ...] = ()
    elixir: tuple[str, ...] = ()
    routes: Mapping[str, Route] = field(default_factory=dict)


class Clients(Block, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names of client classes and constructors: an import of one from anywhere counts."""

    names: tuple[str, ...]
    calls: tuple[str, ...] = ()
    """Methods of the SDK, with what stands before them, that nothing else calls so."""
    routes: Mapping[str, Route] = field(default_factory=dict)


class Credentials(Block, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What keys are called, and what they look like."""

    env: tuple[str, ...]
    keys: tuple[str, ...] = ()
    """Patterns of whole keys, prefix first."""
    settings: tuple[str, ...] = ()
    """What names of environment settings about this vendor begin with, before an underscore."""
    in_context: tuple[str, ...] = ()
    """Names of keys that open more than this vendor's models: they count beside anything else of the kind."""


class Selectors(Block, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How frameworks are told to use this vendor."""

    values: tuple[str, ...]
    """Values of settings such as `provider` or `model_provider`."""
    prefixes: tuple[str, ...] = ()
    """Prefixes of model names with their separator."""
    routes: Mapping[str, Route] = field(default_factory=dict)


class Agents(Block, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Coding agents and other tools of the vendor that are used without an SDK."""

    files: tuple[str, ...] = ()
    """Globs of the files they read; `**/` is implied."""
    commands: tuple[str, ...] = ()
    installers: tuple[str, ...] = ()
    """Scripts that install one, as `host/path`: what is fetched and run is the agent."""
    actions: tuple[str, ...] = ()
    """Steps of CI systems."""
    images: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    """Identifiers of editor extensions and devcontainer features."""


class Infrastructure(Block, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Patterns of cloud resources and permissions that mean this vendor's models."""

    route: Route
    patterns: tuple[str, ...]


class Weights(Block, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Weights anybody can run, and what an instrument about the vendor would make of a copy of one's own.

    `meets`, `undecided` and `spares` are actions instruments name. They say what the words of a norm reach by
    themselves; whether one does is for whoever renders or reads it.
    """

    patterns: tuple[str, ...]
    """What hubs, files and other servers call them."""
    licences: tuple[str, ...] = ()
    meets: tuple[str, ...] = ()
    """Running a copy is this action, whoever serves it."""
    undecided: tuple[str, ...] = ()
    """It depends on the wording or the licence."""
    spares: tuple[str, ...] = ()
    """Running a copy is not this action: nothing is bought of the vendor, or agreed with it."""


class Assistant(Block, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the vendor's coding assistants leave in what they helped to write. Never a use."""

    trailers: tuple[str, ...] = ()
    """Texts in commit messages, in any case."""
    marks: tuple[str, ...] = ()
    """Texts in files, in any case."""


class Saas(Block, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hosted products a scanner cannot see; they guide what to ask and to declare."""

    products: tuple[str, ...]


class Profile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One vendor."""

    schema: str
    """`offramp/vendor/v1`."""
    id: str
    """The file's name without `.toml`."""
    name: str
    products: tuple[str, ...]
    resells: bool = False
    """It serves other vendors' models: one named beside it is reached through it."""
    words: Words
    models: Models
    endpoints: Endpoints
    packages: Packages | None = None
    imports: Imports | None = None
    clients: Clients | None = None
    credentials: Credentials | None = None
    selectors: Selectors | None = None
    agents: Agents | None = None
    saas: Saas | None = None
    assistant: Assistant | None = None
    weights: Weights | None = None
    hosted: tuple[Hosted, ...] = ()
    infrastructure: tuple[Infrastructure, ...] = ()
    notes: tuple[str, ...] = ()
    """What whoever wrote the profile is unsure of."""


class Reach(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a cloud offers one API. `{model}` is the model's name; other names in braces are the owner's."""

    dialect: str
    path: str
    """Where a conversation goes, below the base address."""
    stream_path: str = ""
    """The same for a streamed answer, where it is another one."""
    query: Mapping[str, str] = field(default_factory=dict)
    adds: Mapping[str, str] = field(default_factory=dict)
    """Members a body has here beside those of the API."""
    drops: tuple[str, ...] = ()
    """Members it must not have here."""
    key_header: str = ""
    """Where a key goes, if not where the API puts it."""
    token_url: str = ""
    """Where access tokens are asked for with a client's credentials."""
    scope: str = ""
    """What an access token is to be good for."""


class Cloud(Block, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cloud that resells several vendors' models: what its clients look like, whoever's model they ask."""

    schema: str
    route: Route
    services: tuple[str, ...]
    """Service names a client is made for, and hosts it reaches."""
    opens: tuple[str, ...] = ()
    """Patterns of permissions that name no vendor and so open every model sold there."""
    vendor: str = ""
    """Who runs it, where that vendor has a profile."""
    clients: tuple[str, ...] = ()
    """Names that a general client of the cloud is made with to reach it."""
    permissions: tuple[str, ...] = ()
    """Patterns of actions that do so where the resource beside them is a bare `*`."""
    reach: tuple[Reach, ...] = ()
    """How its paths and bodies differ from those of the vendors' own APIs, one for each API."""


class Frameworks(Block, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Frameworks that serve several vendors: inside one, a vendor's everyday name is told by where it stands.

    A name ends with `*` where only its beginning counts.
    """

    schema: str
    modules: Mapping[str, tuple[str, ...]]
    """Roots of their modules, by language."""
    packages: Mapping[str, tuple[str, ...]]
    """Names of their packages, by ecosystem."""
    companies: tuple[str, ...] = ()
    """Names of settings' values that are also those of companies with other wares: they tell nothing here."""
    routes: Mapping[Route, tuple[str, ...]] = field(default_factory=dict)
    """Words in a name that say how the vendor is reached."""


def route_in(routes: Mapping[str, Route], name: str) -> Route:
    """How one name of a block reaches the vendor; `*` stands for every name without a route of its own."""
    return routes.get(name) or routes.get("*") or Route.DIRECT


def blocks(profile: Profile) -> Iterator[tuple[str, Block]]:
    """Every block of a profile with its table's name; a table that may be given again comes each time."""
    for name in profile.__struct_fields__:
        value = getattr(profile, name)
        for block in value if isinstance(value, tuple) else (value,):
            if isinstance(block, Block):
                yield name, block
