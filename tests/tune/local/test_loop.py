"""Steps, early stopping, sweeps and wordings, on a tiny base."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.tune.local import data, loop, main, paraphrase, reword
from service.tune.local.base import Base
from service.tune.local.job import FROM_SCRATCH, Pair, Settings, read
from service.tune.local.student import Tuned
from tests.tune.local import tiny


def run(folder: Path) -> None:
    assert main.main([str(folder)], main.Stop()) == 0, (folder / "error.json").read_text()


def test_it_stops_when_validation_gets_no_better_and_keeps_the_best(tmp_path: Path, base_path: Path) -> None:
    folder = tiny.job(tmp_path / "job", base_path, epochs=60, patience=2, learning_rate=3e-2)
    run(folder)
    made = tiny.manifest(folder)
    validations = tiny.events(folder, "validation")
    losses = [event["validation_loss"] for event in validations]
    assert made["stopped_early"]
    assert made["steps"] < 120
    assert "stopped early" in validations[-1]["detail"]
    assert made["validation_loss"] == pytest.approx(min(losses), abs=1e-4)
    assert made["best_step"] == validations[losses.index(min(losses))]["step"]
    assert min(losses) not in losses[-2:]


def test_a_sweep_keeps_the_setting_with_the_lowest_validation_loss(tmp_path: Path, base_path: Path) -> None:
    sweep = [{"learning_rate": 1e-6}, {"learning_rate": 1e-2, "rank": 2}, {"learning_rate": 1e-5}]
    folder = tiny.job(tmp_path / "job", base_path, sweep=sweep, epochs=3)
    run(folder)
    made = tiny.manifest(folder)
    assert [result["setting"] for result in made["sweep"]] == [0, 1, 2]
    assert made["setting"] == 1
    assert (made["settings"]["rank"], made["settings"]["learning_rate"]) == (2, 1e-2)
    assert made["validation_loss"] == min(result["validation_loss"] for result in made["sweep"])
    steps = tiny.events(folder, "step")
    assert [event["step"] for event in steps] == list(range(1, 19))
    assert {event["steps"] for event in steps} == {18}
    assert [event["setting"] for event in steps] == [0] * 6 + [1] * 6 + [2] * 6


def test_a_stopped_sweep_goes_on_in_the_middle(tmp_path: Path, base_path: Path) -> None:
    sweep = [{"learning_rate": 1e-2}, {"learning_rate": 1e-5}]
    whole = tiny.job(tmp_path / "whole", base_path, sweep=sweep, epochs=3)
    run(whole)
    folder = tiny.job(tmp_path / "stopped", base_path, sweep=sweep, epochs=3)
    stop = main.Stop()
    stop.asked = True  # after every first step
    runs = 0
    while not (folder / "manifest.json").exists():
        assert main.main([str(folder)], stop) == 0
        runs += 1
        assert runs <= 14
    assert runs == 13, "twelve steps, one a run, and the export"
    first, second = tiny.manifest(whole), tiny.manifest(folder)
    assert second["resumed"] == 12
    for one, other in zip(first["sweep"], second["sweep"], strict=True):
        assert other["validation_loss"] == pytest.approx(one["validation_loss"], abs=2e-3)
    assert first["setting"] == second["setting"] == 0


def test_other_settings_do_not_go_on_from_an_old_checkpoint(tmp_path: Path, base_path: Path) -> None:
    folder = tiny.job(tmp_path / "job", base_path, epochs=1)
    run(folder)
    given = json.loads((folder / "job.json").read_text())
    given["settings"]["epochs"] = 2
    (folder / "job.json").write_text(json.dumps(given))
    run(folder)
    assert tiny.manifest(folder)["resumed"] == 0
    assert tiny.manifest(folder)["steps"] == 4


def test_the_rate_rises_then_falls() -> None:
    settings = Settings(learning_rate=1.0)
    rates = [loop.rate(settings, step, 100) for step in range(100)]
    assert rates[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0], abs=0.01)
    assert rates[5:] == sorted(rates[5:], reverse=True)
    assert rates[-1] == pytest.approx(loop.LAST_RATE, abs=0.01)


def test_wordings_are_written_once_and_trained(tmp_path: Path, base_path: Path) -> None:
    folder = tiny.job(tmp_path / "job", base_path, epochs=2, paraphrase=True)
    run(folder)
    rows = [json.loads(line) for line in (folder / reword.NAME).read_text().splitlines()]
    assert [row["question"] for row in rows] == [pair["question"] for pair in tiny.PAIRS[:8]]
    assert all(len(set(row["wordings"])) == len(row["wordings"]) >= 3 for row in rows)
    assert tiny.manifest(folder)["wordings"] == 8 + sum(len(row["wordings"]) for row in rows)
    kept = {pair["question"] for pair in tiny.PAIRS[8:]} | {words for row in rows for words in row["validation"]}
    assert not kept & {words for row in rows for words in row["wordings"]}


QUESTION = Pair("When was the Hillside office opened?", "It was opened on 4 June 2011 by Ada Brown.")


@pytest.mark.parametrize(
    "wording",
    ["On which date did Hillside open its office?", "What day was the office in Hillside opened?"],
)
def test_a_wording_that_asks_for_the_same_is_kept(wording: str) -> None:
    assert paraphrase.fits(wording, QUESTION)


@pytest.mark.parametrize(
    ("wording", "why"),
    [
        ("Who opened the Hillside office?", "it asks for a person"),
        ("When was the office opened?", "it names another office, or none"),
        ("When did Hillside get its office, in June?", "it gives the answer away"),
        ("When was the Hillside office opened?", "it is the question"),
        ("The Hillside office was opened when", "it is no question"),
    ],
)
def test_a_wording_that_asks_for_something_else_is_not(wording: str, why: str) -> None:
    assert not paraphrase.fits(wording, QUESTION), why


def test_a_wording_about_something_else_is_not() -> None:
    beds = Pair("How many beds does the garden have?", "There are fourteen.")
    assert paraphrase.fits("What is the number of beds in the garden?", beds)
    assert not paraphrase.fits("How many children are coming?", beds)


def test_wordings_in_chinese() -> None:
    pair = Pair("婚假要在多久之內休完？", "婚假應於結婚登記日起六個月內休畢。")
    assert paraphrase.fits("婚假必須在多少時間內休完？", pair)
    assert not paraphrase.fits("誰可以休婚假？", pair)


def test_every_pair_is_trained_as_given_and_in_other_words(base: Base) -> None:
    student = Tuned(base)
    given = [Pair(**pair) for pair in tiny.PAIRS[:4]]
    samples = data.samples(base.tokenizer, given, 256)
    other = data.sample(base.tokenizer, Pair("Which colour has the door?", given[0].answer))
    lesson = loop.Lesson(((samples[0], other), *((one,) for one in samples[1:])), ())
    seen = [lesson.batch([0, 1, 2, 3], 1, epoch)[0] for epoch in range(30)]
    assert all(one == samples[0] for one in seen[::3])
    assert 5 < seen.count(other) < 20
    assert student.weights == {}, "nothing is trained before a setting begins"


@pytest.mark.parametrize("question", ["Where do dirty dishes go?", "婚假要在多久之內休完？", "Why?"])
def test_wordings_are_the_same_for_the_same_seed(question: str) -> None:
    made = list(reword.others(question, "1"))
    assert made == list(reword.others(question, "1"))
    assert question not in made
    assert all(made)


def test_what_a_job_does_not_say_has_a_default(tmp_path: Path) -> None:
    plain = read(tiny.job(tmp_path / "a", None, rank=None, learning_rate=None, epochs=7))
    assert plain.settings.rank == Settings().rank
    assert plain.settings.epochs == 7
    scratch = read(tiny.job(tmp_path / "b", None, kind="scratch", learning_rate=None))
    assert scratch.settings.learning_rate == FROM_SCRATCH["learning_rate"]
