"""Imports of languages that are read by their words: what is imported, and the names it has in the file.

Each reader is given the bytes with comments blanked, strings kept, and gives imports at their offsets. What
the names come to is decided in `bindings`.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from offramp.inventory.code.shapes import Import

Reader = Callable[[bytes], Iterator[Import]]

GO_BLOCK = re.compile(rb"(?m)^import\s*\(([^)]{0,40000})\)")
GO_LINE = re.compile(rb'(?m)^(?:import)?[ \t]*([\w.]+[ \t]+)?"([^"\n]+)"')
GO_SINGLE = re.compile(rb'(?m)^import[ \t]+([\w.]+[ \t]+)?"([^"\n]+)"')
GO_VERSION = re.compile(r"/v\d+$")
GO_ENDS = re.compile(r"-(?:sdk-)?go$|-sdk$")
JVM = re.compile(
    rb"(?m)^[ \t]*import[ \t]+(?:static[ \t]+)?(?P<whole>[\w.`]+?)"
    rb"(?:\.(?P<all>[*_])|\.\{(?P<many>[^}]{0,4000})\})?"
    rb"(?:[ \t]+as[ \t]+(?P<alias>\w+))?[ \t]*;?[ \t]*\r?$"
)
JVM_MODULE = re.compile(rb"(?m)^[ \t]*requires[ \t]+(?:(?:transitive|static)[ \t]+)*([\w.]+)[ \t]*;")
RUST = re.compile(
    rb"(?m)^[ \t]*(?:pub(?:\([^)]*\))?[ \t]+)?(?:use[ \t]+(?P<use>[^;]{1,4000});"
    rb"|extern[ \t]+crate[ \t]+(?P<crate>\w+)(?:[ \t]+as[ \t]+(?P<alias>\w+))?)"
)
CSHARP = re.compile(
    rb"(?m)^[ \t]*(?:global[ \t]+)?using[ \t]+(?:static[ \t]+)?(?:(?P<alias>\w+)[ \t]*=[ \t]*)?"
    rb"(?P<whole>[A-Za-z_][\w.]*)[ \t]*;"
    rb"|^[ \t]*(?:open|Imports)[ \t]+(?P<other>[A-Za-z_][\w.]*)[ \t]*\r?$"
)
RUBY = re.compile(rb"""(?m)^[ \t]*require[ \t(]+["']([\w./-]+)["']""")
PHP = re.compile(
    rb"(?m)^[ \t]*use[ \t]+(?:function[ \t]+|const[ \t]+)?\\?(?P<whole>[\w\\]+?)"
    rb"(?:\\\{(?P<many>[^}]{0,4000})\})?"
    rb"(?:[ \t]+as[ \t]+(?P<alias>\w+))?[ \t]*;"
)
PHP_CLASS = re.compile(rb"(?m)^([ \t]*)(?:(?:abstract|final|readonly)[ \t]+)*(?:class|trait|enum)[ \t]+\w")
SWIFT = re.compile(
    rb"(?m)^[ \t]*(?:@\w+[ \t]+)?import[ \t]+(?:(?:class|struct|func|enum)[ \t]+)?([A-Za-z_]\w*)"
)
DART = re.compile(
    rb"""(?m)^[ \t]*(?:import|export)[ \t]+["']package:(\w+)/[^"'\n]*["'](?:[ \t]+as[ \t]+(\w+))?"""
)
LUA = re.compile(rb"""(?:local[ \t]+(\w+)[ \t]*=[ \t]*)?require[ \t(]*["']([\w./-]+)["']""")
ELIXIR = re.compile(
    rb"(?m)^[ \t]*(?:alias|import|use|require)[ \t]+([A-Z]\w*(?:\.\w+)*)(?:\.\{([^}]{0,4000})\})?"
    rb"(?:[ \t]*,[ \t]*as:[ \t]*([A-Z]\w*))?"
)

C = re.compile(rb"(?m)^[ \t]*#[ \t]*(?:include|import)[ \t]*<([\w./+-]+)>")
HASKELL = re.compile(
    rb"(?m)^import[ \t]+(?:safe[ \t]+)?(?:qualified[ \t]+)?([A-Z][\w.]*)(?:[ \t]+qualified)?"
    rb"(?:[ \t]+as[ \t]+([A-Z]\w*))?"
)
JULIA = re.compile(rb"(?m)^[ \t]*(?:using|import)[ \t]+([A-Z]\w*)")
PERL = re.compile(rb"(?m)^[ \t]*(?:use|require)[ \t]+([A-Z]\w*(?:::\w+)*)")
R = re.compile(
    rb"""(?m)(?:^|[\s(;{])(?:library|require|requireNamespace|loadNamespace)\([ \t]*["']?([A-Za-z][\w.]*)"""
)


def _text(part: bytes | None) -> str:
    return (part or b"").decode("latin-1").strip()


def go(data: bytes) -> Iterator[Import]:
    """`import "path"`, with or without a name, alone or in a block; a package's own name is guessed."""
    places = [(block.start(1), block.end(1), GO_LINE) for block in GO_BLOCK.finditer(data)]
    for start, end, shape in [*places, (0, len(data), GO_SINGLE)]:
        for match in shape.finditer(data, start, end):
            path, alias = _text(match[2]), _text(match[1])
            span = match.start(2) - 1, match.end(2) + 1
            last = GO_VERSION.sub("", path).rpartition("/")[2]
            plain = GO_ENDS.sub("", last)
            guesses = {last, plain, last.replace("-", "_"), plain.removeprefix("go-").replace("-", "")}
            for bound in sorted({alias} if alias else guesses):
                yield Import(path, "", "" if bound in ("_", ".") else bound, *span)


def jvm(data: bytes) -> Iterator[Import]:
    """Java, Kotlin, Scala and Groovy; also what a module of Java requires."""
    for match in JVM.finditer(data):
        whole, span = _text(match["whole"]).replace("`", ""), match.span("whole")
        if match["many"] is not None:
            for part in _text(match["many"]).split(","):
                name, _, alias = (one.strip() for one in part.partition("=>"))
                yield Import(whole, "*" if name == "_" else name, "" if name == "_" else alias or name, *span)
        elif match["all"] is not None:
            yield Import(whole, "*", "", *span)
        else:
            module, _, name = whole.rpartition(".")
            yield Import(module or whole, name, _text(match["alias"]) or name, *span)
    for match in JVM_MODULE.finditer(data) if b"requires" in data else ():
        yield Import(_text(match[1]), "*", "", *match.span(1))


def rust(data: bytes) -> Iterator[Import]:
    """`use` with any nesting, and `extern crate`."""
    for match in RUST.finditer(data):
        if match["crate"] is not None:
            crate = _text(match["crate"])
            yield Import(crate, "", _text(match["alias"]) or crate, *match.span("crate"))
            continue
        for path in _branches(_text(match["use"]), 0):
            whole, _, alias = path.partition(" as ")
            parts = [part.strip() for part in whole.split("::") if part.strip()]
            if parts:
                name = "" if len(parts) == 1 else parts[-1]
                module = "::".join(parts[:-1] or parts)
                bound = "" if name == "*" else alias.strip() or (parts[-2] if name == "self" else parts[-1])
                yield Import(module, name, bound, *match.span("use"))


def _branches(text: str, depth: int) -> Iterator[str]:
    """`a::{b, c::{d}}` as `a::b`, `a::c::d`."""
    head, brace, rest = text.partition("{")
    if not brace or depth > 8:
        yield text.strip()
        return
    level, begin = 0, 0
    body = rest.rsplit("}", 1)[0]
    for index, character in enumerate(f"{body},"):
        level += (character == "{") - (character == "}")
        if character == "," and level <= 0:
            if body[begin:index].strip():
                yield from _branches(head.strip() + body[begin:index].strip(), depth + 1)
            begin = index + 1


def csharp(data: bytes) -> Iterator[Import]:
    """`using`; and `open` of F#, `Imports` of Visual Basic."""
    for match in CSHARP.finditer(data):
        group = "whole" if match["whole"] is not None else "other"
        whole = _text(match[group])
        name = whole.rpartition(".")[2] if match["alias"] is not None else "*"
        yield Import(whole, name, _text(match["alias"]), *match.span(group))


def ruby(data: bytes) -> Iterator[Import]:
    """`require`; the constant a gem defines is guessed from its name."""
    for match in RUBY.finditer(data):
        yield Import(_text(match[1]), "*", "", match.start(1) - 1, match.end(1) + 1)


def php(data: bytes) -> Iterator[Import]:
    """`use`, one or several; within a class it names traits, which were imported above."""
    first = PHP_CLASS.search(data)
    for match in PHP.finditer(data):
        if first is not None and match.start() > first.start():
            line = match[0].lstrip(b"\n")
            if len(line) - len(line.lstrip(b" \t")) > len(first[1]):
                continue
        whole, span = _text(match["whole"]), match.span("whole")
        for part in _text(match["many"]).split(",") if match["many"] is not None else [""]:
            inner, _, alias = (one.strip() for one in part.partition(" as "))
            path = f"{whole}\\{inner}" if inner else whole
            module, _, name = path.rpartition("\\")
            yield Import(module or path, name, _text(match["alias"]) or alias or name, *span)


def swift(data: bytes) -> Iterator[Import]:
    """`import`; everything a module offers is in reach."""
    for match in SWIFT.finditer(data):
        yield Import(_text(match[1]), "*", "", *match.span(1))


def dart(data: bytes) -> Iterator[Import]:
    """`import` of a package."""
    for match in DART.finditer(data):
        yield Import(_text(match[1]), "*", _text(match[2]), match.start(1) - len("'package:"), match.end(1))


def lua(data: bytes) -> Iterator[Import]:
    """`require`, bound at once."""
    for match in LUA.finditer(data):
        yield Import(_text(match[2]), "", _text(match[1]), match.start(2) - 1, match.end(2) + 1)


def elixir(data: bytes) -> Iterator[Import]:
    """`alias`, `import`, `use`, `require`."""
    for match in ELIXIR.finditer(data):
        whole = _text(match[1])
        for part in _text(match[2]).split(",") if match[2] is not None else [""]:
            path = f"{whole}.{part.strip()}" if part.strip() else whole
            module, _, name = path.rpartition(".")
            yield Import(module or path, name, _text(match[3]) or name or path, *match.span(1))


def _plain(shape: re.Pattern[bytes], joint: str) -> Reader:
    """Imports that are one name; what is in it stands under the name's first part, or the name given."""

    def read(data: bytes) -> Iterator[Import]:
        for match in shape.finditer(data):
            module = _text(match[1])
            alias = _text(match[2]) if shape.groups > 1 else ""
            yield Import(module, "", alias or module.split(joint)[0].partition(".")[0], *match.span(1))

    return read


OWN_NAMESPACE = re.compile(rb"(?m)^[ \t]*(?:package|namespace|defmodule)[ \t]+([A-Za-z_][\w.\\]*)")
"""Where a file says which package it belongs to."""


def own_namespace(data: bytes) -> list[str]:
    """The parts of the package a file belongs to; empty where it does not say."""
    match = OWN_NAMESPACE.search(data)
    return re.split(r"[.\\]", match[1].decode("latin-1")) if match is not None else []


READERS: Mapping[str, Reader] = {
    "c": _plain(C, "/"), "csharp": csharp, "dart": dart, "elixir": elixir, "go": go,
    "haskell": _plain(HASKELL, "."), "java": jvm, "julia": _plain(JULIA, "."), "lua": lua,
    "perl": _plain(PERL, "::"), "php": php, "r": _plain(R, "."), "ruby": ruby, "rust": rust, "swift": swift,
}  # fmt: skip
"""By the scope of the language's modules in profiles."""
