"""A job as whoever looks on sees it: every value of its curves, when it comes."""

from __future__ import annotations

from contextlib import aclosing

import anyio
import pytest

from ingest.catalogue.transactions import Transactions
from service.parts import Parts
from service.tune import jobs, watch
from service.tune.types import Point
from tests.doubles.tuning import client
from tests.tune.test_jobs import begun

pytestmark = pytest.mark.anyio


async def test_values_that_come_after_their_step_are_told(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.01)
    catalogue = Transactions(parts.engine)
    async with client(parts) as api:
        id = (await begun(api, "curved"))["id"]
        async with aclosing(watch.watch(parts, id)) as states:
            assert (await anext(states)).loss == ()
            for kept, told in (
                ([Point(0, 9, 3.0), Point(0, 10, 2.8)], [Point(0, 9, 3.0), Point(0, 10, 2.8)]),
                ([Point(0, 10, None, 2.9)], [Point(0, 10, 2.8, 2.9)]),
                ([Point(0, 11, 2.7)], [Point(0, 11, 2.7)]),
                ([Point(0, 9, 2.95)], [Point(0, 9, 2.95)]),  # done again after a resume
            ):
                await catalogue.write(lambda c, some=kept: jobs.keep_points(c, id, some))  # type: ignore[misc]
                with anyio.fail_after(20):
                    assert list((await anext(states)).loss) == told
            await catalogue.write(lambda c: jobs.request_cancel(c, id))
            with anyio.fail_after(20):
                last = await anext(states)
            assert (last.status, [one.step for one in last.loss]) == ("cancelled", [9, 10, 11])
            with anyio.fail_after(20), pytest.raises(StopAsyncIteration):
                await anext(states)
