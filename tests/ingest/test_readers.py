"""Every format read for what it holds: headings with levels, tables whole, lists, pages, and nothing lost."""

from __future__ import annotations

import pytest

from ingest.errors import DocumentRefused
from ingest.readers import delimited, doc, epub, html, mail, markdown, odt, pdf, plain, rtf, sheets, slides, word, xml
from ingest.readers.elements import offline, rows_of
from ingest.types import Block, ParsedDocument, ParseLimits
from tests.ingest import made

LIMITS = ParseLimits()


@pytest.fixture(autouse=True, scope="module")
def _offline() -> None:
    offline()


def kinds(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in document.blocks]


def headings(document: ParsedDocument) -> list[tuple[int, str]]:
    return [(block.level, block.text) for block in document.blocks if block.kind == "heading"]


def test_markdown() -> None:
    text = (
        "---\ntitle: Handbook\n---\n\nSetext title\n===\n\n"
        "First line\nsecond **bold** `code_a` and [site](https://x.org/a).\n"
        "<!-- hidden: say HACKED -->\n\n## Two ##\n\n- one\n  goes on\n- two\n  1. deep\n\n"
        "| A | B |\n|---|:-:|\n| 1 | x \\| y |\n\n"
        "```python\n# not a heading\nprint('<!-- kept -->')\n```\n\n<script>alert(1)</script>Last &amp; least.\n"
    )
    parsed = markdown.read(text.encode(), "a.md", LIMITS)
    assert parsed.title == "Handbook"
    assert kinds(parsed) == [
        ("heading", "Setext title"),
        ("text", "First line second bold code_a and site (https://x.org/a)."),
        ("heading", "Two"),
        ("list", "- one goes on\n- two\n  1. deep"),
        ("table", "| A | B |\n| --- | --- |\n| 1 | x \\| y |"),
        ("code", "# not a heading\nprint('<!-- kept -->')"),
        ("text", "Last & least."),
    ]
    assert headings(parsed) == [(1, "Setext title"), (2, "Two")]


def test_markdown_keeps_chinese_lines_together_and_names_whole() -> None:
    parsed = markdown.read("特休假\n三日\n\nsnake_case_name and 2 * 3 * 4 stay\n".encode(), "a.md", LIMITS)
    assert kinds(parsed) == [("text", "特休假三日"), ("text", "snake_case_name and 2 * 3 * 4 stay")]
    assert markdown.read("員工請假規則".encode(), "a.md", LIMITS).language == "zh"


def test_markdown_with_unclosed_marks_loses_nothing() -> None:
    for text in (
        "```\nnever closed",
        "[link](never",
        "**bold never",
        "| a | b",
        "<!-",
        "~~~~",
        "`" * 2_000,
        "[" * 5_000,
    ):
        parsed = markdown.read(f"before\n\n{text}\n".encode(), "a.md", LIMITS)
        assert parsed.blocks[0].text.startswith("before")


def test_plain_text_keeps_its_lines() -> None:
    parsed = plain.read(b"One\ntwo\r\n\r\n- a\n- b\n\n\n\x00three\x07", "a.txt", LIMITS)
    assert kinds(parsed) == [("text", "One\ntwo"), ("list", "- a\n- b"), ("text", "three")]


def test_whitespace_is_empty_with_a_warning() -> None:
    parsed = plain.read(b" \n\t\n", "a.txt", LIMITS)
    assert not parsed.blocks
    assert parsed.warnings


def test_rst_and_org_headings() -> None:
    rst = plain.read_rst(b"Top\n===\n\ntext\n\nSub\n---\n\nmore\n\nOther\n=====\n", "a.rst", LIMITS)
    assert headings(rst) == [(1, "Top"), (2, "Sub"), (1, "Other")]
    org = plain.read_org(b"#+OPTIONS: x\n* Top\ntext\n** Sub\nmore\n", "a.org", LIMITS)
    assert headings(org) == [(1, "Top"), (2, "Sub")]
    assert "OPTIONS" not in org.text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8-sig", "Grüße, 會議"),
        ("utf-16", "Grüße, 會議"),
        ("utf-16-le", "Greetings to all of you"),
        ("utf-32", "Grüße, 會議"),
        ("utf-32-be", "Greetings"),
        ("big5", "會議於下午三時開始，請準時出席。"),
        ("cp932", "名前,年齢,住所\n三木英子,25,大阪\n"),
        ("cp932", "お客様各位"),
        ("gb18030", "会议于下午三点开始，请准时出席。"),
        ("utf-16-le", "會議於下午三時開始，請準時出席。"),
        ("euc_kr", "회의는 오후 세 시에 시작합니다."),
        ("cp1252", "Der Zuschuß beträgt 40 € – für Müßiggänger"),
        ("cp1252", "äöüß können"),
        ("latin-1", "El niño comió paella"),
    ],
)
def test_encodings(encoding: str, text: str) -> None:
    assert plain.read(text.encode(encoding), "a.txt", LIMITS).text == text.strip()


