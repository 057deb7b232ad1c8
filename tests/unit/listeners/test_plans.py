"""What each handler makes of a message, without a database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from cryptography.fernet import Fernet

from upbeat.listeners.campaigns import CampaignRows, Campaigns
from upbeat.listeners.coffee import COLLECTION, COLLECTION_MEMBERS, PROFILE_LIST, PROFILE_LIST_MEMBER
from upbeat.listeners.collections import CollectionRows, Collections
from upbeat.listeners.credentials import CredentialPlan, Credentials
from upbeat.listeners.handler import Handler, Received
from upbeat.listeners.scrape_requests import ScrapeRequests
from upbeat.queue.tasks import NewTask
from upbeat.records import Platform
from upbeat.settings import Settings

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SETTINGS = Settings.model_validate({"credential_key": Fernet.generate_key().decode()})


def planned(handler: Handler, **fields: Any) -> Any:
    body = orjson.dumps({**handler.example, **fields})
    return handler.plan(Received("m-1", 1, handler.models[1].model_validate_json(body), AT))


def test_a_task_takes_what_the_message_leaves_out_from_the_flow_and_its_key_from_the_message() -> None:
    task: NewTask = planned(ScrapeRequests(), params={"handle": "@NASA"}, priority=None, idempotency_key=None)
    assert task == NewTask(
        idempotency_key="message:m-1",
        platform=Platform.INSTAGRAM,
        flow="profile_by_handle",
        params={"handle": "nasa"},
        priority=task.priority,
        account_id="brand-7",
    )
    assert planned(ScrapeRequests(), priority=0).priority == 0


def test_creators_of_a_campaign_are_tracked_while_it_is_open() -> None:
    open_ones: CampaignRows = planned(Campaigns())
    assert open_ones.tracked == {Platform.INSTAGRAM: ["natgeo"], Platform.YOUTUBE: ["natgeo"]}
    for status in ("COMPLETED", "CANCELLED"):
        assert planned(Campaigns(), status=status).tracked == {}


def test_every_row_of_a_campaign_names_it() -> None:
    rows: CampaignRows = planned(Campaigns())
    assert {row["campaign_id"] for row in [rows.campaign, *rows.profiles, *rows.costs]} == {"campaign-81"}
    assert rows.campaign["deleted_at"] is None
    assert [cost["platform"] for cost in rows.costs] == ["INSTAGRAM", None]


def test_a_deleted_campaign_keeps_its_row_alone() -> None:
    rows: CampaignRows = planned(Campaigns(), deleted=True, profiles=[], costs=[])
    assert rows.campaign["deleted_at"] == rows.updated_at
    assert (rows.profiles, rows.costs, rows.tracked) == ([], [], {})


def test_the_members_of_the_other_kinds_are_emptied() -> None:
    rows: CollectionRows = planned(Collections())
    assert rows.entity is COLLECTION
    assert {table.name: len(members) for table, members in rows.members.items()} == {
        "collection_post": 2, "collection_profile": 0, "collection_hashtag": 0, "keyword_collection": 0,
    }  # fmt: skip
    assert rows.members[COLLECTION_MEMBERS["POSTS"]][1]["shortcode"] == "dQw4w9WgXcQ"


def test_a_list_of_creators_goes_to_its_own_tables() -> None:
    document = {
        "version": 1, "kind": "PROFILE_LIST", "profile_list_id": "l", "name": "Tea people",
        "updated_at": "2026-11-20T09:00:00Z", "members": [{"platform": "INSTAGRAM", "handle": "natgeo"}],
    }  # fmt: skip
    message = Collections.models[1].model_validate_json(orjson.dumps(document))
    rows = Collections().plan(Received("m", 1, message, AT))
    assert rows.entity is PROFILE_LIST
    assert list(rows.members) == [PROFILE_LIST_MEMBER]
    assert "kind" not in rows.row


def test_a_credential_is_planned_under_its_key_and_hides_its_secrets() -> None:
    plan: CredentialPlan = planned(Credentials(SETTINGS))
    assert plan.key == "graphapi:17841499999999999"
    assert (plan.enabled, plan.data_access_expired, plan.revoked) == (None, None, False)
    assert plan.secrets is not None
    assert "EAAB" not in repr(plan)


def test_a_message_about_the_state_of_a_credential_brings_no_secrets() -> None:
    plan: CredentialPlan = planned(
        Credentials(SETTINGS), credentials={"user_id": "17841499999999999"}, data_access_expired=True
    )
    assert (plan.key, plan.secrets, plan.data_access_expired) == ("graphapi:17841499999999999", None, True)
