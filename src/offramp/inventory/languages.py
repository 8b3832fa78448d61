"""Languages as data: which files are written in which, how comments, strings and imports look."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

HASH = rb"#[^\n]*"
SPACED_HASH = rb"(?:^|(?<=[\s]))#[^\n]*"
SLASHES = rb"//[^\n]*"
BLOCK = rb"/\*.*?(?:\*/|\Z)"
DASHES = rb"--[^\n]*"
MARKUP = rb"<!--.*?(?:-->|\Z)"
SEMICOLON = rb"^[ \t]*;[^\n]*"
DOUBLE = rb'"[^"\\\n]*(?:\\.[^"\\\n]*)*"?'
SINGLE = rb"'[^'\\\n]*(?:\\.[^'\\\n]*)*'?"
CHARACTER = rb"'(?:\\.|[^'\\\n])'"
BACKTICK = rb"`[^`\\]*(?:\\.[^`\\]*)*(?:`|\Z)"
VERBATIM = rb'\$?@\$?"(?:""|[^"])*"?'
RAW_RUST = rb'r#"(?:[^"]|"(?!#))*(?:"#|\Z)|r"[^"]*"?'
ML_BLOCK = rb"\(\*(?!\)).*?(?:\*\)|\Z)"
RUBY_BLOCK = rb"^=begin\b.*?(?:^=end\b|\Z)"
PHP_HASH = rb"#(?!\[)[^\n]*"
TRIPLE_DOUBLE = rb'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:"""|\Z)'
TRIPLE_SINGLE = rb"'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*(?:'''|\Z)"


@dataclass(frozen=True, slots=True)
class Language:
    """How a kind of file is read."""

    name: str
    comments: tuple[bytes, ...] = ()
    strings: tuple[bytes, ...] = ()
    tree: str = ""
    """Name of the grammar, for languages whose imports are followed to calls."""
    module_scope: str = ""
    """The field of a profile's `imports` block that lists this language's modules."""
    has_autoload: bool = False
    """Packages are in reach by their constant, with no import in the file."""
    is_prose: bool = False
    """Nothing in it is a use."""
    is_data: bool = False
    """Keys and values: an unquoted value ends with its line."""
    is_shell: bool = False
    """Lines are commands."""
    quotes_text: bool = False
    """Words for a person stand in quotes: what is bare names something."""


