"""Ordered faults, the control API, and what is counted."""

from __future__ import annotations

import asyncio
import json

import pytest

from upbeat.errors import InputError
from upbeat.sandbox.faults import Fault, Faults

from .conftest import KEY, Caller


@pytest.mark.parametrize(
    ("fault", "statuses"), [("429", (403, 429, 429)), ("401", (400, 403, 401)), ("500", (500, 500, 500))]
)
async def test_a_status_fault_comes_in_each_apis_own_words(
    caller: Caller, fault: str, statuses: tuple[int, int, int]
) -> None:
    await caller.order("faults", source="*", fault=fault)
    answers = (
        await caller.discover("cristiano"),
        await caller.igdata("/user/info", username="cristiano"),
        await caller.lama("/user/by/username", username="cristiano"),
    )
    assert tuple(a.status_code for a in answers) == statuses
    assert [set(a.json()) for a in answers] == [{"error"}, {"message"}, {"detail", "exc_type"}]


async def test_a_broken_body_is_no_json(caller: Caller) -> None:
    await caller.order("faults", source="lama", fault="broken_body")
    answer = await caller.lama("/user/by/username", username="cristiano")
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


async def test_a_field_is_dropped_or_of_the_wrong_type_at_any_depth(caller: Caller) -> None:
    good = (await caller.igdata("/user/info", username="cristiano")).json()
    await caller.order("faults", source="rapidapi-igdata", fault="drop_field", field="count", times=1)
    dropped = (await caller.igdata("/user/info", username="cristiano")).json()
    assert dropped["edge_followed_by"] == {}
    await caller.order("faults", source="rapidapi-igdata", fault="wrong_type", field="edge_follow", times=1)
    wrong = (await caller.igdata("/user/info", username="cristiano")).json()
    assert wrong == {**good, "edge_follow": "not what it was"}
    assert (await caller.igdata("/user/info", username="cristiano")).json() == good


async def test_a_fault_strikes_its_handle_and_its_credential_alone(caller: Caller) -> None:
    await caller.order("faults", source="rapidapi-igdata", fault="500", handle="Cristiano", credential=KEY)
    assert (await caller.igdata("/user/info", username="cristiano")).status_code == 500
    assert (await caller.igdata("/user/info", username="leomessi")).status_code == 200
    other = await caller.igdata("/user/info", username="cristiano", key="sandbox-rapidapi-key-2")
    assert other.status_code == 200
    assert (await caller.lama("/user/by/username", username="cristiano")).status_code == 200


async def test_a_timeout_gives_no_answer_in_time(caller: Caller) -> None:
    await caller.order("faults", source="lama", fault="timeout", seconds=30)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(caller.lama("/user/by/username", username="cristiano"), 2.0)
    assert await caller.count(source="lama", status="0") == 1


async def test_slow_answers_come_late_and_whole(caller: Caller) -> None:
    await caller.order("faults", source="lama", fault="slow", seconds=0.2)
    began = asyncio.get_running_loop().time()
    answer = await caller.lama("/user/by/username", username="cristiano")
    assert asyncio.get_running_loop().time() - began >= 0.2
    assert answer.json()["username"] == "cristiano"


def test_chance_is_kept_and_repeats() -> None:
    def strikes() -> list[bool]:
        faults = Faults()
        faults.add(Fault(source="lama", fault="500", probability=0.3))
        return [faults.pick("lama", "a", "") is not None for _ in range(1000)]

    assert strikes() == strikes()
    assert 250 < sum(strikes()) < 350


def test_times_count_down() -> None:
    faults = Faults()
    faults.add(Fault(source="lama", fault="500", times=2))
    assert [faults.pick("lama", "", "") is not None for _ in range(4)] == [True, True, False, False]
    assert faults.rules == []


