"""The draft of an instrument as YAML: every sentence stands in it, to be modelled or marked as left out."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from offramp.instruments.drafting.splitting import Quoted

CUES = (
    (
        "prohibit",
        re.compile(
            r"\b(?:(?:may|shall|must|can|will) not|cannot|prohibit\w*|forbid\w*|no \w+ (?:may|shall))\b", re.I
        ),
    ),
    ("oblige", re.compile(r"\b(?:shall|must|requir\w+|oblig\w+|has to|have to|is to|are to)\b", re.I)),
    ("permit", re.compile(r"\b(?:may|permit\w*|allow\w*|entitle\w*|exempt\w*|waive\w*|except)\b", re.I)),
)
HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]"
)
UNNAMED = "(to be filled in)"
"""An issuer with which nothing can be signed."""
HEAD = """\
# A draft made by `offramp terms new` from {document}. It binds nobody. Nothing here is legal advice.
#
# Give every sentence one of
#     modelled: NORM            a norm below renders it (or [NORM, NORM])
#     not_modelled: WHY         and why none does
# write the norms, then: offramp terms check FOLDER, and a named person: offramp terms sign FILE --by NAME
"""
EXAMPLE = """\
    # norms:
    #   - id: rule
    #     effect: prohibit            # or permit (with strength: lift or entitle), oblige
    #     binds: {kinds: [company]}
    #     vendor: VENDOR              # or any
    #     action: use
    #     when: context.under == "federal"
    #     quote: words of the sentence it renders
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What stands above the sentences."""

    id: str
    kind: str
    title: str
    issuer: str
    """Empty: not known yet."""
    document: str
    digest: str
    """Hex SHA-256 of the document."""
    by: str
    """Who encodes it."""
    on: str
    drafted_by: str = ""
    """The model that proposed norms; empty: none did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A norm somebody or something proposed, as one line of YAML, and the sentences it renders."""

    id: str
    text: str
    sentences: tuple[int, ...]
    """Numbers of the sentences, from 0."""
    problem: str = ""
    """Why it does not load; it then stands as a comment."""


def scaffold(heading: Heading, sentences: Sequence[Quoted], norms: Sequence[Drafted] = ()) -> str:
    """A document that loads, binds nobody, and keeps every sentence.

    Norms with a problem stand as comments beside it; the sentences only they render stay open.
    """
    sound = [norm for norm in norms if not norm.problem]
    lines = [
        HEAD.format(document=quoted(heading.document)),
        "schema: offramp.instruments/v1\n",
        "instruments:\n",
    ]
    lines += [
        f"  - id: {heading.id}\n",
        f"    kind: {heading.kind}\n",
        f"    title: {quoted(heading.title)}\n",
        f"    issuer: {quoted(heading.issuer or UNNAMED)}\n",
        "    status: draft\n",
        "    basis: text\n",
        f"    source: {{document: {quoted(heading.document)}}}\n",
        f"    drafted: {{document: {quoted(heading.document)}, digest: {heading.digest}, on: {heading.on}"
        + (f", by: {quoted(heading.drafted_by)}" if heading.drafted_by else "")
        + "}\n",
        f"    encoded: {{by: {quoted(heading.by)}, on: {heading.on}}}\n",
        "    # issued: 2030-01-01       # when it was issued, announced, and counts from\n",
    ]
    lines += ["    norms:\n", *(f"      - {norm.text}\n" for norm in sound)] if sound else [EXAMPLE]
    for norm in norms:
        if norm.problem:
            lines += [
                "    # proposed, and does not load:\n",
                *_comment(norm.text),
                *_comment(f"-> {norm.problem}"),
            ]
    lines.append("    sentences:\n")
    for number, sentence in enumerate(sentences):
        lines.append(f"      - place: {quoted(sentence.place)}\n        says: {quoted(sentence.text)}\n")
        rendered = [norm.id for norm in sound if number in norm.sentences]
        if rendered:
            lines.append(f"        modelled: [{', '.join(rendered)}]\n")
        elif sentence.why:
            lines.append(f"        not_modelled: {quoted(sentence.why)}\n")
        else:
            lines.append(f"        # {_hint(sentence.text)}: modelled: NORM, or not_modelled: WHY\n")
    return "".join(lines)


def quoted(text: str) -> str:
    """`text` as one YAML scalar between quotes, with what cannot be seen written out."""
    # Two characters of JSON's own escapes need no second look; the rest YAML would fold or refuse.
    return HIDDEN.sub(lambda hit: f"\\u{ord(hit[0]):04x}", json.dumps(text, ensure_ascii=False))


def slug(text: str) -> str:
    """A name as ids are written; `text` where nothing is left of it."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:60].strip("-") or "text"


def _comment(text: str) -> list[str]:
    return [f"    #   {line}\n" for line in text.replace("\r", "\n").split("\n") if line.strip()]


def suggested(text: str) -> str:
    """The effect the words of a sentence suggest; empty: none."""
    return next((effect for effect, cue in CUES if cue.search(text)), "")


def _hint(text: str) -> str:
    """What the words suggest, for the person who decides."""
    effect = suggested(text)
    return f"sounds like {effect}" if effect else "no word of duty, permission or prohibition"
