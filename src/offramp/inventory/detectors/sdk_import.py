"""Imports of a vendor's SDK, or of a framework's module for that vendor.

# What it finds
`import`, `from … import`, `require`, `use`, `using` and their like that name a module listed in a profile's
`imports`. In Python, JavaScript and TypeScript also imports of a client class listed in its `clients` from
any other module. Those three are read as syntax trees, the scripts of Vue, Svelte and Astro files among them;
Go, Java, Kotlin, Scala, Groovy, Rust, C, C++, C#, F#, Ruby, PHP, Swift, Dart, Lua, Elixir, Haskell, Julia,
Perl and R by their words. In configuration, a class that is named with a framework's package
(`_target_: frame.chat.ExampleChat`), or a client class under a key such as `type`.

# Why it matters
An import is the clearest sign of a direct use and the line a rewrite begins at.

# What to do
Move the code to the successor's SDK or to a neutral one, or keep the SDK and point it at a gateway. The
import says whose library is used; whose model answers depends on the address and the model name.

# Limits
Of imports made from strings only those by functions with a well-known name are found. Modules loaded by
plug-in systems and a vendor's module copied into your own tree under another name are not found. A module of
your own that has an SDK's name is taken for it.
"""

import re
from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind, Route
from offramp.inventory.configured import classes
from offramp.inventory.regions import Place
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign

BY_NAME = re.compile(
    rb"""(?:\b(?:import_module|__import__|depends_on|optional_import|try_import|import_optional\w*
    |(?:lazy|optional)_?(?:import|load)\w*|require_(?:package|gem|dependency))\s*\(?|^\s*gem)\s*["']\Z""",
    re.VERBOSE | re.IGNORECASE,
)
"""What stands before a package that a program imports by its name."""


def detect(sheet: Sheet) -> Iterator[Found]:
    """Imports of modules and of client classes."""
    if sheet.manifest is not None:
        return  # what a manifest names is asked for there, not imported
    direct = {(one.vendor, one.start) for one in sheet.sdk.imports if one.route is Route.DIRECT}
    for one in sheet.sdk.imports:
        yield Found(
            vendor=one.vendor,
            kind=FindingKind.SDK_IMPORT,
            start=one.start,
            end=one.end,
            matched=one.module,
            message=f"imports `{one.module}`",
            route=Route.DIRECT if (one.vendor, one.start) in direct else one.route,
            confidence=Confidence.CERTAIN if one.is_exact else Confidence.LIKELY,
        )
    yield from _by_name(sheet)
    yield from _configured(sheet)


def _by_name(sheet: Sheet) -> Iterator[Found]:
    """Packages that are imported by a string."""
    if not sheet.source.language.module_scope:
        return
    for hit in sheet.of(Sign.PACKAGE, Sign.MODULE):
        before = sheet.source.data[max(sheet.source.line_start(hit.start), hit.start - 60) : hit.start]
        if sheet.source.data[hit.end : hit.end + 1] in (b"'", b'"') and BY_NAME.search(before):
            text = sheet.text(hit)
            yield Found(
                vendor=hit.signal.vendor,
                kind=FindingKind.SDK_IMPORT,
                start=hit.start,
                end=hit.end,
                matched=text,
                message=f"imports `{text}` by its name",
                route=hit.signal.route,
                confidence=Confidence.LIKELY,
            )


def _configured(sheet: Sheet) -> Iterator[Found]:
    """Classes that configuration names."""
    for vendor, route, start, end in classes(sheet):
        if sheet.source.place(start, end) in (Place.CODE, Place.STRING):
            text = sheet.source.data[start:end].decode("latin-1")
            yield Found(
                vendor=vendor,
                kind=FindingKind.SDK_IMPORT,
                start=start,
                end=end,
                matched=text,
                message=f"names the class `{text}`, which a framework makes",
                route=route,
                confidence=Confidence.LIKELY,
            )


DETECTOR = Detector("sdk-import", detect)
