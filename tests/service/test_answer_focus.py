"""What of the passages goes before the model."""

from __future__ import annotations

import pytest

from ingest.lexical import tokens
from service.answer.focus import excerpts, units
from service.answer.spot import Spotter
from service.answer.terms import scaled, weights, worth
from tests.doubles.scripted_chat import passage

FILLER = "The committee reviews the quarterly figures and returns the delivery note to the archive. "


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Employees were reimbursed; the reimbursement of travelling costs.", "reimburse travel costs"),
        ("Send an e-mail or E-Mail to x.y@example.com about HX-4410 and hx4410.", "email HX-4410 x.y@example.com"),
        ("It costs $1,500.00 or 20% of 1500 and 3.5 kg.", "1500 20% 3.5"),
        ("特別休假三十日以內之假。", "特別休假30日"),
        ("Café naïve Ärger über Übermut", "cafe naive arger uber ubermut"),
        ("The Wi-Fi of O'Neil's office (wi-fi).", "Wi-Fi O'Neil office"),
        ("nothing of it here", "unrelated words only"),
    ],
)
def test_spotting_finds_what_taking_apart_finds(text: str, wanted: str) -> None:
    asked = set(tokens(wanted))
    found = Spotter(asked).find(text)
    assert {token for _, token in found} >= {token for token in asked & set(tokens(text)) if not token[:1].isdigit()}
    assert {token for _, token in found} <= asked & set(tokens(text)) | {"email", "日"}
    assert all(0 <= at < len(text) for at, _ in found)


def test_units_are_sentences_items_and_rows_in_place() -> None:
    text = "One is 1.5 kg. Two?\n- item a\n- item b\n\n| A | B |\n| --- | --- |\n| x. y | z |\n特休十日。事假！"
    found = [text[start:end].strip() for start, end in units(text)]
    assert found == [
        "One is 1.5 kg.", "Two?", "- item a", "- item b", "| A | B |", "| --- | --- |", "| x. y | z |",
        "特休十日。", "事假！",
    ]  # fmt: skip


def test_excerpt_is_the_stretch_the_question_is_about_with_its_neighbours() -> None:
    text = FILLER * 8 + "A visitor badge is valid for 14 days. It is returned at the gate. " + FILLER * 8
    (excerpt,) = excerpts("How long is a visitor badge valid?", [passage(text)], k=1, chars=400)
    assert "14 days" in excerpt.text
    assert "returned at the gate" in excerpt.text
    assert len(excerpt.text) <= 400
    assert excerpt.fit == 1.0


def test_few_are_shown_and_only_those_near_the_best() -> None:
    right = passage("A visitor badge is valid for 14 days.", start=0)
    half = passage("A badge is made of plastic. Visitor parking is free.", start=100)
    other = passage("The committee meets on Mondays and is valid.", start=200)
    shown = excerpts("How long is a visitor badge valid?", [other, half, right], k=3, chars=900)
    assert shown[0].passage == right
    assert other not in [one.passage for one in shown]
    many = [passage(f"Visitor badge number {i} belongs to {name}.", start=i) for i, name in enumerate("abcde")]
    assert len(excerpts("visitor badge", many, k=2, chars=900)) == 2


def test_what_documents_repeat_is_shown_once() -> None:
    text = "Stale checks must be reissued within 120 days. Ask the trustee."
    again = [passage(text, start=i * 100) for i in range(4)]
    other = passage("Stale checks of employees must be reissued within 60 days by the night shift.", start=900)
    shown = excerpts("Within how many days must stale checks be reissued?", [*again, other], k=3, chars=900)
    assert [one.passage.start for one in shown] == [0, 900]


def test_rare_words_decide() -> None:
    rarity = {"badg": 5.0, "offic": 0.5, "employe": 0.5, "staff": 0.5}
    common = passage("All employees and staff of the office work in the office.", start=0)
    rare = passage("The badge is blue.", start=100)
    query = "Which badge do employees and staff of the office have?"
    assert excerpts(query, [common, rare], k=1, chars=500, rarity=rarity)[0].passage == rare


def test_name_and_headings_count_as_text() -> None:
    named = passage("It ends after 14 days.", name="visitor badge.md", heading=("Validity",))
    (excerpt,) = excerpts("visitor badge validity", [named], k=1, chars=500)
    assert excerpt.fit == 1.0


def test_row_of_a_table_keeps_its_header() -> None:
    rows = "\n".join(f"| Product {i} | {i * 7} | {FILLER[:60]} |" for i in range(40))
    table = passage(f"| Name | Price | Remark |\n| --- | --- | --- |\n{rows}")
    (excerpt,) = excerpts("What is the price of product 33?", [table], k=1, chars=300)
    assert "Price = 231" in excerpt.text
    assert len(excerpt.text) < 700


def test_question_frames_weigh_little_and_cjk_shares_are_comparable() -> None:
    asked = worth("What is the maximum amount of the visitor badge fee?", {})
    assert asked["badg"] > 3 * asked["maximum"]
    assert sum(asked.values()) == pytest.approx(1.0)
    assert scaled("特休有幾天？", 0.3) == 0.6
    assert scaled("visitor badge", 0.3) == 0.3
    assert all("は" not in token for token in weights("大阪に住んでいるのは誰ですか"))
    assert weights("大阪に住んでいるのは誰ですか")


def test_more_passages_never_make_less_text() -> None:
    text = " ".join(f"The ferry of pier {n} leaves at {n} o'clock and takes {n} cars on board." for n in range(1, 20))
    shown = {
        k: sum(len(one.text) for one in excerpts("When does the ferry leave?", [passage(text)], k=k, chars=900))
        for k in (1, 3, 8)
    }
    assert shown[8] >= shown[3] > 300, shown
    assert shown[1] >= shown[3]
