"""One profile with all that is known of it, and what its figures are made of."""

from __future__ import annotations

import json
from typing import Any

import httpx
from tests.integration.api.published_tables import publish

from upbeat.settings import Settings
from upbeat.stores.postgres import transaction

PLACE = {"platform": "INSTAGRAM", "profile_id": "p1"}
SEEN, BUILT = "2026-11-22T09:00:00+00:00", "2026-11-22T10:00:00+00:00"
ACCOUNT = PLACE | {
    "handle": "ada", "followers": 1000, "avg_likes": 15.0, "avg_comments": 3.0, "engagement_rate": 1.8, "total_posts": 2,
    "category": "Music", "category_source": "model", "category_confidence": 0.9, "category_model": "gpt",
    "category_prompt_version": "v1", "category_observed_at": SEEN, "source": "graphapi", "observed_at": SEEN, "updated_at": BUILT,
}  # fmt: skip


def collect(settings: Settings) -> None:
    """What the crawlers saw of the account: three observations, two posts of these days and an old one, a model's answer."""
    with transaction(settings) as connection:
        for time, followers in (("2026-11-20", 900), (SEEN, 1000), ("2026-11-23", 2000)):
            connection.execute(
                "INSERT INTO beat.profile_log (platform, profile_id, handle, dimensions, metrics, source, timestamp, raw_object) "
                "VALUES ('INSTAGRAM', 'p1', 'ada', '{}', %s, 'graphapi', %s, %s)",
                (json.dumps({"followers": followers}), time, f"raw/profile/{followers}"),
            )
        for post, published, likes in (
            ("a", "2026-11-20", 10),
            ("b", "2026-11-21", 20),
            ("c", "2026-09-01", 99),
        ):
            connection.execute(
                "INSERT INTO beat.instagram_post (post_id, profile_id, handle, shortcode, published_at, source, observed_at) "
                "VALUES (%s, 'p1', 'ada', %s, %s, 'graphapi', %s)",
                (post, f"code-{post}", published, SEEN),
            )
            connection.execute(
                "INSERT INTO beat.post_log (platform, post_id, profile_id, dimensions, metrics, source, timestamp, raw_object) "
                "VALUES ('INSTAGRAM', %s, 'p1', '{}', %s, 'graphapi', %s, %s)",
                (post, json.dumps({"likes": likes, "comments": 3}), SEEN, f"raw/post/{post}"),
            )
        connection.execute(
            "INSERT INTO beat.enrichment (platform, profile_id, kind, model, prompt_version, is_sandbox, result, confidence, "
            "input_hash, source, observed_at) "
            "VALUES ('INSTAGRAM', 'p1', 'categ_lang_topics', 'gpt', 'v1', true, '{}', 0.9, 'abc', 'openai', %s)",
            (SEEN,),
        )


async def figures(client: httpx.AsyncClient) -> dict[str, Any]:
    """The explained figures of the account."""
    answer = await client.get("/v1/profiles/INSTAGRAM/p1?explain=true")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["explanations"]["account"][0]["figures"]
    return found