async def test_faults_are_listed_and_ended(caller: Caller) -> None:
    first = (await caller.order("faults", source="lama", fault="500")).json()["id"]
    await caller.order("faults", source="graphapi", fault="500")
    await caller.client.delete("/_sandbox/faults", params={"id": first})
    left = (await caller.client.get("/_sandbox/faults")).json()["faults"]
    assert [f["source"] for f in left] == ["graphapi"]
    assert (await caller.client.delete("/_sandbox/faults")).json() == {"ended": 1}


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"source": "lama", "fault": "503"}, "fault=503"),
        ({"source": "nobody", "fault": "500"}, "source=nobody"),
        ({"source": "lama", "fault": "drop_field"}, "field"),
        ({"source": "lama", "fault": "500", "probability": 0}, "probability"),
        ({"source": "lama", "fault": "500", "probability": "often"}, "probability"),
        ({"source": "lama", "fault": "500", "hanlde": "a"}, "hanlde"),
        ({"fault": "500"}, "source"),
    ],
)
async def test_a_wrong_order_is_refused_by_name(caller: Caller, body: dict[str, object], names: str) -> None:
    answer = await caller.order("faults", **body)
    assert answer.status_code == 400
    assert names in answer.json()["error"]
    assert (await caller.client.get("/_sandbox/faults")).json() == {"faults": []}


async def test_control_takes_json_only(caller: Caller) -> None:
    answer = await caller.client.post("/_sandbox/limits", content='{"source": "lama"}')
    assert answer.status_code == 400


async def test_requests_are_counted_by_source_handle_status_and_credential(caller: Caller) -> None:
    await caller.igdata("/user/info", username="cristiano")
    await caller.igdata("/user/info", username="unknown.account.sandbox")
    await caller.igdata("/user/info", username="cristiano", key="someone-elses-key")
    await caller.lama("/user/by/username", username="leomessi")
    assert await caller.count() == 4
    assert await caller.count(source="rapidapi-igdata", handle="cristiano", status="200") == 1
    assert await caller.count(credential="other", status="401") == 1
    assert await caller.count(handle="leomessi", endpoint="/v1/user/by/username") == 1
    text = (await caller.client.get("/_sandbox/requests")).text
    assert "someone-elses-key" not in text
    await caller.client.delete("/_sandbox/requests")
    assert await caller.count() == 0


async def test_a_raised_limit_holds_until_reset(caller: Caller) -> None:
    await caller.order("limits", source="lama", requests=2, seconds=10)
    statuses = [(await caller.lama("/user/by/username", username="leomessi")).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    await caller.order("limits", source="lama", requests=None)
    statuses = [(await caller.lama("/user/by/username", username="leomessi")).status_code for _ in range(99)]
    assert set(statuses) == {200}
    reset = (await caller.client.delete("/_sandbox/limits")).json()
    assert reset["lama"] == {"requests": 60, "seconds": 60}


async def test_a_change_of_the_world_is_seen_at_once_by_every_source(caller: Caller) -> None:
    for expected in (523_000_000, 524_000_001):
        graph = (await caller.discover("cristiano", "followers_count")).json()
        assert graph["business_discovery"]["followers_count"] == expected
        igdata = (await caller.igdata("/user/info", username="cristiano")).json()
        assert igdata["edge_followed_by"]["count"] == expected
        lama = (await caller.lama("/user/by/username", username="cristiano")).json()
        assert lama["follower_count"] == expected
        await caller.order("world/instagram/cristiano", followers=524_000_001)


async def test_an_unknown_host_is_told_so(caller: Caller) -> None:
    answer = await caller.client.get("/example.com/anything")
    assert answer.status_code == 404
    assert "example.com" in answer.json()["error"]


def test_an_unknown_fault_is_an_input_error() -> None:
    with pytest.raises(InputError, match="no such fault"):
        Fault(source="lama", fault="nothing")


async def test_a_429_tells_to_wait_as_long_as_it_was_ordered(caller: Caller) -> None:
    await caller.order("faults", source="lama", fault="429", seconds=7, times=1)
    answer = await caller.lama("/user/by/username", username="cristiano")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


async def test_a_credential_that_was_made_up_is_served_until_the_reset(caller: Caller) -> None:
    made = {"source": "rapidapi-igdata", "credential": "another-key", "state": "valid", "create": True}
    assert (await caller.igdata("/user/info", username="cristiano", key="another-key")).status_code == 401
    await caller.order("credentials", **made)
    assert (await caller.igdata("/user/info", username="cristiano", key="another-key")).status_code == 200
    await caller.client.delete("/_sandbox/credentials")
    assert (await caller.igdata("/user/info", username="cristiano", key="another-key")).status_code == 401
