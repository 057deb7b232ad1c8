"""Pictures and films are kept by workers: what is stored, what is never fetched twice, what is never kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from tests.collection_run import POSTS, PROFILES, CollectionRun, collection_run

from upbeat.flows import flow_named
from upbeat.queue.store import enqueue_now
from upbeat.queue.tasks import NewTask
from upbeat.sandbox.media_bytes import jpeg
from upbeat.settings import Settings
from upbeat.stores.objects import ObjectMissingError, ObjectStore
from upbeat.stores.postgres import transaction

PICTURE = "instagram.instagram_picture"
MEDIA = "instagram.instagram_post_media"
STORY = "instagram.instagram_story_media"
AVATAR = "youtube.youtube_avatar"
THUMBNAIL = "youtube.youtube_thumbnail"
ASSETS = "SELECT * FROM beat.asset ORDER BY platform, subject_kind, subject_id"
CDN = "https://cdn.sandbox.invalid"

REFUSED = {
    "page": "no picture or film by its content",
    "svg": "no picture or film by its content",
    "empty": "no picture or film by its content",
    "large": "larger than 200000 bytes",
    "endless": "larger than 200000 bytes",
    "bomb": "larger than 200000 bytes",
    "brotli": "content encoding br",
    "redirect_loop": "more than 5 redirects",
    "redirect_to_metadata": "169.254.169.254: the host lies at 169.254.169.254",
    "redirect_to_loopback": "127.0.0.1: the host lies at 127.0.0.1",
    "redirect_to_file": "file: only addresses of http and https",
}


@pytest.fixture
def run(settings: Settings) -> Iterator[CollectionRun]:
    """A run with credentials, small limits, and the CDN as it is at first, before and after."""
    with collection_run(settings) as run:
        run.add_credentials()
        run.change(asset_largest_bytes=200_000)
        try:
            yield run
        finally:
            run.sandbox.set_setting("media_epoch", "0")
            run.sandbox.set_setting("media_case", "picture")


def ask(run: CollectionRun, flow: str, *params: dict[str, Any], key: str = "1") -> None:
    found = flow_named(flow)
    tasks = [
        NewTask(
            idempotency_key=f"{flow}:{number}:{key}",
            platform=found.platform,
            flow=found.name,
            params=found.validate(one),
        )
        for number, one in enumerate(params)
    ]
    with transaction(run.settings) as connection:
        enqueue_now(connection, tasks)


def collect(run: CollectionRun, flow: str, **params: Any) -> None:
    ask(run, flow, params)
    assert run.work(flows=[flow]).complete == 1


def add_post(run: CollectionRun, post_id: str, url: str, thumbnail: str | None = None) -> None:
    run.rows(
        "INSERT INTO beat.instagram_post (post_id, profile_id, handle, media_url, thumbnail_url, source, observed_at) "
        "VALUES (%(id)s, '1', 'a', %(url)s, %(thumbnail)s, 'test', now() - interval '1 hour') RETURNING post_id",
        id=post_id, url=url, thumbnail=thumbnail,
    )  # fmt: skip


def fetches(run: CollectionRun) -> int:
    return int(run.sandbox.requests(source="cdn")["total"])


def bucket(run: CollectionRun) -> ObjectStore:
    return ObjectStore(run.settings, run.settings.s3_assets_bucket)


def tasks(run: CollectionRun, flow: str) -> list[dict[str, Any]]:
    name = flow.partition(".")[2]
    return run.rows(
        "SELECT status::text, data, retry_count FROM beat.scrape_request_log WHERE flow = %(flow)s ORDER BY id",
        flow=name,
    )


def test_every_flow_keeps_what_collection_knows_and_nothing_is_fetched_twice(run: CollectionRun) -> None:
    (handle,) = run.handles(1)
    run.enqueue(handle)
    run.enqueue(handle, flow=POSTS)
    run.work(flows=[PROFILES, POSTS])
    (account,) = run.rows("SELECT profile_id FROM beat.instagram_account")
    collect(run, "instagram.stories", user_id=account["profile_id"])
    channel = run.sandbox.channels(1)[0]
    collect(run, "youtube.channel_by_id", channel_id=channel["channel_id"])
    collect(run, "youtube.video_by_id", video_id=channel["videos"][0])
    posts = run.rows("SELECT post_id FROM beat.instagram_post ORDER BY post_id")
    stories = run.rows("SELECT story_id FROM beat.story WHERE media_url IS NOT NULL")
    asked = {
        PICTURE: [{"user_id": account["profile_id"]}],
        MEDIA: [{"post_id": post["post_id"]} for post in posts],
        STORY: [{"story_id": story["story_id"]} for story in stories],
        AVATAR: [{"channel_id": channel["channel_id"]}],
        THUMBNAIL: [{"video_id": channel["videos"][0]}],
    }
    for flow, params in asked.items():
        ask(run, flow, *params)
    summary = run.work(flows=list(asked))
    assert (summary.failed, summary.complete) == (0, sum(map(len, asked.values())))
    rows = run.rows(ASSETS)
    assert {row["status"] for row in rows} == {"stored"}
    assert {row["subject_kind"] for row in rows} >= {"profile_picture", "post_media", "thumbnail"}
    assert {row["content_type"] for row in rows} == {"image/jpeg", "video/mp4"}
    for row in rows:
        body = bucket(run).get(row["object_key"])
        assert row["checksum"] == hashlib.sha256(body).hexdigest() == row["object_key"][3:67]
        assert (row["size_bytes"], row["cdn_url"]) == (len(body), f"/assets/{row['object_key']}")
    (picture,) = [row for row in rows if row["subject_id"] == account["profile_id"]]
    assert bucket(run).get(picture["object_key"]) == jpeg(f"/profile/{account['profile_id']}.jpg")
    assert (picture["width"], picture["height"]) == (112, 112)
    events = run.rows("SELECT payload FROM beat.outbox WHERE kind = 'asset'")
    assert len(events) == len(rows) == fetches(run)
    for flow, params in asked.items():
        ask(run, flow, *params, key="2")
    assert run.work(flows=list(asked)).complete == sum(map(len, asked.values()))
    assert (fetches(run), run.rows(ASSETS)) == (len(rows), rows)
    assert tasks(run, PICTURE)[-1]["data"]["unchanged"] == ["profile_picture"]


def test_the_same_content_is_one_object_whoever_shows_it(run: CollectionRun) -> None:
    add_post(run, "1", f"{CDN}/hops/0/a.jpg")
    add_post(run, "2", f"{CDN}/hops/0/a.jpg?stp=other_cut")
    add_post(run, "3", f"{CDN}/hops/2/a.jpg")  # over two redirects
    add_post(run, "4", f"{CDN}/case/compressed/hops/a.jpg")
    ask(run, MEDIA, {"post_id": "1"}, {"post_id": "2"}, {"post_id": "3"}, {"post_id": "4"})
    assert run.work(flows=[MEDIA], concurrency=1).complete == 4
    (key,) = {row["object_key"] for row in run.rows(ASSETS)}
    assert list(bucket(run).keys()) == [key]
    assert run.count("beat.asset_object") == 1
    assert [task["data"]["objects_written"] for task in tasks(run, MEDIA)] == [1, 0, 0, 0]


def test_tasks_of_one_subject_at_the_same_time_fetch_it_once(run: CollectionRun) -> None:
    add_post(run, "1", f"{CDN}/post/one.jpg")
    run.rows(
        "INSERT INTO beat.asset_claim VALUES ('INSTAGRAM', 'instagram_post_media', '1', 0, gen_random_uuid(), now()) "
        "RETURNING subject_id"
    )  # of a worker that was killed
    ask(run, MEDIA, *[{"post_id": "1"}] * 4)
    assert run.work(flows=[MEDIA]).complete == 4
    assert fetches(run) == 1
    assert sorted(task["data"]["unchanged"] for task in tasks(run, MEDIA)) == [[], *[["post_media"]] * 3]


def test_an_address_that_has_expired_is_renewed_through_the_crawler_once(run: CollectionRun) -> None:
    (handle,) = run.handles(1)
    run.enqueue(handle, flow=POSTS)
    run.work(flows=[POSTS])
    (post,) = run.rows(
        "SELECT post_id, media_url FROM beat.instagram_post WHERE media_url LIKE '%%.jpg' ORDER BY post_id DESC LIMIT 1"
    )
    run.sandbox.set_setting("media_epoch", "1")
    ask(run, MEDIA, {"post_id": post["post_id"]})
    assert run.work(flows=[MEDIA]).complete == 1
    (asset,) = run.rows(ASSETS)
    assert (asset["status"], asset["source_expires_at"].year) == ("stored", 2029)
    assert asset["source"] == "rapidapi-arraybobo"
    assert run.sandbox.requests(source="cdn")["by_status"] == {"403": 1, "200": 1}
    (renewed,) = run.rows(
        "SELECT media_url FROM beat.instagram_post WHERE post_id = %(id)s", id=post["post_id"]
    )
    assert renewed["media_url"].startswith(f"{post['media_url']}?oe=")
    run.sandbox.set_setting("media_epoch", "2")
    ask(run, MEDIA, {"post_id": post["post_id"]}, key="2")
    assert run.work(flows=[MEDIA]).complete == 1
    assert fetches(run) == 2, "another signature of the same address is no other picture"
    run.rows("UPDATE beat.asset SET source_url_hash = 'another address' RETURNING subject_id")
    run.sandbox.set_setting("media_case", "expired")
    run.change(task_max_attempts=1)
    ask(run, MEDIA, {"post_id": post["post_id"]}, key="refused")
    assert run.work(flows=[MEDIA]).failed == 1
    assert run.rows(ASSETS)[0]["status"] == "stored", "who refuses a new address says nothing of the asset"
    run.sandbox.set_setting("media_case", "gone")
    ask(run, MEDIA, {"post_id": post["post_id"]}, key="3")
    assert run.work(flows=[MEDIA]).complete == 1
    (gone,) = run.rows(ASSETS)
    assert (gone["status"], gone["error"]) == ("gone", "HTTP 410")
    assert gone["object_key"] == asset["object_key"], "what was stored is served still"
    assert fetches(run) == 6, "each time one address that has expired, and its successor"


def test_what_is_no_picture_or_lies_where_nobody_may_ask_is_refused_with_its_reason(
    run: CollectionRun,
) -> None:
    for number, case in enumerate(REFUSED, 1):
        add_post(run, str(number), f"{CDN}/case/{case}/{case}.jpg")
    addresses = {
        "http://127.0.0.1:1/x.jpg": "port 1 is not",
        "http://127.0.0.1/x.jpg": "not of the public Internet",
        "http://0x7f.1/x.jpg": "not of the public Internet",
        "http://[::ffff:10.0.0.1]/x.jpg": "not of the public Internet",
        "http://localhost/x.jpg": "not of the public Internet",
        f"http://127.0.0.1:{run.settings.sandbox_port}/_sandbox/health": "is not one of the web's",
        "https://user:secret@example.com/x.jpg": "names a user",
        "ftp://example.com/x.jpg": "only addresses of http and https",
    }
    for number, address in enumerate(addresses, 101):
        add_post(run, str(number), address)
    wanted = {str(n): why for n, why in enumerate(REFUSED.values(), 1)}
    wanted |= {str(n): why for n, why in enumerate(addresses.values(), 101)}
    ask(run, MEDIA, *({"post_id": post_id} for post_id in wanted))
    assert run.work(flows=[MEDIA]).failed == len(wanted)
    told = {row["subject_id"]: row for row in run.rows(ASSETS)}
    for post_id, why in wanted.items():
        assert (told[post_id]["status"], why in told[post_id]["error"]) == ("failed", True), told[post_id]
        assert "secret" not in told[post_id]["error"]
    assert list(bucket(run).keys()) == []
    assert all(
        "UPBEAT" in t["data"]["error"]["message"] or "post_media: " in t["data"]["error"]["message"]
        for t in tasks(run, MEDIA)
    )


def test_what_may_pass_later_is_tried_again_and_a_slow_drip_ends(run: CollectionRun) -> None:
    # Long enough for all but the drip, which lasts minutes.
    run.change(asset_fetch_seconds=10.0, task_max_attempts=2)
    add_post(run, "1", f"{CDN}/post/one.jpg")
    add_post(run, "2", f"{CDN}/case/slow_drip/two.jpg")
    add_post(run, "3", f"{CDN}/post/three.jpg")
    add_post(run, "5", f"{CDN}/case/slow_drip/five.mp4", f"{CDN}/post/five.jpg")
    run.sandbox.add_fault("cdn", "500", handle="/post/one.jpg", times=1)
    run.sandbox.add_fault("cdn", "broken_body", handle="/post/three.jpg", times=1)
    ask(run, MEDIA, *({"post_id": str(number)} for number in range(1, 6)))
    summary = run.work(flows=[MEDIA], time_budget=240.0)
    assert (summary.complete, summary.failed) == (2, 3)
    first, slow, third, unknown, film = tasks(run, MEDIA)
    assert (first["status"], first["retry_count"], third["retry_count"]) == ("COMPLETE", 1, 1)
    assert "no whole answer within 10 s" in slow["data"]["error"]["message"]
    assert "was never collected" in unknown["data"]["error"]["message"]
    assert "post_media: no whole answer within 10 s" in film["data"]["error"]["message"]
    told = {(row["subject_kind"], row["subject_id"]) for row in run.rows(ASSETS)}
    assert told == {("post_media", "1"), ("post_media", "3"), ("thumbnail", "5")}, "a film costs no thumbnail"


def test_nobody_to_ask_for_a_new_address_is_no_proof_that_it_is_gone(settings: Settings) -> None:
    with collection_run(settings) as run:
        run.change(source_chains={"instagram.post_by_id": ["rapidapi-arraybobo"]})
        add_post(run, "1", f"{CDN}/case/expired/one.jpg")
        ask(run, MEDIA, {"post_id": "1"})
        assert run.work(flows=[MEDIA]).failed == 1
        assert run.rows(ASSETS) == []


def test_unused_assets_go_and_an_object_stays_while_one_row_names_it(run: CollectionRun) -> None:
    from datetime import UTC, datetime, timedelta

    from upbeat.assets.retention import prune_assets

    add_post(run, "1", f"{CDN}/hops/0/shared.jpg")
    add_post(run, "2", f"{CDN}/hops/0/shared.jpg")
    add_post(run, "3", f"{CDN}/hops/0/alone.jpg")
    ask(run, MEDIA, {"post_id": "1"}, {"post_id": "2"}, {"post_id": "3"})
    run.work(flows=[MEDIA])
    keys = {row["subject_id"]: row["object_key"] for row in run.rows(ASSETS)}
    now = datetime.now(UTC)
    with transaction(run.settings) as connection:
        for table, column in (
            ("asset", "observed_at"),
            ("asset_object", "used_at"),
            ("instagram_post", "observed_at"),
        ):
            connection.execute(f"UPDATE beat.{table} SET {column} = now() - interval '100 days'".encode())
        connection.execute("UPDATE beat.instagram_post SET observed_at = now() WHERE post_id = '2'")
        connection.execute("DELETE FROM beat.outbox")
        connection.execute("UPDATE beat.asset_claim SET claimed_at = now() - interval '2 days'")
    before = now - timedelta(days=90)
    dry = prune_assets(run.settings, before, delete=False)
    assert (dry.assets, dry.objects, dry.deleted) == (2, 1, False)
    assert (run.count("beat.asset"), len(list(bucket(run).keys()))) == (3, 2)
    done = prune_assets(run.settings, before, delete=True)
    assert (done.assets, done.objects, done.bytes) == (2, 1, dry.bytes)
    assert [row["subject_id"] for row in run.rows(ASSETS)] == ["2"]
    assert run.count("beat.asset_claim") == 0
    assert list(bucket(run).keys()) == [keys["2"]]
    with pytest.raises(ObjectMissingError):
        bucket(run).get(keys["3"])
    told = run.rows("SELECT payload FROM beat.outbox WHERE kind = 'asset' ORDER BY key")
    assert [(row["payload"]["subject_id"], row["payload"]["status"]) for row in told] == [
        ("1", "deleted"),
        ("3", "deleted"),
    ]
    assert prune_assets(run.settings, before, delete=True).assets == 0
    ask(run, MEDIA, {"post_id": "3"}, key="2")  # wanted again
    assert run.work(flows=[MEDIA]).complete == 1
    assert bucket(run).get(keys["3"]) == jpeg("/hops/alone.jpg")


async def test_what_a_task_begins_to_use_while_it_is_being_deleted_stays(settings: Settings) -> None:
    """Retention in the middle: the row says already that the object is not there, and the object goes next."""
    from datetime import UTC, datetime, timedelta

    from upbeat.assets import retention
    from upbeat.assets.bucket import AssetBucket
    from upbeat.assets.fetch import checked
    from upbeat.stores.postgres import async_pool, connect

    picture = checked(jpeg("wanted"))
    before = datetime.now(UTC) - timedelta(days=90)
    store = ObjectStore(settings, settings.s3_assets_bucket)
    types: list[str] = []
    async with async_pool(settings) as pool:
        bucket = AssetBucket(settings, pool)
        bucket._store._client.meta.events.register(
            "before-call.s3.PutObject", lambda params, **_: types.append(params["headers"]["Content-Type"])
        )
        assert [await bucket.keep(picture), await bucket.keep(picture)] == [True, False]
        assert types == ["image/jpeg"], "for a CDN whose origin is the bucket"
        with connect(settings, autocommit=True) as connection:
            connection.execute("UPDATE beat.asset_object SET used_at = now() - interval '91 days'")
            bounds = {"before": before, "after": "", "most": 10}
            (given_up,) = connection.execute(retention._SQL["give_up"].encode(), bounds).fetchall()
            assert given_up["object_key"] == picture.object_key
            assert await bucket.keep(picture), "the row told that it is not there"
            assert not retention._delete_object(connection, store, picture.object_key, before)
            assert store.get(picture.object_key) == picture.body
            connection.execute("UPDATE beat.asset_object SET used_at = now() - interval '91 days'")
        assert retention.prune_assets(settings, before, delete=True).objects == 1
        assert await bucket.keep(picture)
        assert store.get(picture.object_key) == picture.body