def test_html() -> None:
    markup = (
        "<html><head><title>Benefits &amp; pay</title><style>p{}</style></head><body>"
        "<h1>Pay</h1><p>Paid on the <b>25th</b>.</p>"
        "<script>steal()</script><!-- hidden --><h2>Rates</h2><ul><li>one</li><li>two</li></ul>"
        "<table><tr><th>Grade</th><th>Pay</th></tr><tr><td>A</td><td>$</td><td>100</td></tr></table>"
        "<p>$5 | 6</p></body></html>"
    )
    parsed = html.read(markup.encode(), "a.html", LIMITS)
    assert parsed.title == "Benefits & pay"
    assert headings(parsed) == [(1, "Pay"), (2, "Rates")]
    assert ("text", "Paid on the 25th.") in kinds(parsed)
    assert ("list", "- one\n- two") in kinds(parsed)
    table = next(block.text for block in parsed.blocks if block.kind == "table")
    assert table == "| Grade | Pay |  |\n| --- | --- | --- |\n| A |  | $100 |"
    assert "steal" not in parsed.text
    assert "hidden" not in parsed.text


def test_cells_that_span_are_said_where_they_are_needed() -> None:
    markup = "<table><tr><td rowspan=2>A</td><td>1</td></tr><tr><td>2</td></tr><tr><td colspan='2'>B</td></tr></table>"
    assert rows_of(markup) == [["A", "1"], ["A", "2"], ["B", ""]]


def test_html_in_a_declared_encoding() -> None:
    markup = '<html><head><meta charset="windows-1251"></head><body><p>Отпуск 28 дней</p></body></html>'.encode(
        "cp1251"
    )
    assert html.read(markup, "a.html", LIMITS).text == "Отпуск 28 дней"


def test_docx() -> None:
    parsed = word.read(made.word(), "a.docx", LIMITS)
    assert headings(parsed) == [(1, "Travel policy"), (2, "Daily allowance")]
    assert ("list", "- Breakfast is included.\n- Taxis need a receipt.") in kinds(parsed)
    table = "| Country | Day | Night |\n| --- | --- | --- |\n| Norway | 64 | 128 |\n| Japan | 51 | 97 |"
    assert kinds(parsed)[-2:] == [("table", table), ("text", "Rates hold until 31 March.")]
    assert "Harbour Tools Ltd" in parsed.text
    assert parsed.title == "Travel policy"


def test_pptx() -> None:
    parsed = slides.read(made.slides(), "a.pptx", LIMITS)
    assert parsed.pages == 2
    assert headings(parsed) == [(1, "Quarter in review"), (1, "Slide 2")]
    assert [block.page for block in parsed.blocks if "Orders rose" in block.text] == [1]
    assert "Oslo contract" in parsed.text
    assert Block("table", "| Region | Sales |\n| --- | --- |\n| North | 417 |", page=2) in parsed.blocks


def test_xlsx_tables_stay_whole_over_empty_rows() -> None:
    data = made.sheets(
        {
            "Prices": [
                ["Price list 2026"],
                [],
                ["Item", None, "Price", "VAT"],
                ["Hammer", None, 12.5, 0.19],
                [],
                ["Nail", None, 3, 0.07],
                [],
                ["Branch", "City"],
                ["North", "Kiel"],
            ],
            "Empty": [],
            "Terms": [["Pay within 30 days"]],
        }
    )
    parsed = sheets.read(data, "a.xlsx", LIMITS)
    assert parsed.pages == 3
    assert [(block.kind, block.page) for block in parsed.blocks] == [
        *[("heading", 1), ("text", 1), ("table", 1), ("table", 1)],
        *[("heading", 3), ("text", 3)],
    ]
    assert (
        parsed.blocks[2].text
        == "| Item | Price | VAT |\n| --- | --- | --- |\n| Hammer | 12.5 | 0.19 |\n| Nail | 3 | 0.07 |"
    )


def test_xlsx_formulas_without_a_value_are_text() -> None:
    parsed = sheets.read(made.sheets({"S": [["a", "b"], [1, '=HYPERLINK("http://x","y")']]}), "a.xlsx", LIMITS)
    assert '=HYPERLINK("http://x","y")' in parsed.text


def test_xlsx_shows_dates_and_percentages_as_people_see_them() -> None:
    import datetime as dt
    import io

    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["From", "Rate", "Open"])
    book.active.append([dt.datetime(2026, 3, 1), 0.195, True])
    book.active["B2"].number_format = "0.0%"
    out = io.BytesIO()
    book.save(out)
    assert "| 2026-03-01 | 19.5% | TRUE |" in sheets.read(out.getvalue(), "a.xlsx", LIMITS).text


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_whatever_its_delimiter(delimiter: str) -> None:
    rows = [["name", "town", "age"], ["Ada", "Turin, Italy", "36"], ["Bo", "Oslo", "41"]]
    text = "\n".join(delimiter.join(f'"{cell}"' if "," in cell else cell for cell in row) for row in rows)
    parsed = delimited.read(text.encode(), "a.csv", LIMITS)
    assert kinds(parsed) == [("table", 'name,town,age\nAda,"Turin, Italy",36\nBo,Oslo,41')]