async def test_each_figure_of_a_profile_leads_back_to_what_was_seen(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    collect(settings)
    run_id = publish(settings, "instagram_account", [ACCOUNT])
    found = await figures(client)

    followers = found["followers"]
    assert (followers["value"], followers["raw_payloads"]) == (1000, ["raw/profile/1000"])
    assert followers["inputs"]["observed"] == {"followers": 1000}
    assert (followers["source"], followers["observed_at"]) == ("graphapi", SEEN)
    assert followers["run"]["sync_run"] == run_id
    assert (followers["model"], followers["computed_at"]) == ("mart_instagram_account", BUILT)
    rate = found["engagement_rate"]
    assert rate["version"] == "mart_instagram_account@1"
    assert "(avg_likes + avg_comments) / followers × 100" in rate["formula"]
    assert rate["inputs"] == {
        "followers": 1000, "avg_likes": 15.0, "avg_comments": 3.0,
        "observed": {"posts_counted": 2, "sum_of_likes": 30, "sum_of_comments": 6, "sum_of_plays": None},
    }  # fmt: skip
    assert sorted(rate["raw_payloads"]) == ["raw/post/a", "raw/post/b"]
    category = found["category_confidence"]
    assert category["inputs"]["observed"]["input_hash"] == "abc"
    assert category["raw_payloads"] == []
    assert "beat.enrichment" in category["raw_payload_unknown"]


async def test_what_cannot_be_known_is_null_with_the_reason(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    publish(settings, "instagram_account", [ACCOUNT])
    found = await figures(client)

    for name, figure in found.items():
        assert (figure["source"], figure["observed_at"], figure["raw_payloads"]) == (None, None, []), name
        assert figure["inputs"]["observed"] is None
        assert figure["raw_payload_unknown"]


async def test_a_profile_tells_account_enrichment_audience_and_growth_each_with_its_freshness(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    missing = await client.get("/v1/profiles/INSTAGRAM/p1")
    assert (missing.status_code, missing.json()["title"]) == (503, "Not published")

    publish(settings, "instagram_account", [ACCOUNT])
    publish(
        settings,
        "audience_quality_score",
        [
            PLACE
            | {
                "quality_score": 71.5,
                "model_fake_share": 0.1,
                "model_fake_share_low": 0.05,
                "model_fake_share_high": 0.2,
            }
        ],
    )
    publish(
        settings,
        "audience_locations",
        [PLACE | {"level": "country", "place": place, "share": 0.5} for place in ("IN", "AE")],
    )
    told = (await client.get("/v1/profiles/INSTAGRAM/p1")).json()

    data = told["data"]
    assert data["account"]["followers"] == 1000
    assert "category" not in data["account"]
    assert data["enrichment"]["category"] == {
        "value": "Music", "source": "model", "confidence": 0.9, "model": "gpt", "prompt_version": "v1", "observed_at": SEEN,
    }  # fmt: skip
    quality = data["audience_quality"]
    assert (quality["model_fake_share_low"], quality["model_fake_share_high"]) == (0.05, 0.2)
    assert [place["place"] for place in data["audience_places"]] == ["AE", "IN"]
    assert data["audience_demographics"] is None  # its table is not published
    assert told["freshness"]["audience_demographics"] is None
    assert told["freshness"]["account"]["observed_newest"] == SEEN
    assert "explanations" not in told
    for path, status in (
        ("INSTAGRAM/p2", 404),
        ("instagram/p1", 422),
        ("INSTAGRAM/p1?limit=1", 422),
        ("INSTAGRAM/%00", 422),
    ):
        assert (await client.get(f"/v1/profiles/{path}")).status_code == status


async def test_posts_and_days_lead_back_to_their_observations(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    collect(settings)
    publish(
        settings,
        "post_ranking",
        [PLACE | {"post_id": "a", "handle": "ada", "likes": 10, "ingested_at": BUILT}],
    )
    publish(
        settings,
        "time_series",
        [
            PLACE | {"date": day, "followers": count}
            for day, count in (("2026-11-20", 900), ("2026-11-22", 1000))
        ],
    )
    publish(
        settings,
        "collection_post",
        [PLACE | {"collection_id": "k", "shortcode": "code-b", "post_id": "b", "observed_at": SEEN}],
    )
    publish(
        settings,
        "collection_summary",
        [{"collection_id": "k", "starts_on": "2026-11-01", "likes": 20, "updated_at": BUILT}],
    )

    ranked = await client.get("/v1/content/posts?explain=true")
    likes = ranked.json()["explanations"][0]["figures"]["likes"]
    assert (likes["raw_payloads"], likes["inputs"]["observed"]["likes"]) == (["raw/post/a"], 10)
    days = await client.get("/v1/time-series/INSTAGRAM/p1/day?explain=true&since=2026-11-21")
    assert [row["date"] for row in days.json()["data"]] == ["2026-11-22"]
    assert days.json()["explanations"][0]["figures"]["followers"]["raw_payloads"] == ["raw/profile/1000"]
    summary = (await client.get("/v1/reports/collections/k?explain=true")).json()
    reached = summary["explanations"]["figures"]["likes"]
    assert (reached["raw_payloads"], reached["inputs"]["observed"]["sum_of_likes"]) == (["raw/post/b"], 20)


async def test_what_no_observation_told_is_not_explained_by_one_that_does_not_count(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    collect(settings)
    with transaction(settings) as connection:
        # Seen again by a source that does not tell likes, and once under another id; the model has answered anew.
        connection.execute(
            "INSERT INTO beat.post_log (platform, post_id, profile_id, dimensions, metrics, source, timestamp, raw_object) "
            """VALUES ('INSTAGRAM', 'a', 'p1', '{}', '{"plays": 70}', 'lama', %s, 'raw/post/plays')""",
            (BUILT,),
        )
        connection.execute(
            "INSERT INTO beat.instagram_post (post_id, profile_id, handle, shortcode, source, observed_at) "
            "VALUES ('b_p1', 'p1', 'ada', 'code-b', 'lama', '2026-11-01')"
        )
        connection.execute("UPDATE beat.enrichment SET observed_at = %s", (BUILT,))
        # Two samples: of the first one the sum was written after the second had begun to be scored.
        for account, sample, scored in (("x", "s1", SEEN), ("y", "s2", BUILT)):
            connection.execute(
                "INSERT INTO beat.follower_score (platform, profile_id, relation, account_id, handle, score, lang_flag, "
                "digits_flag, special_char_flag, is_known_name, sample_id, scorer_version, source, observed_at) VALUES "
                "('INSTAGRAM', 'p1', 'follower', %s, 'x', 1, false, false, false, false, %s, 'v1', 'scorer', %s)",
                (account, sample, scored),
            )
            connection.execute(
                "INSERT INTO beat.audience_quality (platform, profile_id, relation, sample_id, sample_size, fake_count, weak_count, "
                "real_count, fake_share, weak_share, real_share, scorer_version, source, observed_at) VALUES "
                "('INSTAGRAM', 'p1', 'follower', %s, 1, 1, 0, 0, 1, 0, 0, 'v1', 'scorer', '2026-11-23')",
                (sample,),
            )
    publish(settings, "instagram_account", [ACCOUNT | {"avg_plays": 70.0}])
    publish(settings, "audience_quality_score", [PLACE | {"fake_share": 1.0, "scored_at": SEEN}])
    publish(settings, "growth_rates", [PLACE | {"days": 30, "followers": 1000, "observed_on": "2026-11-22"}])
    publish(settings, "post_ranking", [PLACE | {"post_id": "b", "handle": "ada", "ingested_at": BUILT}])
    told = (await client.get("/v1/profiles/INSTAGRAM/p1?explain=true")).json()["explanations"]
    account, growth = told["account"][0]["figures"], told["growth"][0]["figures"]
    assert account["avg_likes"]["inputs"]["observed"] == {
        "posts_counted": 2, "sum_of_likes": 30, "sum_of_comments": 6, "sum_of_plays": None,
    }  # fmt: skip
    assert (account["avg_plays"]["raw_payloads"], account["avg_plays"]["inputs"]["observed"]["posts_counted"]) == (
        ["raw/post/plays"], 1,
    )  # fmt: skip
    assert growth["followers"]["raw_payloads"] == ["raw/profile/1000"]
    fake = told["audience_quality"][0]["figures"]["fake_share"]
    assert (fake["observed_at"], fake["inputs"]["observed"]["sample_id"]) == (SEEN, "s1")
    ranked = (await client.get("/v1/content/posts?explain=true")).json()["explanations"][0]["figures"]
    for unknown in (growth["followers_then"], ranked["likes"], account["category_confidence"]):
        assert (unknown["source"], unknown["raw_payloads"], unknown["inputs"]["observed"]) == (None, [], None)
        assert unknown["raw_payload_unknown"]


async def test_a_row_of_a_report_is_explained_by_its_own_posts(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    collect(settings)
    member = {"collection_id": "k", "kind": "KEYWORDS", "platform": "INSTAGRAM"}
    seen = {"profile_id": "p1", "observed_at": SEEN}
    posts = [
        seen | {"shortcode": "code-a", "post_id": "a", "matched": ["tea"]},
        seen | {"shortcode": "code-b", "post_id": "b", "matched": ["tea", "milk"]},
        {"shortcode": "code-c"},  # not collected when the mart was built
    ]
    publish(settings, "collection_post", [member | post for post in posts])
    row = {"collection_id": "k", "platform": "INSTAGRAM", "updated_at": BUILT}
    publish(settings, "keyword_collection", [row | {"keyword": word} for word in ("milk", "tea")])
    publish(
        settings,
        "collection_profile",
        [row | {"creator": "p1", "profile_id": "p1", "likes": 30}, row | {"creator": "@new", "posts": 1}],
    )
    place = {"measure": "likes", "profile_id": "p1", "published_at": SEEN}
    publish(settings, "collection_top_content", [row | place | {"shortcode": "code-b", "value": 20.0}])
    with transaction(settings) as connection:
        connection.execute(
            "INSERT INTO beat.instagram_post (post_id, profile_id, handle, shortcode, source, observed_at) "
            "VALUES ('b_p1', 'p1', 'ada', 'code-b', 'lama', '2026-11-01')"
        )

    async def payloads(path: str, figure: str) -> list[list[str]]:
        answer = await client.get(f"/v1/reports/collections/k/{path}?explain=true")
        assert answer.status_code == 200, answer.text
        return [sorted(one["figures"][figure]["raw_payloads"]) for one in answer.json()["explanations"]]

    both = ["raw/post/a", "raw/post/b"]
    assert sorted(await payloads("keywords", "engagements")) == [both, ["raw/post/b"]]
    assert sorted(await payloads("profiles", "engagements")) == [[], both]
    assert await payloads("top-content", "value") == [["raw/post/b"]]
    assert sorted(await payloads("posts", "engagements")) == [[], ["raw/post/a"], ["raw/post/b"]]


async def test_formulas_can_be_read_without_a_value(client: httpx.AsyncClient) -> None:
    told = (await client.get("/v1/formulas/leaderboard")).json()

    assert told["columns"]["rank_change"]["inputs"] == ["previous_followers_rank", "followers_rank"]
    assert (await client.get("/v1/formulas/nothing")).status_code == 404
