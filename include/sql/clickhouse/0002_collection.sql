-- Raw tables of what is collected beside Instagram's accounts and posts, and further columns of the first ones.
-- Idempotent, and as 0001: engine, version and order key are explained there. One table for each kind of event.

ALTER TABLE {database}.instagram_post
    ADD COLUMN IF NOT EXISTS thumbnail_url Nullable(String) AFTER media_url,
    ADD COLUMN IF NOT EXISTS duration_seconds Nullable(Float64) AFTER thumbnail_url,
    ADD COLUMN IF NOT EXISTS location_id Nullable(String) AFTER duration_seconds,
    ADD COLUMN IF NOT EXISTS is_paid_partnership Nullable(Bool) AFTER location_id,
    ADD COLUMN IF NOT EXISTS shares_count Nullable(Int64) AFTER plays_count,
    ADD COLUMN IF NOT EXISTS saves_count Nullable(Int64) AFTER shares_count;

ALTER TABLE {database}.post_log
    ADD COLUMN IF NOT EXISTS shares Nullable(Int64) MATERIALIZED JSONExtract(metrics, 'shares', 'Nullable(Int64)') AFTER plays,
    ADD COLUMN IF NOT EXISTS saves Nullable(Int64) MATERIALIZED JSONExtract(metrics, 'saves', 'Nullable(Int64)') AFTER shares;