PYTHON = Language("python", (HASH,), (TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE, SINGLE), "python", "python")
JAVASCRIPT = Language("javascript", (BLOCK, SLASHES), (DOUBLE, SINGLE, BACKTICK), "javascript", "javascript")
TYPESCRIPT = Language("typescript", (BLOCK, SLASHES), (DOUBLE, SINGLE, BACKTICK), "typescript", "javascript")
TSX = Language("tsx", (BLOCK, SLASHES), (DOUBLE, SINGLE, BACKTICK), "tsx", "javascript")
COMPONENT = Language(
    "component", (MARKUP, BLOCK, SLASHES), (DOUBLE, SINGLE, BACKTICK), "typescript", "javascript"
)
"""Only its scripts have a syntax tree."""
PAGE = Language("page", (BLOCK, SLASHES), (DOUBLE, SINGLE, BACKTICK), "javascript", "javascript")
"""A page of HTML: its scripts and what its forms give are code, all else is words for a person."""
GO = Language("go", (BLOCK, SLASHES), (DOUBLE, BACKTICK, CHARACTER), "", "go")
JAVA = Language("java", (BLOCK, SLASHES), (TRIPLE_DOUBLE, DOUBLE, CHARACTER), "", "java")
GROOVY = Language("groovy", (BLOCK, SLASHES), (TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE, SINGLE), "", "java")
RUST = Language("rust", (BLOCK, SLASHES), (RAW_RUST, DOUBLE, CHARACTER), "", "rust")
CSHARP = Language("csharp", (BLOCK, SLASHES), (TRIPLE_DOUBLE, VERBATIM, DOUBLE, CHARACTER), "", "csharp")
FSHARP = Language("fsharp", (ML_BLOCK, SLASHES), (TRIPLE_DOUBLE, VERBATIM, DOUBLE, CHARACTER), "", "csharp")
BASIC = Language("basic", (rb"'[^\n]*",), (rb'"[^"\n]*"',), "", "csharp")
RUBY = Language("ruby", (RUBY_BLOCK, SPACED_HASH), (DOUBLE, SINGLE), "", "ruby", has_autoload=True)
PHP = Language("php", (BLOCK, SLASHES, PHP_HASH), (DOUBLE, SINGLE), "", "php", has_autoload=True)
SWIFT = Language("swift", (BLOCK, SLASHES), (TRIPLE_DOUBLE, DOUBLE), "", "swift")
DART = Language("dart", (BLOCK, SLASHES), (TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE, SINGLE), "", "dart")
ELIXIR = Language("elixir", (SPACED_HASH,), (TRIPLE_DOUBLE, DOUBLE, SINGLE), "", "elixir", has_autoload=True)
C_LIKE = Language("c-like", (BLOCK, SLASHES), (DOUBLE, CHARACTER))
C = Language("c", (BLOCK, SLASHES), (DOUBLE, CHARACTER), "", "c")
JULIA = Language("julia", (rb"#=.*?(?:=#|\Z)", SPACED_HASH), (TRIPLE_DOUBLE, DOUBLE), "", "julia")
PERL = Language("perl", (SPACED_HASH,), (DOUBLE, SINGLE), "", "perl")
R = Language("r", (SPACED_HASH,), (DOUBLE, SINGLE), "", "r")
BICEP = Language("bicep", (BLOCK, SLASHES), (TRIPLE_SINGLE, SINGLE), is_data=True, quotes_text=True)
SHELL = Language("shell", (SPACED_HASH,), (DOUBLE, SINGLE), is_shell=True)
DOCKERFILE = Language("dockerfile", (rb"^[ \t]*#[^\n]*",), (DOUBLE, SINGLE), is_shell=True)
HASHED = Language("hashed", (SPACED_HASH,), (DOUBLE, SINGLE))
LUA = Language("lua", (rb"--\[\[.*?(?:\]\]|\Z)", DASHES), (DOUBLE, SINGLE, rb"\[\[.*?(?:\]\]|\Z)"), "", "lua")
HASKELL = Language("haskell", (rb"\{-.*?(?:-\}|\Z)", DASHES), (DOUBLE,), "", "haskell")
SQL = Language("sql", (BLOCK, DASHES), (SINGLE, DOUBLE))
YAML = Language("yaml", (SPACED_HASH,), (DOUBLE, SINGLE), is_data=True)
TOML = Language("toml", (SPACED_HASH,), (TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE, SINGLE), is_data=True)
INI = Language("ini", (rb"^[ \t]*[#;!][^\n]*",), (DOUBLE, SINGLE), is_data=True)
ENV = Language("env", (rb"^[ \t]*#[^\n]*",), (DOUBLE, SINGLE), is_data=True)
JSON = Language("json", (rb"^[ \t]*//[^\n]*",), (DOUBLE,), is_data=True)
HCL = Language("hcl", (BLOCK, SLASHES, HASH), (DOUBLE,), is_data=True, quotes_text=True)
XML = Language("xml", (MARKUP,), (DOUBLE, SINGLE), is_data=True)
NOTEBOOK = Language("notebook")
PROSE = Language("prose", is_prose=True)
PLAIN = Language("plain", (rb"^[ \t]*(?:#|//|;|--)[^\n]*",), (DOUBLE, SINGLE), is_data=True)

