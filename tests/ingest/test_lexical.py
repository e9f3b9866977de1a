"""Tokens: one rule for documents and questions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.lexical import tokens
from ingest.terms import analyse, language_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Employees’ policies", ["employe", "polici"]),
        ("the company's", ["the", "compani"]),
        ("$2,499.00", ["2499", "$2499"]),
        ("$1,500", ["1500", "$1500"]),
        ("3.14 and 15%", ["3.14", "and", "15", "15%"]),
        ("14,15", ["14", "15"]),
        ("14,150", ["14150"]),
        ("1,,2", ["1", "2"]),
        ("x/0,,10423", ["x/0", "x", "0", "10423"]),
        ("ＱＺ００７３", ["qz0073", "qz", "0073"]),
        ("HX-4410", ["hx-4410", "hx4410", "hx", "4410"]),
        ("hx4410.", ["hx4410", "hx", "4410"]),
        ("2023-05-01", ["2023-05-01", "20230501", "2023", "05", "01"]),
        ("bob.smith@contoso.com", ["bob.smith@contoso.com", "bob", "smith", "contoso", "com"]),
        ("v3.11.2", ["v3.11.2", "v3112", "v3", "3", "11", "2"]),
        ("勞動基準法", ["勞動", "動基", "基準", "準法"]),
        ("勞動\n基準", ["勞動", "動基", "基準"]),
        ("三十日", ["三十", "十日", "30", "30日"]),
        ("30 日", ["30", "30日", "日"]),
        ("二〇二四年", ["二〇", "〇二", "二四", "四年", "2024", "2024年"]),
        ("一百五十萬元", ["一百", "百五", "五十", "十萬", "萬元", "1500000", "1500000元"]),
        ("카드 발급", ["카드", "발급"]),
        ("café naïve", ["cafe", "naiv"]),
        ("bene-\nfits", ["benefit"]),
        ("e-mail", ["e", "mail", "email"]),
        ("сотрудники", ["сотрудник"]),
        ("", []),
        ("… — !", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@given(st.text(max_size=200) | st.text("aZ09.,/-:@#&+'?=~_$%￥é勞十 \n", max_size=40))
def test_tokens_of_anything_are_words_a_space_can_join(text: str) -> None:
    found = tokens(text)
    assert found == tokens(text)
    assert " ".join(found).split() == found
    assert all(found)
    assert all(len(token) <= 64 for token in found)


@given(
    st.from_regex(r"[A-Z]{2}-?[0-9]{4}", fullmatch=True), st.sampled_from(["{}", "see {}.", "({})", "{}/x", "{}, {}"])
)
def test_a_code_is_found_wherever_it_stands(code: str, frame: str) -> None:
    assert code.lower() in tokens(frame.format(code, code))


def test_a_question_keeps_what_carries_meaning() -> None:
    question = analyse("How many days of vacation does a new employee get with HX-4410?")
    assert set(question.terms) == {"day", "vacat", "new", "employe", "get", "hx-4410", "hx4410", "hx", "4410"}
    assert question.terms["hx-4410"] > question.terms["4410"]
    assert ("new", "employe") in question.pairs
    assert "hx-4410" in question.codes
    assert question.language == "en"


def test_a_question_of_stop_words_alone_keeps_them() -> None:
    assert set(analyse("who are you").terms) == {"who", "are", "you"}


def test_chinese_question_words_weigh_little() -> None:
    terms = analyse("特別休假有幾天？").terms
    assert terms["特別"] == 1.0
    assert terms["有幾"] < 0.2
    assert terms["幾天"] == 0.5


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the deductible?", "en"),
        ("Wie viele Tage Urlaub gibt es im Jahr?", "de"),
        ("¿Cuántos días de vacaciones hay?", "es"),
        ("特別休假最多可以累加到幾天？", "zh"),
        ("Contoso 的 PTO 政策是什麼？", "zh"),
        ("كم يوما", ""),
        ("QZ0073", ""),
        ("", ""),
    ],
)
def test_language_of_a_question(text: str, language: str) -> None:
    assert language_of(text) == language
