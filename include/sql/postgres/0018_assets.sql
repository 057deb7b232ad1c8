-- Pictures and media of profiles and posts: which object holds each, and what became of the last attempt to fetch it.

-- What is in the bucket of assets. S3 is told of an object only under this row's lock or before `stored_at` is set, so that no row says
-- stored of an object that is not there.
CREATE TABLE beat.asset_object (
    object_key   text PRIMARY KEY CHECK (object_key ~ '^[0-9a-f]{2}/[0-9a-f]{64}\.[a-z0-9]{2,5}$'),  -- of the content's SHA-256
    content_type text NOT NULL,
    size_bytes   bigint NOT NULL CHECK (size_bytes > 0),
    created_at   timestamptz NOT NULL DEFAULT now(),
    stored_at    timestamptz,                                         -- none: on its way in, or out
    used_at      timestamptz NOT NULL DEFAULT now()                   -- when a task last found it in use
);
CREATE INDEX asset_object_used ON beat.asset_object (used_at);

-- One row per profile, post or story and kind of picture: the stable name of what may change. It is told whole.
CREATE TABLE beat.asset (
    platform          beat.platform NOT NULL,
    subject_kind      text NOT NULL CHECK (subject_kind IN ('profile_picture', 'post_media', 'story_media', 'thumbnail')),
    subject_id        text NOT NULL,                                  -- of the profile, post or story
    source_url_hash   text NOT NULL,                                  -- SHA-256 of the address without its signature
    profile_id        text,
    status            text NOT NULL CHECK (status IN ('stored', 'gone', 'failed')),  -- of the last attempt; an object may stand from before
    object_key        text REFERENCES beat.asset_object (object_key),
    cdn_url           text,
    content_type      text,
    size_bytes        bigint CHECK (size_bytes > 0),
    checksum          text,                                           -- SHA-256 of the content, hexadecimal
    width             bigint CHECK (width > 0),                       -- pixels
    height            bigint CHECK (height > 0),
    source_expires_at timestamptz,                                    -- when the address ends, where it says so
    error             text,
    source            text NOT NULL,                                  -- who told the address
    observed_at       timestamptz NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, subject_kind, subject_id),
    CHECK (status <> 'stored' OR (object_key IS NOT NULL AND error IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX asset_of_object ON beat.asset (object_key);
CREATE INDEX asset_of_profile ON beat.asset (profile_id);
CREATE INDEX asset_observed ON beat.asset (observed_at);

-- Which task fetches the assets of a subject. It holds for as long as the task is held under this token: when its lease ends, what it kept is
-- there to see. A crash of Postgres may forget it, as it ends all work.
CREATE UNLOGGED TABLE beat.asset_claim (
    platform    beat.platform NOT NULL,
    flow        text NOT NULL,
    subject_id  text NOT NULL,
    task_id     bigint NOT NULL,
    lease_token uuid NOT NULL,
    claimed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, flow, subject_id)
);

-- The assets that nobody has used since a time: neither a task found them in use nor was their subject observed.
CREATE FUNCTION beat.unused_asset(before timestamptz) RETURNS SETOF beat.asset LANGUAGE sql STABLE AS $$
SELECT asset.*
FROM beat.asset AS asset
LEFT JOIN beat.asset_object AS object ON object.object_key = asset.object_key
WHERE
    asset.observed_at < before
    AND coalesce(object.used_at, asset.observed_at) < before
    AND CASE
        WHEN asset.subject_kind = 'story_media' THEN NOT EXISTS (
            SELECT FROM beat.story AS subject
            WHERE
                subject.platform = asset.platform AND subject.story_id = asset.subject_id
                AND subject.observed_at >= before
        )
        WHEN asset.subject_kind = 'profile_picture' AND asset.platform = 'INSTAGRAM' THEN NOT EXISTS (
            SELECT FROM beat.instagram_account AS subject
            WHERE
                subject.platform = asset.platform AND subject.profile_id = asset.subject_id
                AND subject.observed_at >= before
        )
        WHEN asset.subject_kind = 'profile_picture' THEN NOT EXISTS (
            SELECT FROM beat.youtube_account AS subject
            WHERE
                subject.platform = asset.platform AND subject.profile_id = asset.subject_id
                AND subject.observed_at >= before
        )
        WHEN asset.platform = 'INSTAGRAM' THEN NOT EXISTS (
            SELECT FROM beat.instagram_post AS subject
            WHERE
                subject.platform = asset.platform AND subject.post_id = asset.subject_id
                AND subject.observed_at >= before
        )
        ELSE NOT EXISTS (
            SELECT FROM beat.youtube_post AS subject
            WHERE
                subject.platform = asset.platform AND subject.post_id = asset.subject_id
                AND subject.observed_at >= before
        )
    END
$$;
