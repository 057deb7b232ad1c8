-- Raw tables of collection, filled by the sink and read by dbt's staging models (with FINAL, once).
-- Idempotent: run at every start. {database} is the setting clickhouse_raw_database.
-- Engine: a repeated event has the same key and version, so FINAL shows it once.
-- Version: observed microseconds, then outbox id: a later observation wins, a replay of the same one wins too, and there are no ties.
-- Partition columns stand in the order key: rows of one key in two partitions would never be merged.

CREATE DATABASE IF NOT EXISTS {database};

CREATE TABLE IF NOT EXISTS {database}.instagram_account
(
    platform        LowCardinality(String),
    profile_id      String,
    handle          String,
    full_name       Nullable(String),
    biography       Nullable(String),
    category        Nullable(String),
    external_url    Nullable(String),
    profile_pic_url Nullable(String),
    is_verified     Nullable(Bool),
    is_business     Nullable(Bool),
    is_private      Nullable(Bool),
    followers_count Nullable(Int64),
    following_count Nullable(Int64),
    posts_count     Nullable(Int64),
    source          LowCardinality(String),
    observed_at     DateTime64(6, 'UTC'),
    _event_id       UInt64,
    _version        UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at    DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, profile_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.instagram_post
(
    platform       LowCardinality(String),
    post_id        String,
    profile_id     String,
    handle         String,
    shortcode      Nullable(String),
    post_type      LowCardinality(Nullable(String)),
    caption        Nullable(String),
    permalink      Nullable(String),
    media_url      Nullable(String),
    published_at   Nullable(DateTime64(6, 'UTC')),
    likes_count    Nullable(Int64),
    comments_count Nullable(Int64),
    plays_count    Nullable(Int64),
    source         LowCardinality(String),
    observed_at    DateTime64(6, 'UTC'),
    _event_id      UInt64,
    _version       UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at   DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, post_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.profile_log
(
    platform     LowCardinality(String),
    profile_id   String,
    handle       String,
    dimensions   String,
    metrics      String,
    source       LowCardinality(String),
    timestamp    DateTime64(6, 'UTC'),
    raw_object   Nullable(String),
    followers    Nullable(Int64) MATERIALIZED JSONExtract(metrics, 'followers', 'Nullable(Int64)'),
    following    Nullable(Int64) MATERIALIZED JSONExtract(metrics, 'following', 'Nullable(Int64)'),
    media_count  Nullable(Int64) MATERIALIZED JSONExtract(metrics, 'media_count', 'Nullable(Int64)'),
    _event_id    UInt64,
    _version     UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(timestamp)), 64), toUInt128(_event_id)),
    _ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
PARTITION BY toYYYYMM(timestamp)
ORDER BY (platform, profile_id, timestamp, source)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.post_log
(
    platform     LowCardinality(String),
    post_id      String,
    profile_id   String,
    dimensions   String,
    metrics      String,
    source       LowCardinality(String),
    timestamp    DateTime64(6, 'UTC'),
    raw_object   Nullable(String),
    likes        Nullable(Int64) MATERIALIZED JSONExtract(metrics, 'likes', 'Nullable(Int64)'),
    comments     Nullable(Int64) MATERIALIZED JSONExtract(metrics, 'comments', 'Nullable(Int64)'),
    plays        Nullable(Int64) MATERIALIZED JSONExtract(metrics, 'plays', 'Nullable(Int64)'),
    _event_id    UInt64,
    _version     UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(timestamp)), 64), toUInt128(_event_id)),
    _ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
PARTITION BY toYYYYMM(timestamp)
ORDER BY (platform, post_id, timestamp, source)
SETTINGS non_replicated_deduplication_window = 1000;
