"""Documents are read with places, or refused with a reason; nothing they hold can cost more than it may."""

import io
import zipfile
from collections.abc import Sequence

import docx
import pypdf
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from offramp.core.errors import OfframpError
from offramp.instruments.drafting import split
from offramp.workspace.documents import read_document


def pdf(pages: Sequence[Sequence[str]], password: str = "") -> bytes:
    """A PDF whose pages hold these lines."""
    writer = pypdf.PdfWriter()
    for lines in pages:
        page = writer.add_blank_page(600, 800)
        font = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
            }
        )
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
        stream = DecodedStreamObject()
        drawn = "".join(f"BT /F1 12 Tf 50 {750 - 20 * n} Td ({line}) Tj ET\n" for n, line in enumerate(lines))
        stream.set_data(drawn.encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(stream)
    if password:
        writer.encrypt(password)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def word(document: "docx.document.Document") -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def refusal(content: bytes, path: str) -> str:
    with pytest.raises(OfframpError) as caught:
        read_document(content, path)
    assert caught.value.where is not None
    return caught.value.code


def test_a_pdf_is_read_by_page_and_line() -> None:
    content = pdf(
        [
            ["Order No. 7", "No sup-", "plier shall use", "Page 1"],
            ["Order No. 7", "it. See Sec. 2.", "Page 2"],
            ["Order No. 7", "It ends.", "Page 3"],
        ]
    )
    found = [
        (one.text, one.place) for one in split(read_document(content, "order.pdf").pieces) if not one.why
    ]
    assert found == [
        ("No supplier shall use it.", "p. 1, line 2"),
        ("See Sec. 2.", "p. 2, line 2"),
        ("It ends.", "p. 3, line 2"),
    ]


def test_a_page_without_text_is_named_and_a_scan_is_refused() -> None:
    reading = read_document(pdf([["Words."], []]), "order.pdf")
    assert reading.notes == ("page 2 holds no text: it may be a scan",)
    assert "(Page 2 holds no text.)" in [one.text for one in split(reading.pieces)]
    assert refusal(pdf([[], []]), "scan.pdf") == "document-without-text"


@pytest.mark.parametrize(
    ("content", "path", "code"),
    [
        (pdf([["x"]], "secret"), "a.pdf", "document-encrypted"),
        (b"%PDF-1.7\nnonsense", "a.pdf", "document-broken"),
        (b"", "a.pdf", "document-broken"),
        (pdf([["x"]])[:200], "a.pdf", "document-broken"),
        (b"PK\x03\x04 nonsense", "a.docx", "document-broken"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"x" * 600, "a.docx", "document-encrypted"),
        (b"a\x00b", "a.txt", "document-unreadable"),
        (b"\xff\xfe\x00", "a.txt", "document-unreadable"),
        (b"caf\xe9", "a.md", "document-unreadable"),
        (b" \n\n", "a.txt", "document-empty"),
        (b"x", "a.rtf", "document-unknown"),
        (b"x", "a", "document-unknown"),
        (b"x" * (4 << 20), "a.txt", "document-too-large"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(content: bytes, path: str, code: str) -> None:
    assert refusal(content, path) == code


def test_a_docx_that_unpacks_to_too_much_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * (257 << 20))
    assert len(buffer.getvalue()) < 1 << 20
    assert refusal(buffer.getvalue(), "bomb.docx") == "document-too-large"


def test_an_entity_in_a_docx_is_not_followed() -> None:
    whole = word(docx.Document())
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "word/document.xml":
                evil = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
                content = content.replace(b"<w:document", evil + b"<w:document", 1)
                content = content.replace(
                    b"<w:body>", b"<w:body><w:p><w:r><w:t>said &e;</w:t></w:r></w:p>", 1
                )
            new.writestr(name, content)
    assert [one.text for one in read_document(buffer.getvalue(), "x.docx").pieces] == ["said "]


def test_everything_in_a_docx_is_read() -> None:
    document = docx.Document()
    document.add_heading("Order 7", 1)
    document.add_paragraph("No company shall use it. It ends.")
    document.add_table(1, 1).cell(0, 0).text = "In a cell."
    document.sections[0].header.paragraphs[0].text = "At the head."
    paragraph = document.add_paragraph("Kept")
    for tag, said in (("ins", "<w:t>, inserted</w:t>"), ("del", "<w:delText>, deleted</w:delText>")):
        paragraph._p.append(parse_xml(f"<w:{tag} {nsdecls('w')}><w:r>{said}</w:r></w:{tag}>"))
    reading = read_document(word(document), "order.docx")
    assert [(one.text, one.place) for one in reading.pieces] == [
        ("Order 7", "para 1"),
        ("No company shall use it. It ends.", "para 2"),
        ("In a cell.", "para 3"),
        ("Kept, inserted", "para 4"),
        ("At the head.", "header 1"),
    ]
    assert [note for note in reading.notes if "tracked changes" in note]


def test_a_text_in_utf_16_and_markdown_marks() -> None:
    assert [p.text for p in read_document("a\nb".encode("utf-16"), "x.txt").pieces] == ["a", "b"]
    markdown = b"# Title\nIt **shall** end.\n---\n> quoted\n| a | b |\nafter"
    assert [one.text for one in split(read_document(markdown, "x.md").pieces)] == [
        "Title",
        "It shall end.",
        "quoted",
        "| a | b |",
        "after",
    ]
