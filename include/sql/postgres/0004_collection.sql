-- YouTube, and what is collected beside accounts and posts. One row per fact, the newest observation; `ingestion/tables.py`
-- maps the records to these tables. Every row names its source, its time, and where the raw answer lies.

ALTER TABLE beat.instagram_post
    ADD COLUMN thumbnail_url text,
    ADD COLUMN duration_seconds float8 CHECK (duration_seconds >= 0),
    ADD COLUMN location_id text,
    ADD COLUMN is_paid_partnership boolean,
    ADD COLUMN shares_count bigint CHECK (shares_count >= 0),
    ADD COLUMN saves_count bigint CHECK (saves_count >= 0);

CREATE TABLE beat.youtube_account (
    platform        beat.platform NOT NULL DEFAULT 'YOUTUBE' CHECK (platform = 'YOUTUBE'),
    profile_id      text NOT NULL,                          -- channel id, UC…
    handle          text NOT NULL,                          -- without @; the channel id where the source tells no handle
    full_name       text,
    biography       text,
    category        text,
    external_url    text,
    profile_pic_url text,
    country         text,
    joined_at       timestamptz,
    is_verified     boolean,
    followers_count bigint CHECK (followers_count >= 0),    -- subscribers; null when hidden
    posts_count     bigint CHECK (posts_count >= 0),
    views_count     bigint CHECK (views_count >= 0),
    source          text NOT NULL,
    observed_at     timestamptz NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, profile_id)
) WITH (fillfactor = 80);
CREATE INDEX youtube_account_handle ON beat.youtube_account (handle);

CREATE TABLE beat.youtube_post (
    platform         beat.platform NOT NULL DEFAULT 'YOUTUBE' CHECK (platform = 'YOUTUBE'),
    post_id          text NOT NULL,                         -- video id
    profile_id       text NOT NULL,
    handle           text NOT NULL,
    post_type        text CHECK (post_type IN ('video', 'short', 'live')),
    title            text,
    caption          text,                                  -- the description
    permalink        text,
    thumbnail_url    text,
    category         text,
    language         text,
    duration_seconds float8 CHECK (duration_seconds >= 0),
    published_at     timestamptz,
    likes_count      bigint CHECK (likes_count >= 0),
    comments_count   bigint CHECK (comments_count >= 0),
    plays_count      bigint CHECK (plays_count >= 0),       -- views
    source           text NOT NULL,
    observed_at      timestamptz NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, post_id)
) WITH (fillfactor = 80);
CREATE INDEX youtube_post_profile ON beat.youtube_post (platform, profile_id);

-- Comments and replies of both platforms.
CREATE TABLE beat.comment (
    platform beat.platform NOT NULL,
    comment_id text NOT NULL,
    post_id text NOT NULL,
    parent_id text,
    author_id text,
    author_handle text,
    author_name text,
    text text,
    likes_count bigint CHECK (likes_count >= 0),
    replies_count bigint CHECK (replies_count >= 0),
    published_at timestamptz,
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, comment_id)
) WITH (fillfactor = 80);
CREATE INDEX comment_post_id ON beat.comment (platform, post_id);

-- Who follows whom, as far as a list was read: a missing row says nothing.
CREATE TABLE beat.follower (
    platform beat.platform NOT NULL,
    profile_id text NOT NULL,
    account_id text NOT NULL,
    handle text,
    full_name text,
    profile_pic_url text,
    is_private boolean,
    is_verified boolean,
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, profile_id, account_id)
) WITH (fillfactor = 80);

CREATE TABLE beat.following (
    platform beat.platform NOT NULL,
    profile_id text NOT NULL,
    account_id text NOT NULL,
    handle text,
    full_name text,
    profile_pic_url text,
    is_private boolean,
    is_verified boolean,
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, profile_id, account_id)
) WITH (fillfactor = 80);

CREATE TABLE beat.liker (
    platform beat.platform NOT NULL,
    post_id text NOT NULL,
    account_id text NOT NULL,
    handle text,
    full_name text,
    profile_pic_url text,
    is_private boolean,
    is_verified boolean,
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, post_id, account_id)
) WITH (fillfactor = 80);

CREATE TABLE beat.similar_profile (
    platform beat.platform NOT NULL,
    profile_id text NOT NULL,
    account_id text NOT NULL,
    position int NOT NULL CHECK (position > 0),
    handle text,
    full_name text,
    profile_pic_url text,
    is_private boolean,
    is_verified boolean,
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, profile_id, account_id)
) WITH (fillfactor = 80);

