"""Vendors named by members of enumerations: a framework's list of providers, or a provider set to one.

`Backend::ExampleA` of an imported framework, `provider = Vendors.EXAMPLE_A`, `provider: .exampleA`. A member
of a program's own list says nothing elsewhere: in an arm, or beside a thing called otherwise, it is a name,
unless the list is called one of providers of models and the member is given to something.
"""

import re
from collections.abc import Iterator

from offramp.inventory.code.named import JOINTS
from offramp.inventory.naming import Named, Naming
from offramp.inventory.sheet import Sheet

OF_A_CLASS = rb"(?<![\w$.:])(?P<list>%s)(?:\.|::)(?P<name>[A-Za-z_]\w*)\b(?!\s*[(.]|::)"
CHOSEN = re.compile(
    rb"""(?i)(?<![a-z])\w{0,40}provider(?:_?(?:name|type|id|kind))?["']?\s*(?::\s*[\w.?]{1,60}\s*=|[:=(,]|==|===|!=|!==)\s*
    (?:return\s+)?(?:&|\*|Some\()?(?:(?:\w+(?:\.|::)){0,3}\w*(?:provider|vendor|backend|platform|service|llm|type|kind|lab)s?)?
    (?:\.|::)(?P<name>[a-z_]\w*)\b(?!\s*[(.]|::)""",
    re.VERBOSE,
)
"""A thing called a provider that is given, or compared with, a member of a list; its name may be left out."""
IN_ITS_NAME = re.compile(
    rb"""(?<![a-z])\w{0,40}[pP]rovider(?:Name|Type|I[Dd]|Kind)?["']?\s*(?:[:=(]|==|!=|:=)\s*
    (?:\w+\.)?\w*(?:Provider|Service|Backend|Vendor|Platform)(?:Type|Name|Kind|I[Dd])?_?(?P<name>[A-Z]\w*)\b(?!\s*[(.{])""",
    re.VERBOSE,
)
"""The same where a constant has the list's name in its own, as in Go."""
GIVEN = re.compile(
    rb"""[\w\])]["']?\s*[:=]\s*(?:\w+\.)?(?:LLM|AI|Ai|Llm|Model|Chat|Embeddings?|Inference)_?Providers?(?:Name|Type|Kind|I[Dd])?
    (?:\.|::)(?P<name>[A-Za-z_]\w*)\b(?!\s*(?:[(.:]|=[^=]))""",
    re.VERBOSE,
)
"""A member of a list that is called one of providers of models, given to anything."""
TYPES = re.compile(r"^[A-Z]\w*$")


def members(sheet: Sheet) -> Iterator[tuple[Named, int, int]]:
    """Whom a member names, and where it stands."""
    if sheet.source.language.is_data or sheet.source.language.is_shell:
        return
    data, naming = sheet.source.data, sheet.knowledge.naming
    lists = _lists_of_frameworks(sheet)
    shapes = [re.compile(OF_A_CLASS % b"|".join(lists))] if lists else []
    if b"rovider" in data:
        shapes += [CHOSEN, GIVEN]
        if sheet.source.language.name == "go":
            shapes.append(IN_ITS_NAME)
    found: set[int] = set()
    for shape in shapes:
        for match in shape.finditer(data):
            named = _whole(match["name"].decode("latin-1"), naming)
            if named is not None and match.start("name") not in found:
                found.add(match.start("name"))
                yield named, match.start("name"), match.end("name")


def _lists_of_frameworks(sheet: Sheet) -> list[bytes]:
    """Names of types that are imported from a framework for several vendors and speak of none."""
    scope, naming = sheet.source.language.module_scope, sheet.knowledge.naming
    joint = JOINTS.get(scope, "/")
    return sorted(
        {
            re.escape(one.bound.encode())
            for one in sheet.sdk.module.imports
            if TYPES.match(one.bound)
            and naming.framework_part(one.module, scope, joint) is not None
            and naming.named_in_framework(one.bound) is None
        }
    )


def _whole(name: str, naming: Naming) -> Named | None:
    """The vendor a member is called after, and by nothing else."""
    named = naming.named_in_framework(name)
    if named is None:
        return None
    return named if named.end == len(name) and named.start == 0 else None