CREATE TABLE IF NOT EXISTS {database}.comment
(
    platform      LowCardinality(String),
    comment_id    String,
    post_id       String,
    parent_id     Nullable(String),
    author_id     Nullable(String),
    author_handle Nullable(String),
    author_name   Nullable(String),
    text          Nullable(String),
    likes_count   Nullable(Int64),
    replies_count Nullable(Int64),
    published_at  Nullable(DateTime64(6, 'UTC')),
    raw_object    Nullable(String),
    source        LowCardinality(String),
    observed_at   DateTime64(6, 'UTC'),
    _event_id     UInt64,
    _version      UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at  DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, comment_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.youtube_comment
(
    platform      LowCardinality(String),
    comment_id    String,
    post_id       String,
    parent_id     Nullable(String),
    author_id     Nullable(String),
    author_handle Nullable(String),
    author_name   Nullable(String),
    text          Nullable(String),
    likes_count   Nullable(Int64),
    replies_count Nullable(Int64),
    published_at  Nullable(DateTime64(6, 'UTC')),
    raw_object    Nullable(String),
    source        LowCardinality(String),
    observed_at   DateTime64(6, 'UTC'),
    _event_id     UInt64,
    _version      UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at  DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, comment_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.follower
(
    platform        LowCardinality(String),
    profile_id      String,
    account_id      String,
    handle          Nullable(String),
    full_name       Nullable(String),
    profile_pic_url Nullable(String),
    is_private      Nullable(Bool),
    is_verified     Nullable(Bool),
    raw_object      Nullable(String),
    source          LowCardinality(String),
    observed_at     DateTime64(6, 'UTC'),
    _event_id       UInt64,
    _version        UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at    DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, profile_id, account_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.following
(
    platform        LowCardinality(String),
    profile_id      String,
    account_id      String,
    handle          Nullable(String),
    full_name       Nullable(String),
    profile_pic_url Nullable(String),
    is_private      Nullable(Bool),
    is_verified     Nullable(Bool),
    raw_object      Nullable(String),
    source          LowCardinality(String),
    observed_at     DateTime64(6, 'UTC'),
    _event_id       UInt64,
    _version        UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at    DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, profile_id, account_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.liker
(
    platform        LowCardinality(String),
    post_id         String,
    account_id      String,
    handle          Nullable(String),
    full_name       Nullable(String),
    profile_pic_url Nullable(String),
    is_private      Nullable(Bool),
    is_verified     Nullable(Bool),
    raw_object      Nullable(String),
    source          LowCardinality(String),
    observed_at     DateTime64(6, 'UTC'),
    _event_id       UInt64,
    _version        UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at    DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, post_id, account_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.story
(
    platform         LowCardinality(String),
    story_id         String,
    profile_id       String,
    handle           Nullable(String),
    media_type       LowCardinality(Nullable(String)),
    caption          Nullable(String),
    media_url        Nullable(String),
    permalink        Nullable(String),
    link_url         Nullable(String),
    duration_seconds Nullable(Float64),
    mentions         Nullable(String),
    hashtags         Nullable(String),
    published_at     Nullable(DateTime64(6, 'UTC')),
    expires_at       Nullable(DateTime64(6, 'UTC')),
    raw_object       Nullable(String),
    source           LowCardinality(String),
    observed_at      DateTime64(6, 'UTC'),
    _event_id        UInt64,
    _version         UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at     DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, story_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.profile_insight
(
    platform        LowCardinality(String),
    subject_id      String,
    metric          LowCardinality(String),
    period          LowCardinality(String),
    breakdown       LowCardinality(String),
    breakdown_value String,
    end_time        DateTime64(6, 'UTC'),
    value           Float64,
    raw_object      Nullable(String),
    source          LowCardinality(String),
    observed_at     DateTime64(6, 'UTC'),
    _event_id       UInt64,
    _version        UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at    DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, subject_id, metric, period, breakdown, breakdown_value, end_time)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.post_insight
(
    platform        LowCardinality(String),
    subject_id      String,
    metric          LowCardinality(String),
    period          LowCardinality(String),
    breakdown       LowCardinality(String),
    breakdown_value String,
    end_time        DateTime64(6, 'UTC'),
    value           Float64,
    raw_object      Nullable(String),
    source          LowCardinality(String),
    observed_at     DateTime64(6, 'UTC'),
    _event_id       UInt64,
    _version        UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at    DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, subject_id, metric, period, breakdown, breakdown_value, end_time)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.story_insight
(
    platform        LowCardinality(String),
    subject_id      String,
    metric          LowCardinality(String),
    period          LowCardinality(String),
    breakdown       LowCardinality(String),
    breakdown_value String,
    end_time        DateTime64(6, 'UTC'),
    value           Float64,
    raw_object      Nullable(String),
    source          LowCardinality(String),
    observed_at     DateTime64(6, 'UTC'),
    _event_id       UInt64,
    _version        UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at    DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, subject_id, metric, period, breakdown, breakdown_value, end_time)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.hashtag
(
    platform     LowCardinality(String),
    name         String,
    hashtag_id   Nullable(String),
    posts_count  Nullable(Int64),
    raw_object   Nullable(String),
    source       LowCardinality(String),
    observed_at  DateTime64(6, 'UTC'),
    _event_id    UInt64,
    _version     UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, name)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.youtube_account
(
    platform        LowCardinality(String),
    profile_id      String,
    handle          String,
    full_name       Nullable(String),
    biography       Nullable(String),
    category        LowCardinality(Nullable(String)),
    external_url    Nullable(String),
    profile_pic_url Nullable(String),
    is_verified     Nullable(Bool),
    followers_count Nullable(Int64),
    posts_count     Nullable(Int64),
    country         LowCardinality(Nullable(String)),
    joined_at       Nullable(DateTime64(6, 'UTC')),
    views_count     Nullable(Int64),
    source          LowCardinality(String),
    observed_at     DateTime64(6, 'UTC'),
    _event_id       UInt64,
    _version        UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at    DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, profile_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.youtube_post
(
    platform         LowCardinality(String),
    post_id          String,
    profile_id       String,
    handle           String,
    post_type        LowCardinality(Nullable(String)),
    caption          Nullable(String),
    permalink        Nullable(String),
    thumbnail_url    Nullable(String),
    duration_seconds Nullable(Float64),
    published_at     Nullable(DateTime64(6, 'UTC')),
    likes_count      Nullable(Int64),
    comments_count   Nullable(Int64),
    plays_count      Nullable(Int64),
    title            Nullable(String),
    category         LowCardinality(Nullable(String)),
    language         LowCardinality(Nullable(String)),
    source           LowCardinality(String),
    observed_at      DateTime64(6, 'UTC'),
    _event_id        UInt64,
    _version         UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at     DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, post_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.shopify_order
(
    platform           LowCardinality(String),
    shop               String,
    order_id           String,
    name               Nullable(String),
    currency           LowCardinality(Nullable(String)),
    total_price        Nullable(Decimal(18, 4)),
    subtotal_price     Nullable(Decimal(18, 4)),
    total_discounts    Nullable(Decimal(18, 4)),
    total_tax          Nullable(Decimal(18, 4)),
    financial_status   LowCardinality(Nullable(String)),
    fulfillment_status LowCardinality(Nullable(String)),
    customer_id        Nullable(String),
    country_code       LowCardinality(Nullable(String)),
    landing_site       Nullable(String),
    referring_site     Nullable(String),
    source_name        LowCardinality(Nullable(String)),
    is_test            Nullable(Bool),
    discount_codes     Nullable(String),
    line_items         Nullable(String),
    created_time       Nullable(DateTime64(6, 'UTC')),
    updated_time       Nullable(DateTime64(6, 'UTC')),
    processed_time     Nullable(DateTime64(6, 'UTC')),
    cancelled_time     Nullable(DateTime64(6, 'UTC')),
    raw_object         Nullable(String),
    source             LowCardinality(String),
    observed_at        DateTime64(6, 'UTC'),
    _event_id          UInt64,
    _version           UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at       DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, shop, order_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.shopify_product
(
    platform           LowCardinality(String),
    shop               String,
    product_id         String,
    title              Nullable(String),
    handle             Nullable(String),
    vendor             Nullable(String),
    product_type       Nullable(String),
    status             LowCardinality(Nullable(String)),
    price_min          Nullable(Decimal(18, 4)),
    price_max          Nullable(Decimal(18, 4)),
    inventory_quantity Nullable(Int64),
    tags               Nullable(String),
    variants           Nullable(String),
    created_time       Nullable(DateTime64(6, 'UTC')),
    updated_time       Nullable(DateTime64(6, 'UTC')),
    published_time     Nullable(DateTime64(6, 'UTC')),
    raw_object         Nullable(String),
    source             LowCardinality(String),
    observed_at        DateTime64(6, 'UTC'),
    _event_id          UInt64,
    _version           UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at       DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, shop, product_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS {database}.shopify_refund
(
    platform     LowCardinality(String),
    shop         String,
    refund_id    String,
    order_id     String,
    currency     LowCardinality(Nullable(String)),
    amount       Nullable(Decimal(18, 4)),
    line_items   Nullable(String),
    created_time Nullable(DateTime64(6, 'UTC')),
    raw_object   Nullable(String),
    source       LowCardinality(String),
    observed_at  DateTime64(6, 'UTC'),
    _event_id    UInt64,
    _version     UInt128 DEFAULT bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(observed_at)), 64), toUInt128(_event_id)),
    _ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(_version)
ORDER BY (platform, shop, refund_id)
SETTINGS non_replicated_deduplication_window = 1000;
