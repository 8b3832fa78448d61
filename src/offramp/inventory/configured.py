"""Classes that configuration names and a framework makes: `type: frame.models.example_a.ChatExampleA`.

Pipelines, agents and workflows that are kept as data name the classes of their steps. One counts that is
named with its package, if the package is a framework's or a vendor's, and one that a profile lists as a
client, where the key says that it is a class.
"""

import re
from collections.abc import Iterator

from offramp.core.findings import Route
from offramp.core.ids import VendorId
from offramp.inventory.naming import FRAMEWORK
from offramp.inventory.sheet import Sheet
from offramp.inventory.signals import Sign

NAMED = re.compile(
    rb"""(?:[:=\[][ \t]*|^[ \t]*-[ \t]+|["'])(@?[A-Za-z][\w/-]{0,80}(?:\.[A-Za-z_]\w{0,60}){1,8})["']?[ \t]*,?
    [ \t]*\r?$""",
    re.MULTILINE | re.VERBOSE,
)
"""A value that is several words with dots between, to the end of its line."""
KEYED = re.compile(
    rb"""(?:^|[\s{,"'_])(?:type|class|cls|class_?name|class_?path|_target_|component|node|@type)["']?
    [ \t]*[:=][ \t]*["']?\Z""",
    re.IGNORECASE | re.VERBOSE,
)
"""What says that its value is a class."""
ENDS = (b"", b'"', b"'", b"\n", b"\r", b" ")
LANGUAGES = ("python", "javascript", "java")
LONGEST_FILE = 1_000_000


def classes(sheet: Sheet) -> Iterator[tuple[VendorId, Route, int, int]]:
    """Whose classes a file of configuration names, and where."""
    source, naming = sheet.source, sheet.knowledge.naming
    if not source.language.is_data or len(source.data) > LONGEST_FILE:
        return
    for hit in sheet.of(Sign.CLIENT):
        before = source.data[max(source.line_start(hit.start), hit.start - 60) : hit.start]
        if KEYED.search(before) and source.data[hit.end : hit.end + 1] in ENDS:
            yield hit.signal.vendor, hit.signal.route, hit.start, hit.end
    if not any(hit.signal.sign is Sign.WORD for hit in sheet.hits):
        return
    frameworks = {hit.signal.text for hit in sheet.hits if hit.signal.scope == FRAMEWORK}
    for match in NAMED.finditer(source.data):
        name = match[1].decode("latin-1")
        for language in LANGUAGES if any(one in name for one in frameworks) else ():
            root = naming.framework_part(name, language, ".")
            found = naming.named_in_framework(name[root:]) if root is not None else None
            if found is not None:
                yield found.vendor, found.route, match.start(1), match.end(1)
                break
        else:
            package = name.partition(".")[0]
            signal = sheet.knowledge.modules.get("python", {}).get(package)
            if signal is not None and name.rpartition(".")[2][:1].isupper():
                yield signal.vendor, signal.route, match.start(1), match.end(1)
