"""What the checks find in pairs, and how pairs are divided: rules against known numbers, and properties."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import BadRequest
from service.tune import checks, personal, upload
from service.tune.split import split
from service.tune.types import Pair, StoredPair


def stored(*pairs: tuple[str, str]) -> list[StoredPair]:
    return [StoredPair(f"p{n}", n, "accepted", question, answer) for n, (question, answer) in enumerate(pairs)]


def kinds(pairs: Sequence[StoredPair], cases: checks.Cases = ()) -> list[tuple[str, str, int]]:
    return [(one.check, one.level, one.count) for one in checks.check(pairs, cases) if one.check != "too_few"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Write to anna.berg+hr@quillmere.example.co.uk today", "email"),
        ("The account is GB82 WEST 1234 5698 7654 32.", "iban"),
        ("IBAN DE89370400440532013000, please", "iban"),
        ("Visa 4111 1111 1111 1111 is on file", "card"),
        ("Amex 3782-822463-10005", "card"),
        ("身分證字號 A123456789", "national_id"),
        ("居留證 A800000014", "national_id"),
        ("身份证 11010519491231002X", "national_id"),
        ("SSN 078-05-1120", "national_id"),
        ("NI number AB 12 34 56 C", "national_id"),
        ("DNI 12345678Z", "national_id"),
        ("Call +44 20 7946 0958 before noon", "phone"),
        ("電話 (02) 2345-6789", "phone"),
        ("手機 0912345678", "phone"),
        ("ring 0117 496 0123", "phone"),
    ],
)
def test_personal_data_is_found(text: str, kind: str) -> None:
    assert [one.kind for one in personal.found(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "GB82 WEST 1234 5698 7654 33 has a wrong checksum",
        "Order 4111 1111 1111 1112 has no card's checksum",
        "Serial A123456788",
        "Part 2291-44-10, lot 20260117, version 10.2.3",
        "The price is 1,250,000 and the year 2026-01-17",
        "HX-4410 weighs 12.5 kg and costs 199.00",
        "Open 08:30-17:00, ISO 9001:2015, 3 May 1998",
        "The pump moves 4,200 litres an hour at 0.35 bar",
    ],
)
def test_numbers_that_are_nobodys_are_left_alone(text: str) -> None:
    assert list(personal.found(text)) == []


def test_what_was_found_is_masked() -> None:
    (one,) = personal.found("mail agnes.quill@quillmere.example")
    assert "quill@" not in one.masked


def test_pairs_that_give_a_case_away_are_refused() -> None:
    pairs = stored(("Who founded Quillmere?", "Agnes."), ("What is a heron?", "A pump."))
    (found, *_) = checks.check(pairs, [("exam / q7", "who founded  QUILLMERE")])
    assert (found.check, found.level, found.pairs) == ("overlap", "refused", ("p0",))
    assert "exam / q7" in found.message
    assert "exam / q7" in found.message_zh


def test_the_rest_is_found_and_not_refused() -> None:
    pairs = stored(
        ("When do we open?", "At nine."),
        ("When do we open?", "At ten."),
        ("Who is Agnes?", "The founder."),
        ("Who is agnes", "the founder"),
        ("What is the travel policy?", "word " * 2000),
        ("什麼時候開門？", "We open at nine in the morning."),
        ("Whom do I ask?", "Write to a.quill@quillmere.example."),
    )
    assert kinds(pairs) == [
        ("personal_data", "warning", 1),
        ("contradiction", "warning", 2),
        ("duplicate", "advice", 1),
        ("length", "warning", 1),
        ("language", "warning", 1),
    ]


def test_a_question_nobody_could_ask_is_refused() -> None:
    assert kinds(stored(("why " * 2000, "Because."))) == [("length", "refused", 1)]


def test_a_few_pairs_in_another_language_are_told() -> None:
    pairs = stored(
        *((f"What is thing {n}?", f"Thing number {n}.") for n in range(30)), ("這是什麼？", "這是一個泵浦。")
    )
    assert kinds(pairs) == [("language", "advice", 1)]


def test_too_few_is_advice() -> None:
    (found,) = checks.check(stored(("Who?", "Agnes.")), ())
    assert (found.check, found.level) == ("too_few", "advice")


FEW = [Pair(f"What is fact {n}?", f"It is value {n}.", f"doc-{n % 5}.md" if n % 3 else None) for n in range(40)]


@settings(max_examples=40, deadline=None)
@given(share=st.floats(0.05, 0.5), seed=st.integers(0, 2**31 - 1), shuffle=st.integers(0, 1000))
def test_a_split_is_by_the_seed_alone_and_keeps_documents_together(share: float, seed: int, shuffle: int) -> None:
    one = split(FEW, share, seed)
    other = list(FEW)
    random.Random(shuffle).shuffle(other)
    assert split(other, share, seed) == one, "whatever the order"
    assert sorted([*one.train, *one.validation], key=str) == sorted(FEW, key=str)
    assert one.train
    assert one.validation
    documents = [{pair.document for pair in part if pair.document} for part in (one.train, one.validation)]
    assert not documents[0] & documents[1]
    assert one.by == "document"


def test_questions_that_are_nearly_the_same_stay_together() -> None:
    pairs = [
        *(Pair(f"What is the colour of thing {n}?", f"Colour {n}") for n in range(20)),
        Pair("Who founded the company?", "Agnes Quill."),
        Pair("By whom was it founded?", "Agnes Quill."),
    ]
    for seed in range(30):
        made = split(pairs, 0.3, seed)
        parts = {"Agnes" in str(made.train), "Agnes" in str(made.validation)}
        assert parts == {True, False}, "the same fact is not on both sides"


def test_one_document_is_divided_by_question() -> None:
    made = split([Pair(f"What is item {n} of it?", f"It is {n}.", "only.md") for n in range(10)], 0.2, 1)
    assert (made.by, len(made.train), len(made.validation)) == ("question", 8, 2)


def test_the_hash_is_of_the_parts() -> None:
    assert split(FEW, 0.2, 1).hash != split(FEW, 0.2, 2).hash
    assert split([*FEW, FEW[0]], 0.2, 1).hash == split(FEW, 0.2, 1).hash
    assert split([*FEW, FEW[0]], 0.2, 1).dropped == 1


def test_both_shapes_and_csv_are_the_same_pairs() -> None:
    plain = b'{"question": "Who?", "answer": "Agnes."}\n'
    chat = (
        b'{"messages": [{"role": "system", "content": "x"},'
        b' {"role": "user", "content": [{"type": "text", "text": "Who?"}]},'
        b' {"role": "assistant", "content": "Agnes."}]}\n'
    )
    csv = "\ufeffAnswer;Question\nAgnes.;Who?\n".encode()
    assert upload.from_file(plain, "a.jsonl") == upload.from_file(chat, "a.jsonl") == upload.from_file(csv, "a.csv")


def test_every_bad_line_is_named() -> None:
    lines = [
        '{"question": "Who?"}',
        '{"question": "Who?", "answer": "Agnes."}',
        '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"},'
        ' {"role": "user", "content": "c"}]}',
        "not json",
        '{"question": "nul\\u0000", "answer": "x"}',
        '{"question": 5, "answer": "x"}',
        '{"messages": [{"role": "tool", "content": "a"}]}',
        '{"question": "q", "answer": "' + "x" * 20_001 + '"}',
    ]
    with pytest.raises(BadRequest) as refused:
        upload.from_file("\n".join(lines).encode(), "pairs.jsonl")
    assert refused.value.code == "bad_pairs"
    named = (" " + refused.value.message.split(": ", 1)[1]).split(";")
    reasons = {1: "no `answer`", 3: "several turns", 4: "not JSON", 5: "NUL", 6: "not a text", 7: "role", 8: "20,001"}
    for number, words in reasons.items():
        assert any(one.startswith(f" line {number}:") and words in one for one in named), (number, named)
    assert "line 2:" not in refused.value.message