CREATE TABLE beat.search_hit (
    platform beat.platform NOT NULL,
    query text NOT NULL,
    entity text NOT NULL,
    item_id text NOT NULL,
    position int NOT NULL CHECK (position > 0),
    handle text,
    title text,
    followers_count bigint CHECK (followers_count >= 0),
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, query, entity, item_id),
    CHECK (entity IN ('profile', 'post'))
) WITH (fillfactor = 80);

-- Posts under hashtags, at places, in charts and playlists, or where somebody is tagged.
CREATE TABLE beat.listed_post (
    platform beat.platform NOT NULL,
    listing text NOT NULL,
    listing_key text NOT NULL,
    post_id text NOT NULL,
    position int NOT NULL CHECK (position > 0),
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, listing, listing_key, post_id),
    CHECK (listing IN ('hashtag_top', 'hashtag_recent', 'location', 'keyword', 'tagged', 'mention', 'trending', 'playlist'))
) WITH (fillfactor = 80);
CREATE INDEX listed_post_post_id ON beat.listed_post (platform, post_id);

CREATE TABLE beat.story (
    platform beat.platform NOT NULL,
    story_id text NOT NULL,
    profile_id text NOT NULL,
    handle text,
    media_type text,
    caption text,
    media_url text,
    permalink text,
    link_url text,
    duration_seconds float8,
    mentions jsonb,
    hashtags jsonb,
    published_at timestamptz,
    expires_at timestamptz,
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, story_id)
) WITH (fillfactor = 80);
CREATE INDEX story_profile_id ON beat.story (platform, profile_id);

CREATE TABLE beat.highlight (
    platform beat.platform NOT NULL,
    highlight_id text NOT NULL,
    profile_id text NOT NULL,
    title text,
    cover_url text,
    items_count bigint CHECK (items_count >= 0),
    created_time timestamptz,
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, highlight_id)
) WITH (fillfactor = 80);
CREATE INDEX highlight_profile_id ON beat.highlight (platform, profile_id);

CREATE TABLE beat.highlight_item (
    platform beat.platform NOT NULL,
    highlight_id text NOT NULL,
    story_id text NOT NULL,
    position int NOT NULL CHECK (position > 0),
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, highlight_id, story_id)
) WITH (fillfactor = 80);

-- Figures that only owners may ask for. Lifetime figures have one row per day of asking.
CREATE TABLE beat.profile_insight (
    platform beat.platform NOT NULL,
    subject_id text NOT NULL,
    metric text NOT NULL,
    period text NOT NULL,
    breakdown text NOT NULL DEFAULT '',
    breakdown_value text NOT NULL DEFAULT '',
    end_time timestamptz NOT NULL,
    value float8 NOT NULL,
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, subject_id, metric, period, breakdown, breakdown_value, end_time)
) WITH (fillfactor = 80);

-- Who the audience of a connected account is.
CREATE TABLE beat.profile_audience (
    platform beat.platform NOT NULL,
    subject_id text NOT NULL,
    metric text NOT NULL,
    period text NOT NULL,
    breakdown text NOT NULL DEFAULT '',
    breakdown_value text NOT NULL DEFAULT '',
    end_time timestamptz NOT NULL,
    value float8 NOT NULL,
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, subject_id, metric, period, breakdown, breakdown_value, end_time)
) WITH (fillfactor = 80);

CREATE TABLE beat.post_insight (
    platform beat.platform NOT NULL,
    subject_id text NOT NULL,
    metric text NOT NULL,
    period text NOT NULL,
    breakdown text NOT NULL DEFAULT '',
    breakdown_value text NOT NULL DEFAULT '',
    end_time timestamptz NOT NULL,
    value float8 NOT NULL,
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, subject_id, metric, period, breakdown, breakdown_value, end_time)
) WITH (fillfactor = 80);

CREATE TABLE beat.story_insight (
    platform beat.platform NOT NULL,
    subject_id text NOT NULL,
    metric text NOT NULL,
    period text NOT NULL,
    breakdown text NOT NULL DEFAULT '',
    breakdown_value text NOT NULL DEFAULT '',
    end_time timestamptz NOT NULL,
    value float8 NOT NULL,
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, subject_id, metric, period, breakdown, breakdown_value, end_time)
) WITH (fillfactor = 80);

