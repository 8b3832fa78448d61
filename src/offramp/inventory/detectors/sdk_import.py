"""Imports of a vendor's SDK, or of a framework's module for that vendor.

# What it finds
`import`, `from … import`, `require`, `use`, `using` and their like that name a module listed in a profile's
`imports`. In Python, JavaScript and TypeScript also imports of a client class listed in its `clients` from
any other module. Those three are read as syntax trees, the scripts of Vue, Svelte and Astro files among them;
Go, Java, Kotlin, Scala, Groovy, Rust, C#, F#, Ruby, PHP, Swift, Dart, Lua and Elixir by their words.

# Why it matters
An import is the clearest sign of a direct use and the line a rewrite begins at.

# What to do
Move the code to the successor's SDK or to a neutral one, or keep the SDK and point it at a gateway. The
import says whose library is used; whose model answers depends on the address and the model name.

# Limits
Imports made from strings at run time, modules loaded by plug-in systems and a vendor's module copied into
your own tree under another name are not found. A module of your own that has an SDK's name is taken for it.
"""

from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind, Route
from offramp.inventory.sheet import Detector, Found, Sheet


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


DETECTOR = Detector("sdk-import", detect)
