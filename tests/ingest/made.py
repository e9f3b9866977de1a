"""Small real documents of every format, built on the spot."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import Any

import docx
import openpyxl
import pptx
from pypdf import PdfReader, PdfWriter

Line = tuple[str, float] | str
"""A line of a PDF: its text, and its letters' size when not 11."""


def pdf(pages: Sequence[Sequence[Line]], *, title: str = "") -> bytes:
    """A PDF with one Helvetica font, 20 points from line to line (an empty line leaves a gap)."""
    objects: list[bytes] = []
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects.append(b"<< /Type /Catalog /Pages 2 0 R >>")
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for i, lines in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * i} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        content, at = "", 800.0
        for line in lines:
            text, size = (line, 11.0) if isinstance(line, str) else line
            escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
            if text:
                content += f"BT /F1 {size} Tf 1 0 0 1 60 {at} Tm ({escaped}) Tj ET\n"
            at -= size * 1.2 if text else 14
        stream = content.encode("latin-1")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    info = len(objects) + 1
    objects.append(f"<< /Title ({title}) >>".encode())
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (len(objects) + 1, info)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def encrypted_pdf(password: str) -> bytes:
    """A PDF that needs `password`."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf([["secret"]]))))
    writer.encrypt(password, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def word() -> bytes:
    """Headings of two levels, text, a list, a table, a page header, text after the table."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Harbour Tools Ltd"
    document.add_heading("Travel policy", 1)
    document.add_paragraph("Flights are booked by the office in Bremen.")
    document.add_heading("Daily allowance", 2)
    document.add_paragraph("Breakfast is included.", style="List Bullet")
    document.add_paragraph("Taxis need a receipt.", style="List Bullet")
    table = document.add_table(rows=0, cols=3)
    for row in (("Country", "Day", "Night"), ("Norway", "64", "128"), ("Japan", "51", "97")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_paragraph("Rates hold until 31 March.")
    return _saved(document)


def slides() -> bytes:
    """Two slides: one with bullets and speaker notes, one with a table and no title."""
    deck = pptx.Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[1])
    first.shapes.title.text = "Quarter in review"
    first.placeholders[1].text = "Orders rose by 12 percent"
    first.notes_slide.notes_text_frame.text = "Mention the Oslo contract"
    second = deck.slides.add_slide(deck.slide_layouts[6])
    table = second.shapes.add_table(2, 2, 0, 0, 4_000_000, 1_000_000).table
    for i, text in enumerate(("Region", "Sales", "North", "417")):
        table.cell(i // 2, i % 2).text = text
    return _saved(deck)


def sheets(rows: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """A workbook with the given sheets."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, content in rows.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(list(row))
    return _saved(book)


def epub(chapters: Sequence[str], *, title: str = "A book") -> bytes:
    """An EPUB with one XHTML file a chapter; the spine runs backwards in the archive's order."""
    items = "".join(
        f'<item id="c{i}" href="c{i}.xhtml" media-type="application/xhtml+xml"/>' for i in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{i}"/>' for i in range(len(chapters)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title></metadata><manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
        '<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    files = {"mimetype": "application/epub+zip", "META-INF/container.xml": container, "book/package.opf": package}
    for i in reversed(range(len(chapters))):
        files[f"book/c{i}.xhtml"] = f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{chapters[i]}</body></html>'
    return archive(files)


def odt() -> bytes:
    """A heading, a paragraph and a table as OpenDocument text."""
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><office:text>'
        '<text:h text:outline-level="2">Opening hours</text:h><text:p>The store opens<text:s/>at nine.</text:p>'
        "<table:table><table:table-row><table:table-cell><text:p>Day</text:p></table:table-cell>"
        "<table:table-cell><text:p>Hours</text:p></table:table-cell></table:table-row>"
        "<table:table-row><table:table-cell><text:p>Monday</text:p></table:table-cell>"
        "<table:table-cell><text:p>9-17</text:p></table:table-cell></table:table-row></table:table>"
        "</office:text></office:body></office:document-content>"
    )
    return archive({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def mail() -> bytes:
    """A message with encoded words in its header, two bodies and two attachments."""
    message = EmailMessage()
    message["Subject"] = "Pläne für März – 會議"
    message["From"] = "Jörg Müller <joerg@example.org>"
    message["To"] = "team@example.org"
    message["Date"] = "Mon, 02 Mar 2026 09:00:00 +0100"
    message.set_content("We meet on Thursday at ten in room 4.\n\nBring the samples.")
    message.add_alternative("<p>We meet on <b>Thursday</b> at ten in room 4.</p>", subtype="html")
    message.add_attachment("The code is 7731.", filename="notes.txt")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="plan.png")
    return bytes(message)


def archive(files: Mapping[str, str | bytes], *, links: Mapping[str, str] | None = None) -> bytes:
    """A zip; `links` are stored as symbolic links."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
        for name, target in (links or {}).items():
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, 0o120777 << 16
            made.writestr(entry, target)
    return out.getvalue()


def with_more(container: bytes, files: Mapping[str, str | bytes], *, links: Mapping[str, str] | None = None) -> bytes:
    """The same container with more entries."""
    with zipfile.ZipFile(io.BytesIO(container)) as known:
        old: dict[str, str | bytes] = {name: known.read(name) for name in known.namelist()}
    return archive(old | dict(files), links=links)


def lying_about_size(container: bytes, name: str, size: int) -> bytes:
    """The container with the size that its directory declares for `name` replaced."""
    data = bytearray(container)
    at = data.rfind(b"PK\x01\x02" if False else name.encode())
    head = data.rfind(b"PK\x01\x02", 0, at)
    struct.pack_into("<I", data, head + 24, size)
    local = data.find(name.encode()) - 30
    struct.pack_into("<I", data, local + 22, size)
    return bytes(data)


def ole_with(marker: str) -> bytes:
    """The beginning of an OLE container in which a stream called `marker` is listed."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504 + marker.encode("utf-16-le") + b"\x00" * 2048


def _saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