_SUFFIXES: Mapping[Language, str] = {
    PYTHON: "py pyi pyw",
    JAVASCRIPT: "js jsx mjs cjs",
    TYPESCRIPT: "ts mts cts",
    TSX: "tsx",
    COMPONENT: "vue svelte astro",
    PAGE: "html htm xhtml",
    GO: "go",
    JAVA: "java kt kts scala sc sbt",
    GROOVY: "groovy gradle",
    RUST: "rs",
    CSHARP: "cs csx cshtml razor",
    FSHARP: "fs fsx fsi",
    BASIC: "vb",
    RUBY: "rb rake gemspec gemfile erb",
    PHP: "php",
    SWIFT: "swift",
    DART: "dart",
    C: "c h cc cpp cxx hpp hh m mm",
    C_LIKE: "proto css scss less zig",
    BICEP: "bicep bicepparam",
    SHELL: "sh bash zsh fish ksh ps1 bat cmd",
    JULIA: "jl",
    PERL: "pl pm",
    R: "r",
    HASHED: "nim tcl cmake mk nix",
    ELIXIR: "ex exs heex",
    LUA: "lua",
    HASKELL: "hs elm",
    SQL: "sql",
    YAML: "yml yaml",
    TOML: "toml",
    INI: "ini cfg conf properties editorconfig npmrc",
    ENV: "env envrc",
    JSON: "json json5 jsonc webmanifest",
    HCL: "tf tfvars hcl tofu",
    XML: "xml csproj fsproj vbproj props targets config plist pom",
    NOTEBOOK: "ipynb",
    PROSE: "md mdx mdc qmd rmd markdown rst txt adoc asciidoc org tex log csv tsv jsonl "
    "ndjson po pot map svg diff patch eml srt vtt",
}
BY_SUFFIX: Mapping[str, Language] = {
    suffix: language for language, suffixes in _SUFFIXES.items() for suffix in suffixes.split()
}
BY_KERNEL: Mapping[str, Language] = {
    "java": JAVA, "kotlin": JAVA, "scala": JAVA, "groovy": GROOVY, "c#": CSHARP, "csharp": CSHARP,
    "f#": FSHARP,
    "javascript": JAVASCRIPT, "typescript": TYPESCRIPT, "rust": RUST, "go": GO, "ruby": RUBY, "php": PHP,
    "swift": SWIFT, "elixir": ELIXIR,
}  # fmt: skip
"""What notebooks say that they are written in; of any other name, and without one, in Python."""
PROSE_NAMES = re.compile(
    r"(?i)(readme|changelog|changes|release[-_]notes|license|licence|copying|notice|authors|contributing|security"
    r"|history|news|todo)"
)
REQUIREMENTS = re.compile(
    r"(?i)^(requirements|constraints)([-_.].*)?\.(txt|in)$|.*[-_.]requirements\.(txt|in)$"
)


DICTIONARY = re.compile(
    r"(?i)^\.?(?:spelling|cspell(?:\.config)?|codespell\w*|aspell\w*|typos|_typos|wordlist|project-words|dictionary)"
    r"(?:\.(?:json|jsonc|ya?ml|toml|txt|dic|dict|cfg))?$|\.(?:dic|wordlist)$"
)
"""Words that a checker of spelling is told to know."""
FORM = re.compile(
    r"(?i)(?:^|/)\.(?:github|gitea|forgejo|gitlab)/(?:issue|discussion|merge_request)_templates?/"
)
"""What people are asked when they write to a project."""
TONGUE = r"(?!(?:js|ts|py|go|rb|rs)\b)[a-z]{2}(?:[-_][a-z]{2,4})?"
TRANSLATED = re.compile(
    rf"(?i)(?:^|/)(?:i18n|l10n|locales?|langs?|translations?)/(?:[\w-]+/){{0,3}}?"
    rf"(?:{TONGUE}/(?:[\w-]+/){{0,2}}[\w.-]+|(?:[\w.-]*[._-])?{TONGUE})\.(?:json5?|ya?ml|properties|xml|js|ts|php|arb|resx)$"
    rf"|(?:^|/)messages/(?:{TONGUE}/[\w-]+|{TONGUE})\.(?:json5?|ya?ml)$"
    r"|(?:^|/)values(?:-[\w+-]{1,20})?/strings\.xml$"
)
"""Files of words for people, one for each of their languages."""


def language_of(path: str) -> Language:
    """The language of a file, by its path alone."""
    if TRANSLATED.search(path) or FORM.search(path):
        return PROSE
    pure = PurePosixPath(path)
    name = pure.name
    lower = name.lower()
    if DICTIONARY.search(lower):
        return PROSE
    if REQUIREMENTS.match(lower) or (pure.parent.name == "requirements" and pure.suffix in (".txt", ".in")):
        return INI
    if lower.startswith((".env", "env.")) or lower.endswith(".env"):
        return ENV
    if lower.startswith(("dockerfile", "containerfile")) or lower.endswith((".dockerfile", ".containerfile")):
        return DOCKERFILE
    if lower in ("makefile", "gnumakefile", "justfile", "jenkinsfile", "procfile", "vagrantfile"):
        return SHELL if lower != "jenkinsfile" else GROOVY
    if lower in ("gemfile", "rakefile", "podfile", "fastfile", "brewfile"):
        return RUBY
    if lower in ("pipfile", "poetry.lock", "uv.lock", "cargo.lock", "pdm.lock", "pixi.lock"):
        return TOML
    if lower in ("go.mod", "go.sum", "go.work"):
        return Language("go-mod", (SLASHES,), is_data=True)
    suffix = pure.suffix.lower().lstrip(".")
    if not suffix and PROSE_NAMES.match(name):
        return PROSE
    return BY_SUFFIX.get(suffix, PLAIN)
