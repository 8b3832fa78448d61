"""The HTML page: well formed, complete in itself, everything escaped, legible."""

import re
from html.parser import HTMLParser
from importlib import resources
from itertools import pairwise

import pytest

from offramp.core.instants import parse_instant
from offramp.report import Document, Table, render

EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)> {{ 7*7 }} javascript:alert(1) \u202egnp.exe'
VOID = {"meta", "br", "img", "link", "input", "hr"}


def document(text: str = "plain", *, is_empty: bool = False) -> Document:
    tables = (
        Table(title=f"First {text}", columns=("name", text), rows=((text, f"{text}\nsecond line"),)),
        Table(
            title="Cards",
            columns=("rule", "says", text, "left out"),
            rows=((text, text, f"see https://example.org/a?b=1&c={text}.", ""),),
            as_cards=True,
        ),
    )
    return Document(
        schema="offramp/example/v1",
        title=text,
        at=parse_instant("2026-03-05"),
        body={},
        tables=() if is_empty else tables,
        notes=(text,),
        scope=text,
        method=text,
        gaps=(text,),
        attributions=(text,),
        next_steps=(text,),
        is_legal_matter=True,
    )


class Page(HTMLParser):
    """What a browser would see: elements, attributes, text; fails where tags do not pair."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("text", ["plain", EVIL, "عقد & <b>", ""])
def test_the_page_is_well_formed_and_runs_and_fetches_nothing(text: str) -> None:
    page = Page(render(document(text), "html"))
    assert not page.all("script")
    assert not page.all("img")
    assert not page.all("link")
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")], tag
        if tag == "a":
            target = attributes["href"] or ""
            assert target.startswith(("#", "https://example.org/")), target
    style = "".join(text for tag, text in page.texts if tag == "style")
    assert "url(" not in style
    assert "@import" not in style


def test_everything_is_text_and_nothing_turns_its_direction() -> None:
    html = render(document(EVIL), "html")
    assert "<script>" not in html
    assert "{{ 7*7 }}" in html
    assert "\u202e" not in html
    assert r"\u202egnp.exe" in html


def test_landmarks_headings_captions_and_scopes_are_there() -> None:
    page = Page(render(document(), "html"))
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("nav")) == 1
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    targets = [(one["href"] or "")[1:] for one in page.all("a") if (one["href"] or "").startswith("#")]
    assert targets[0] == "content", "the first link skips to the content"
    assert set(targets) <= ids
    labelled = [one["aria-labelledby"] for _, one in page.elements if "aria-labelledby" in one]
    assert set(labelled) <= ids
    assert len(page.all("caption")) == len(page.all("table"))
    assert {one.get("scope") for one in page.all("th")} == {"col", "row"}
    assert [one["tabindex"] for one in page.all("div") if one.get("role") == "region"] == ["0"]
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_card_leaves_out_what_is_empty_and_links_addresses() -> None:
    page = Page(render(document(), "html"))
    assert "left out" not in [text for _, text in page.texts]
    assert {"href": "https://example.org/a?b=1&c=plain"} in page.all("a")


def test_a_document_without_tables_is_a_page_too() -> None:
    page = Page(render(document(is_empty=True), "html"))
    assert not page.all("nav")
    assert ("p", "Nothing here is legal advice.") in page.texts


def style() -> str:
    return (resources.files("offramp.report") / "templates" / "page.css").read_text(encoding="utf-8")


def palettes() -> list[dict[str, str]]:
    light, dark, *_ = re.findall(r":root \{(.*?)\}", style(), re.S)
    first = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", light))
    return [first, {**first, **dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", dark))}]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("palette", palettes(), ids=["light", "dark"])
@pytest.mark.parametrize("colour", ["text", "quiet", "link", "mark"])
@pytest.mark.parametrize("ground", ["page", "band"])
def test_every_text_has_the_contrast_of_level_aa(palette: dict[str, str], colour: str, ground: str) -> None:
    high, low = sorted((luminance(palette[colour]), luminance(palette[ground])), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_there_is_a_style_for_print() -> None:
    assert "@media print" in style()
    assert "@media (prefers-color-scheme: dark)" in style()
