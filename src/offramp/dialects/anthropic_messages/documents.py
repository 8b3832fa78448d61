"""Document blocks of a Messages API request into neutral form. Written in `blocks`."""

from typing import Final

from offramp.dialects.files import PDF
from offramp.dialects.loss import Refusal
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.turns import Document

FILES: Final = Refusal(
    "messages.content.source.type", "files are kept by this vendor", "send it by value or by URL"
)
CITED: Final = Refusal(
    "messages.content.citations.enabled",
    "the target gives no citations, and answers would look sourced that are not",
    "leave `citations` out, or send this route to an upstream of this API",
)


def read_document(block: Fields, reading: Reading) -> Document | None:
    """A `document` block; None where it cannot be carried, with the problem noted."""
    _check_citations(block, reading)
    title = block.text("title") or ""
    source = block.fields("source")
    if source is None:
        reading.invalid(block.at("source"), "`source` is required")
        return None
    with source:
        match source.needed_text("type"):
            case "base64":
                media_type = source.needed_text("media_type")
                if media_type not in ("", PDF):
                    reading.invalid(source.at("media_type"), f"`{media_type}` is not `{PDF}`")
                return Document(PDF, data=source.needed_text("data"), title=title)
            case "url":
                return Document(PDF, url=source.needed_text("url"), title=title)
            case "text":
                source.skip("media_type")
                return Document("text/plain", text=source.needed_text("data"), title=title)
            case "content":
                return _of_content(source, title, reading)
            case "file":
                reading.unsupported(
                    source.at("type"),
                    f"a document of type `file` cannot be carried: {FILES.reason}",
                    FILES.help,
                )
            case _:
                reading.invalid(
                    source.at("type"), "`type` of a document's source must be base64, url, text or content"
                )
        source.skip_all()
        return None


def _of_content(source: Fields, title: str, reading: Reading) -> Document | None:
    value = source.raw("content")
    if isinstance(value, str):
        return Document("text/plain", text=value, title=title)
    texts: list[str] = []
    for block in source.each("content"):
        with block:
            if block.raw("type") != "text":
                reading.unsupported(
                    block.at("type"),
                    "a document made of blocks is carried as text, and this block is none",
                    "put the image beside the document",
                )
                block.skip_all()
                continue
            texts.append(block.text("text") or "")
    return Document("text/plain", text="\n\n".join(texts), title=title)


def _check_citations(block: Fields, reading: Reading) -> None:
    citations = block.fields("citations")
    if citations is None:
        return
    with citations:
        if citations.flag("enabled"):
            reading.unsupported(
                citations.at("enabled"), f"citations cannot be carried: {CITED.reason}", CITED.help
            )
