-- Raw tables of enrichment, authenticity, assets, and of what the platform and its neighbours log.
-- Idempotent, and as 0001: engine, version and order key are explained there. One table for each kind of event.
-- What other systems tell has no platform: the key is what they name it by, so that a repeated event is one row all the same.

-- Each model and version of a prompt keeps its own answer: staging takes the newest, evaluation compares them. The sandbox answers
-- under the same names of models: its answer never takes the place of a real one.
CREATE TABLE IF NOT EXISTS {database}.enrichment
(
    platform        LowCardinality(String),
    profile_id      String,
    kind            LowCardinality(String),
    model           LowCardinality(String),
    prompt_version  LowCardinality(String),
    handle          Nullable(String),
    result          String,
    gender          LowCardinality(Nullable(String)),
    country         LowCardinality(Nullable(String)),
    city            Nullable(String),
    category        LowCardinality(Nullable(String)),
    language        LowCardinality(Nullable(String)),
    topics          Nullable(String),
    confidence      Nullable(Float64),
    reasoning       Nullable(String),
    input_hash      Nullable(String),
    input_tokens    Nullable(Int64),
    output_tokens   Nullable(Int64),
    latency_seconds Nullable(Float64),
    is_sandbox      Bool,
    source          LowCardinality(String),
    observed_at     DateTime64(6, 'UTC'),
    _event_id       UInt64,
    _version        UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at    DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, profile_id, kind, model, prompt_version, is_sandbox)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.follower_score
(
    platform          LowCardinality(String),
    profile_id        String,
    relation          LowCardinality(String),
    account_id        String,
    handle            String,
    full_name         Nullable(String),
    score             Float64,
    decided_by        LowCardinality(Nullable(String)),
    lang_flag         Bool,
    digits_flag       Bool,
    special_char_flag Bool,
    similarity        Nullable(Float64),
    is_known_name     Bool,
    script            LowCardinality(Nullable(String)),
    latin_name        Nullable(String),
    matched_name      Nullable(String),
    sample_id         Nullable(String),
    scorer_version    LowCardinality(String),
    names_version     LowCardinality(Nullable(String)),
    source            LowCardinality(String),
    observed_at       DateTime64(6, 'UTC'),
    _event_id         UInt64,
    _version          UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at      DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, profile_id, relation, account_id, ifNull(sample_id, ''))
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.audience_quality
(
    platform        LowCardinality(String),
    profile_id      String,
    relation        LowCardinality(String),
    sample_id       String,
    handle          Nullable(String),
    audience_size   Nullable(Int64),
    sample_size     Int64,
    fake_count      Int64,
    weak_count      Int64,
    real_count      Int64,
    fake_share      Float64,
    weak_share      Float64,
    real_share      Float64,
    fake_share_low  Nullable(Float64),
    fake_share_high Nullable(Float64),
    interval_level  Nullable(Float64),
    scorer_version  LowCardinality(String),
    source          LowCardinality(String),
    observed_at     DateTime64(6, 'UTC'),
    _event_id       UInt64,
    _version        UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at    DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, profile_id, relation, sample_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.asset
(
    platform          LowCardinality(String),
    subject_kind      LowCardinality(String),
    subject_id        String,
    source_url_hash   String,
    profile_id        Nullable(String),
    status            LowCardinality(String),
    object_key        Nullable(String),
    cdn_url           Nullable(String),
    content_type      LowCardinality(Nullable(String)),
    size_bytes        Nullable(Int64),
    checksum          Nullable(String),
    width             Nullable(Int64),
    height            Nullable(Int64),
    source_expires_at Nullable(DateTime64(6, 'UTC')),
    error             Nullable(String),
    source            LowCardinality(String),
    observed_at       DateTime64(6, 'UTC'),
    _event_id         UInt64,
    _version          UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at      DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, subject_kind, subject_id, source_url_hash)
SETTINGS non_replicated_deduplication_window = 1000;

-- Read by time and flow. A task ends once; one that a person sends round again ends again, at another time. The wait counts to the
-- last time that it was picked, so it holds the earlier runs of a task that was retried. A task that expired was not running.
CREATE TABLE IF NOT EXISTS {database}.task_log
(
    platform         LowCardinality(String),
    flow             LowCardinality(String),
    task_id          Int64,
    status           LowCardinality(String),
    source           LowCardinality(Nullable(String)),
    priority         Int64,
    retry_count      Int64,
    account_id       Nullable(String),
    created_at       DateTime64(6, 'UTC'),
    picked_at        Nullable(DateTime64(6, 'UTC')),
    scraped_at       DateTime64(6, 'UTC'),
    error_class      LowCardinality(Nullable(String)),
    error_reason     Nullable(String),
    attempts         Nullable(String),
    failures         Nullable(String),
    records          Nullable(String),
    wait_seconds     Nullable(Float64) MATERIALIZED dateDiff('microsecond', created_at, picked_at) / 1e6,
    duration_seconds Nullable(Float64) MATERIALIZED if(error_class = 'Expired', NULL, dateDiff('microsecond', picked_at, scraped_at)) / 1e6,
    records_count    Int64 MATERIALIZED arraySum(tupleElement(JSONExtractKeysAndValues(ifNull(records, ''), 'Int64'), 2)),
    _event_id        UInt64,
    _version         UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(scraped_at)), 64), toUInt128(_event_id)),
    _ingested_at     DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
PARTITION BY toYYYYMM(scraped_at)
ORDER BY (platform, flow, scraped_at, task_id)
SETTINGS non_replicated_deduplication_window = 1000;

-- A span's start belongs to it: sent again, it has the same key and stands in the same partition.
CREATE TABLE IF NOT EXISTS {database}.trace_log
(
    service        LowCardinality(String),
    trace_id       String,
    span_id        String,
    parent_span_id Nullable(String),
    name           LowCardinality(Nullable(String)),
    method         LowCardinality(Nullable(String)),
    path           Nullable(String),
    status         Nullable(Int64),
    duration_ms    Nullable(Float64),
    user_id        Nullable(String),
    account_id     Nullable(String),
    error          Nullable(String),
    attributes     Nullable(String),
    at             DateTime64(6, 'UTC'),
    _event_id      UInt64,
    _version       UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(at)), 64), toUInt128(_event_id)),
    _ingested_at   DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
PARTITION BY toYYYYMM(at)
ORDER BY (service, at, trace_id, span_id)
SETTINGS non_replicated_deduplication_window = 1000;

-- Not by time: whoever repeats an event may date it anew.
CREATE TABLE IF NOT EXISTS {database}.api_event
(
    event_id     String,
    name         LowCardinality(String),
    user_id      Nullable(String),
    account_id   Nullable(String),
    session_id   Nullable(String),
    subject_kind LowCardinality(Nullable(String)),
    subject_id   Nullable(String),
    properties   Nullable(String),
    at           DateTime64(6, 'UTC'),
    _event_id    UInt64,
    _version     UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(at)), 64), toUInt128(_event_id)),
    _ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (name, event_id)
SETTINGS non_replicated_deduplication_window = 1000;