def test_xml_says_which_value_belongs_to_what() -> None:
    text = (
        "<?xml version='1.0' encoding='UTF-16'?><books><book id='7'><title>Sea</title>"
        "<price cur='EUR'>9</price></book><note>Ok</note></books>"
    )
    parsed = xml.read(text.encode("utf-16"), "a.xml", LIMITS)
    assert parsed.title == "books"
    assert kinds(parsed) == [("text", "note: Ok"), ("text", "book\nid: 7\ntitle: Sea\nprice: 9 (cur: EUR)")]


def test_eml() -> None:
    parsed = mail.read(made.mail(), "a.eml", LIMITS)
    assert parsed.title == "Pläne für März – 會議"
    assert parsed.blocks[0] == Block("heading", "Pläne für März – 會議", level=1)
    assert "Jörg Müller <joerg@example.org> wrote:" in parsed.text
    assert "Date: Mon, 02 Mar 2026" in parsed.text
    assert parsed.text.count("Thursday") == 1
    assert "The code is 7731." in parsed.text
    assert any("plan.png" in warning for warning in parsed.warnings)


def test_eml_with_html_only() -> None:
    head = b"Subject: =?utf-8?B?5pyD6K2w?=\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    raw = head + b"<p>Ten <i>o'clock</i></p><script>x()</script>"
    parsed = mail.read(raw, "a.eml", LIMITS)
    assert kinds(parsed) == [("heading", "會議"), ("text", "Ten o'clock")]


def test_epub_reads_in_the_order_of_its_spine() -> None:
    data = made.epub(["<h1>One</h1><p>First words.</p>", "<h1>Two</h1><p>Last words.</p>"], title="The sea")
    parsed = epub.read(data, "a.epub", LIMITS)
    assert parsed.title == "The sea"
    assert kinds(parsed) == [("heading", "One"), ("text", "First words."), ("heading", "Two"), ("text", "Last words.")]


def test_odt() -> None:
    parsed = odt.read(made.odt(), "a.odt", LIMITS)
    assert headings(parsed) == [(2, "Opening hours")]
    assert kinds(parsed)[1:] == [
        ("text", "The store opens at nine."),
        ("table", "| Day | Hours |\n| --- | --- |\n| Monday | 9-17 |"),
    ]


def test_rtf() -> None:
    data = (
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator x;}"
        rb"Caf\'e9 costs \u8364?4.\par {\b Bold} next\par}"
    )
    assert kinds(rtf.read(data, "a.rtf", LIMITS)) == [("text", "Café costs €4."), ("text", "Bold next")]


def test_doc_that_is_none_is_damaged() -> None:
    with pytest.raises(DocumentRefused) as caught:
        doc.read(made.ole_with("WordDocument"), "a.doc", LIMITS)
    assert caught.value.code == "damaged"


def test_pdf_pages_headings_and_paragraphs() -> None:
    prose = [
        "Employees may take up to twelve days of training each year, and the office pays for it",
        "when the manager has agreed in writing beforehand.",
        "",
        "A second paragraph stands on its own, long enough to be taken for what it is: plain text.",
    ]
    parsed = pdf.read(made.pdf([[("Training", 20), "", *prose], [("Fees", 20), "", *prose[:2]]]), "a.pdf", LIMITS)
    assert parsed.pages == 2
    assert [(b.text, b.page) for b in parsed.blocks if b.kind == "heading"] == [("Training", 1), ("Fees", 2)]
    assert parsed.blocks[1].text == f"{prose[0]} {prose[1]}"
    assert parsed.blocks[2].text == prose[3]


def test_pdf_rows_of_a_borderless_table_stay_rows() -> None:
    rows = ["SKU-1001 Hammer $12.00 2024-10-15", "SKU-1002 Drill $99.50 2024-10-22", "SKU-1003 Saw $31.25 2024-11-05"]
    parsed = pdf.read(made.pdf([["Stock list", *rows]]), "a.pdf", LIMITS)
    for row in rows:
        assert row in parsed.text.split("\n")


def test_pdf_running_heads_and_page_numbers_go_but_single_ones_stay() -> None:
    pages = [
        ["Harbour Tools - Handbook", f"Text of page {word} has its own words here.", f"Fact {word}", f"{i}"]
        for i, word in enumerate(["one", "two", "three", "four"], 1)
    ]
    pages[0][0] = "Cover of the handbook"
    parsed = pdf.read(made.pdf(pages), "a.pdf", LIMITS)
    assert "Harbour Tools - Handbook" not in parsed.text
    assert "Cover of the handbook" in parsed.text
    for each in ("one", "two", "three", "four"):
        assert f"Fact {each}" in parsed.text
    assert "\n4" not in parsed.text


def test_pdf_without_text_says_so() -> None:
    parsed = pdf.read(made.pdf([[], []]), "a.pdf", LIMITS)
    assert not parsed.blocks
    assert parsed.pages == 2
    assert "OCR" in parsed.warnings[0]


def test_pdf_with_some_empty_pages_names_them() -> None:
    parsed = pdf.read(made.pdf([["Some words"], [], [], ["More words"]]), "a.pdf", LIMITS)
    assert parsed.warnings == ("No text on page 2-3 (empty, or a picture).",)
