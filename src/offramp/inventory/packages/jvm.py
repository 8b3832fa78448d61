"""Maven, Gradle, sbt, Mill, Leiningen and Clojure's deps: coordinates `group:artifact`."""

import re
from collections.abc import Iterator

from offramp.inventory.packages.interface import Package, beside, text
from offramp.inventory.packages.xml_places import elements
from offramp.inventory.source import Source

PART = rb"[A-Za-z][\w.-]*"
PAIR = re.compile(
    rb"<groupId>\s*(" + PART + rb")\s*</groupId>\s*<artifactId>\s*(" + PART + rb")\s*</artifactId>"
)
GRADLE = re.compile(rb"""["'](""" + PART + rb":" + PART + rb""")(?::[^"'\n]*)?["']""")
GRADLE_MAP = re.compile(
    rb"""\bgroup\s*[:=]\s*["'](""" + PART + rb""")["']\s*,\s*name\s*[:=]\s*["'](""" + PART + rb""")["']"""
)
MODULE = re.compile(rb"""\bmodule\s*=\s*["'](""" + PART + rb":" + PART + rb""")["']""")
EXCLUDED = re.compile(rb"""\bexclude\s*\(?[^)\n]*$""")
LOCKED = re.compile(rb"^(" + PART + rb":" + PART + rb"):[^=\s]+=", re.MULTILINE)
SBT = re.compile(rb"""["'](""" + PART + rb""")["']\s*%{1,3}\s*["'](""" + PART + rb""")["']\s*%""")
MILL = re.compile(rb"""\b(?:ivy|mvn)"(""" + PART + rb"):{1,3}(" + PART + rb""")(?::[^"\n]*)?\"""")
CLOJURE = re.compile(rb"""[\[{\s](""" + PART + rb")/(" + PART + rb""")\s+(?:"\d|\{:mvn/version)""")


def pom(source: Source) -> Iterator[Package]:
    """`groupId:artifactId` of every dependency, plug-in, extension and parent; exclusions are none.

    What is no XML, such as a template, is read by the shape of its lines.
    """
    found = tuple(_pom(source))
    if found:
        yield from found
        return
    for match in PAIR.finditer(source.data):
        yield Package(f"{text(match[1])}:{text(match[2])}", match.start(2), match.end(2))


def _pom(source: Source) -> Iterator[Package]:
    group = artifact = ""
    place = (0, 0)
    for one in elements(source.data):
        if one.name in ("dependency", "plugin", "extension", "parent", "exclusion"):
            if one.is_end and group and artifact and one.name != "exclusion":
                yield Package(f"{group}:{artifact}", *place)
            group = artifact = ""
        elif one.is_end and one.parent in ("dependency", "plugin", "extension", "parent"):
            if one.name == "groupId":
                group = one.text
            elif one.name == "artifactId":
                artifact, place = one.text, (one.start, one.end)


def gradle(source: Source) -> Iterator[Package]:
    """Coordinates in quotes and in maps, in build files and version catalogues."""
    for match in GRADLE_MAP.finditer(source.data):
        if not _is_excluded(source, match.start()):
            yield Package(f"{text(match[1])}:{text(match[2])}", match.start(2), match.end(2))
    taken = set()
    for match in MODULE.finditer(source.data):
        taken.add(match.start(1))
        if not _is_excluded(source, match.start()):
            yield Package(text(match[1]), match.start(1), match.end(1))
    for match in GRADLE.finditer(source.data):
        if match.start(1) not in taken and not _is_excluded(source, match.start()):
            yield Package(text(match[1]), match.start(1), match.end(1))


def _is_excluded(source: Source, offset: int) -> bool:
    return EXCLUDED.search(source.data[max(0, offset - 200) : offset]) is not None


def gradle_lock(source: Source) -> Iterator[Package]:
    """gradle.lockfile lists every resolved coordinate; direct where a build file beside it names one."""
    roots: set[str] = set()
    for name in ("build.gradle", "build.gradle.kts"):
        roots |= beside(source, name, gradle)
    for match in LOCKED.finditer(source.data):
        yield Package(text(match[1]), match.start(1), match.end(1), text(match[1]) in roots)


def sbt(source: Source) -> Iterator[Package]:
    """sbt and Mill; the suffix for a version of Scala is no part of a name."""
    for expression in (SBT, MILL):
        for match in expression.finditer(source.data):
            yield Package(f"{text(match[1])}:{text(match[2])}", match.start(2), match.end(2))


def clojure(source: Source) -> Iterator[Package]:
    """deps.edn and project.clj."""
    for match in CLOJURE.finditer(source.data):
        yield Package(f"{text(match[1])}:{text(match[2])}", match.start(1), match.end(2))
