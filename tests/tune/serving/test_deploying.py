"""Deploying, retiring and making current: which variants there are then, on every machine, and what objects."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from ingest.catalogue.engine import reading, writing
from ingest.files import LocalFiles
from service.answer import presets
from service.chat.deploying import MOST_ADAPTERS
from service.errors import BadRequest, Conflict, ModelFile, Unknown
from service.experiments import book as tests
from service.experiments import check, defaults
from service.experiments.check import Lane
from service.models import adapters, tuned
from service.models.tuned import Tuned
from tests.doubles import gguf
from tests.tune.serving.machine import BASE, TINY, Machine, folder, keep, machine, trained

pytestmark = pytest.mark.anyio
PLAIN = ["plain", "few_shot", "rag"]


async def names(machine: Machine) -> list[str]:
    return [variant.name for variant in await machine.book.all()]


async def test_what_is_deployed_is_loaded_and_a_variant_until_it_is_retired(
    here: Machine, engine: Engine, store: LocalFiles, tmp_path: Path
) -> None:
    (key,) = trained(engine, store, tmp_path, "house")
    assert await names(here) == PLAIN
    model = await here.deployments.deploy("house")
    assert (model.deployed, model.current) == (True, True)
    assert adapters.told(here.folder).adapters[key].url
    assert await names(here) == [*PLAIN, "fine_tuned", "rag_fine_tuned"]
    assert {(await here.book.get(name)).model for name in presets.TUNED} == {"house"}
    assert here.shelf.chat("house").name == "house"
    assert here.shelf.local("house")

    model = await here.deployments.retire("house")
    assert (model.deployed, model.current) == (False, False)
    assert await names(here) == PLAIN
    with pytest.raises(Conflict, match="retired"):
        here.shelf.chat("house")
    with pytest.raises(Unknown):
        await here.book.get("fine_tuned")


async def test_the_presets_follow_the_current_model(
    here: Machine, engine: Engine, store: LocalFiles, tmp_path: Path
) -> None:
    trained(engine, store, tmp_path, "old", "new")
    await here.deployments.deploy("old")
    assert not (await here.deployments.deploy("new")).current
    assert (await here.book.get("fine_tuned")).model == "old"
    assert (await here.deployments.make_current("new")).current
    assert (await here.book.get("rag_fine_tuned")).model == "new"
    await here.deployments.retire("new")
    assert (await here.book.get("fine_tuned")).model == "old", "the one that is left"
    with pytest.raises(Conflict, match="not deployed"):
        await here.deployments.make_current("new")


async def test_a_broken_file_is_retired_with_the_reason_and_the_others_go_on(
    here: Machine, engine: Engine, store: LocalFiles, tmp_path: Path
) -> None:
    good, bad = trained(engine, store, tmp_path, "good", "bad")
    await here.deployments.deploy("good")
    here.bad.add(bad)
    with pytest.raises(ModelFile, match="does not load it") as refused:
        await here.deployments.deploy("bad")
    assert refused.value.status == 409
    kept = here.tuned.known["bad"]
    assert (kept.deployed, kept.current) == (False, False)
    assert "does not load it" in str(kept.problem)
    assert adapters.told(here.folder).adapters[good].url
    assert (await here.book.get("fine_tuned")).model == "good"
    here.bad.clear()
    assert (await here.deployments.deploy("bad")).problem is None


async def test_a_stored_file_that_was_swapped_is_never_loaded(
    here: Machine, engine: Engine, store: LocalFiles, tmp_path: Path
) -> None:
    """Attack 46."""
    (key,) = trained(engine, store, tmp_path, "house")
    store.remove(key)
    other = gguf.lora(tmp_path / "other.gguf", seed=99, base=TINY)
    store.put(str(other), key)
    with pytest.raises(ModelFile, match="not the expected file"):
        await here.deployments.deploy("house")
    assert here.fakes == {}


async def test_another_machine_loads_what_one_deploys(
    tmp_path: Path, engine: Engine, store: LocalFiles, here: Machine
) -> None:
    (key,) = trained(engine, store, tmp_path, "house")
    async with machine(folder(tmp_path, "there"), engine, store) as there:
        await here.deployments.deploy("house")
        assert await there.tending.loaded(there.tuned.known.get("house") or here.tuned.known["house"], 20)
        assert there.fakes.keys() == here.fakes.keys() == {key}
        assert (await there.book.get("fine_tuned")).model == "house"
        assert there.shelf.chat("house").name == "house"


async def test_a_file_that_is_away_is_no_broken_file(here: Machine, engine: Engine, tmp_path: Path) -> None:
    keep(engine, Tuned("house", "local", BASE, "2026", file_sha256="0" * 64))
    with writing(engine) as connection:
        tuned.deploy(connection, "house", True)
    await here.tending.step()
    assert here.tuned.known["house"].deployed
    assert adapters.wanted(here.folder) == ()


async def test_an_adapter_of_another_base_is_refused(
    here: Machine, engine: Engine, store: LocalFiles, tmp_path: Path
) -> None:
    trained(engine, store, tmp_path, "big", base="qwen2.5-coder-1.5b-instruct-q4_k_m")
    with pytest.raises(Conflict, match="which is not what the local server runs") as refused:
        await here.deployments.deploy("big")
    assert refused.value.code == "base_not_running"


async def test_no_more_are_held_than_memory_is_meant_for(
    here: Machine, engine: Engine, store: LocalFiles, tmp_path: Path
) -> None:
    several = [f"m{number}" for number in range(MOST_ADAPTERS + 1)]
    trained(engine, store, tmp_path, *several)
    for name in several[:-1]:
        await here.deployments.deploy(name)
    with pytest.raises(Conflict) as refused:
        await here.deployments.deploy(several[-1])
    assert refused.value.code == "too_many_deployed"
    await here.deployments.deploy(several[0])  # again: nothing to do
    keep(engine, Tuned("hosted", "openai", "openai:gpt-4.1-mini", "2026", remote_id="ft:gpt-4.1-mini:x"))
    assert (await here.deployments.deploy("hosted")).deployed, "it takes no memory here"


async def test_a_model_from_scratch_is_not_served(here: Machine, engine: Engine, store: LocalFiles) -> None:
    keep(engine, Tuned("scratch", "local", BASE, "2026", file_sha256="0" * 64, card={"kind": "scratch"}))
    with pytest.raises(Conflict) as refused:
        await here.deployments.deploy("scratch")
    assert refused.value.code == "model_not_servable"


def experiment(engine: Engine, *variants: str) -> None:
    arms, weights = check.lanes([Lane(name, 1.0) for name in variants], aa=False)
    new = tests.New(
        name="test", metric="feedback", arms=arms, weights=weights, collection="default", routing="fixed",
        guardrails=(), staff=frozenset(), aa=False, expected_n=500,
    )  # fmt: skip
    with writing(engine) as connection:
        tests.create(connection, new, presets.NAMES)


async def test_what_an_experiment_tests_does_not_change_under_it(
    here: Machine, engine: Engine, store: LocalFiles, tmp_path: Path
) -> None:
    trained(engine, store, tmp_path, "old", "new")
    await here.deployments.deploy("old")
    await here.deployments.deploy("new")
    experiment(engine, "plain", "fine_tuned")
    for change in (here.deployments.retire("old"), here.deployments.make_current("new")):
        with pytest.raises(Conflict) as refused:
            await change
        assert refused.value.code == "variant_in_experiment"
    assert (await here.deployments.make_current("old")).current, "no change"
    await here.deployments.retire("new")

    def finished() -> Tuned:
        with writing(engine) as connection:
            here.deployments.adopt(connection, Tuned("newest", "local", BASE, "2027", file_sha256="0" * 64))
            return tuned.find(connection, "newest")

    adopted = finished()
    assert (adopted.deployed, adopted.current) == (True, False)


async def test_what_variants_use_is_not_retired(
    here: Machine, engine: Engine, store: LocalFiles, tmp_path: Path
) -> None:
    trained(engine, store, tmp_path, "house")
    await here.deployments.deploy("house")
    with pytest.raises(BadRequest) as refused:
        await here.book.create(name="mine", label="", approach="fine_tuned", model="", parameters={})
    assert refused.value.code == "model_not_tuned"
    await here.book.create(name="mine", label="", approach="fine_tuned", model="house", parameters={"max_tokens": 50})
    with pytest.raises(Conflict, match="mine"):
        await here.deployments.retire("house")
    await here.book.remove("mine")
    with writing(engine) as connection:
        defaults.choose(connection, "default", "rag_fine_tuned")
    with pytest.raises(Conflict, match="default variant"):
        await here.deployments.retire("house")


async def test_a_finished_training_is_deployed_and_current_at_once(here: Machine, engine: Engine) -> None:
    with writing(engine) as connection:
        here.deployments.adopt(connection, Tuned("first", "local", BASE, "2026", file_sha256="0" * 64))
        here.deployments.adopt(connection, Tuned("second", "openai", "openai:gpt-4.1-mini", "2027", remote_id="ft:x"))
        third = Tuned("third", "local", BASE, "2028", file_sha256="1" * 64, card={"kind": "scratch"})
        here.deployments.adopt(connection, third)
        with pytest.raises(Conflict):
            here.deployments.adopt(connection, Tuned("first", "local", BASE, "2029"))
    with reading(engine) as connection:
        found = {model.name: (model.deployed, model.current) for model in tuned.listing(connection)}
        assert tuned.files(connection) == {"0" * 64, "1" * 64}
    assert found == {"third": (False, False), "second": (True, True), "first": (True, False)}