CREATE TABLE beat.hashtag (
    platform beat.platform NOT NULL,
    name text NOT NULL,
    hashtag_id text,
    posts_count bigint CHECK (posts_count >= 0),
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, name)
) WITH (fillfactor = 80);

CREATE TABLE beat.location (
    platform beat.platform NOT NULL,
    location_id text NOT NULL,
    name text,
    category text,
    city text,
    latitude float8 CHECK (latitude BETWEEN -90 AND 90),
    longitude float8 CHECK (longitude BETWEEN -180 AND 180),
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, location_id)
) WITH (fillfactor = 80);

CREATE TABLE beat.channel_section (
    platform beat.platform NOT NULL,
    section_id text NOT NULL,
    profile_id text NOT NULL,
    section_type text,
    title text,
    position int,
    item_ids jsonb,
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, section_id)
) WITH (fillfactor = 80);
CREATE INDEX channel_section_profile_id ON beat.channel_section (platform, profile_id);

CREATE TABLE beat.channel_activity (
    platform beat.platform NOT NULL,
    activity_id text NOT NULL,
    profile_id text NOT NULL,
    activity_type text,
    title text,
    item_id text,
    published_at timestamptz,
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, activity_id)
) WITH (fillfactor = 80);
CREATE INDEX channel_activity_profile_id ON beat.channel_activity (platform, profile_id);

-- What was collected for the product's collections.
CREATE TABLE beat.collection_item (
    platform beat.platform NOT NULL,
    collection_id text NOT NULL,
    entity text NOT NULL,
    item_id text NOT NULL,
    handle text,
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, collection_id, entity, item_id),
    CHECK (entity IN ('profile', 'post'))
) WITH (fillfactor = 80);

-- Sales of connected shops, without anything personal.
CREATE TABLE beat.shopify_order (
    platform beat.platform NOT NULL,
    shop text NOT NULL,
    order_id text NOT NULL,
    name text,
    currency text,
    total_price numeric(18, 4),
    subtotal_price numeric(18, 4),
    total_discounts numeric(18, 4),
    total_tax numeric(18, 4),
    financial_status text,
    fulfillment_status text,
    customer_id text,
    country_code text,
    landing_site text,
    referring_site text,
    source_name text,
    is_test boolean,
    discount_codes jsonb,
    line_items jsonb,
    created_time timestamptz,
    updated_time timestamptz,
    processed_time timestamptz,
    cancelled_time timestamptz,
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, shop, order_id)
) WITH (fillfactor = 80);
CREATE INDEX shopify_order_updated_time ON beat.shopify_order (platform, shop, updated_time);

CREATE TABLE beat.shopify_product (
    platform beat.platform NOT NULL,
    shop text NOT NULL,
    product_id text NOT NULL,
    title text,
    handle text,
    vendor text,
    product_type text,
    status text,
    price_min numeric(18, 4),
    price_max numeric(18, 4),
    inventory_quantity bigint,
    tags jsonb,
    variants jsonb,
    created_time timestamptz,
    updated_time timestamptz,
    published_time timestamptz,
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, shop, product_id)
) WITH (fillfactor = 80);

CREATE TABLE beat.shopify_refund (
    platform beat.platform NOT NULL,
    shop text NOT NULL,
    refund_id text NOT NULL,
    order_id text NOT NULL,
    currency text,
    amount numeric(18, 4),
    line_items jsonb,
    created_time timestamptz,
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, shop, refund_id)
) WITH (fillfactor = 80);
CREATE INDEX shopify_refund_order_id ON beat.shopify_refund (platform, shop, order_id);

CREATE TABLE beat.shopify_discount_code (
    platform beat.platform NOT NULL,
    shop text NOT NULL,
    discount_code_id text NOT NULL,
    code text NOT NULL,
    price_rule_id text,
    usage_count bigint CHECK (usage_count >= 0),
    value numeric(18, 4),
    value_type text,
    starts_at timestamptz,
    ends_at timestamptz,
    created_time timestamptz,
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, shop, discount_code_id)
) WITH (fillfactor = 80);

CREATE TABLE beat.shopify_count (
    platform beat.platform NOT NULL,
    shop text NOT NULL,
    metric text NOT NULL,
    day date NOT NULL,
    value bigint NOT NULL CHECK (value >= 0),
    raw_object text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, shop, metric, day)
) WITH (fillfactor = 80);
