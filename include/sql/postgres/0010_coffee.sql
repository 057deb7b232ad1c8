-- Schema `coffee`: the product's campaigns, collections and lists, as its messages tell them (`listeners/`). ClickHouse reads
-- these tables live: enums and jsonb arrive there as String, so there are no arrays, and every numeric states its precision.
--
-- `updated_at` is the product's time of the change, and a change older than the row's is not applied; `stored_at` and `created_at`
-- are ours. What the product deleted stays as a row with `deleted_at` and without members: an older message that comes late
-- meets it there. Members are replaced as a set; `added_at` of those that stay is kept.
-- All money of a campaign, and of a collection, is in its one currency: costs can be summed without rates.

CREATE SCHEMA coffee;

CREATE TYPE coffee.campaign_status AS ENUM (
    'DRAFT',      -- being planned; its creators are collected already, for the time before.  -> ACTIVE, CANCELLED
    'ACTIVE',     -- runs.                                                                    -> PAUSED, COMPLETED, CANCELLED
    'PAUSED',     -- stands still.                                                            -> ACTIVE, CANCELLED
    'COMPLETED',  -- end: its figures still grow for a while
    'CANCELLED'   -- end: did not take place, or not to its end
);

-- What a result is, when the cost of one is asked for.
CREATE TYPE coffee.campaign_goal AS ENUM ('REACH', 'ENGAGEMENT', 'VIEWS', 'SALES');

CREATE TYPE coffee.cost_kind AS ENUM ('FEE', 'PRODUCT', 'SHIPPING', 'ADVERTISING', 'AGENCY', 'OTHER');

CREATE TYPE coffee.collection_kind AS ENUM ('POSTS', 'PROFILES', 'HASHTAGS', 'KEYWORDS');

CREATE TABLE coffee.campaign (
    campaign_id text PRIMARY KEY CHECK (campaign_id <> ''),
    account_id  text,                                       -- the product's customer
    name        text,
    brand       text,
    status      coffee.campaign_status,
    goal        coffee.campaign_goal,
    currency    text CHECK (currency ~ '^[A-Z]{3}$'),       -- ISO 4217, of all its money
    budget      numeric(18, 4) CHECK (budget >= 0),
    shops       jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(shops) = 'array'),  -- Shopify shops where its codes count
    starts_on   date,
    ends_on     date,                                       -- its last day
    updated_at  timestamptz NOT NULL,
    deleted_at  timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    stored_at   timestamptz NOT NULL DEFAULT now(),
    CHECK (ends_on >= starts_on),
    CHECK (budget IS NULL OR currency IS NOT NULL),
    CHECK (deleted_at IS NOT NULL OR (name IS NOT NULL AND status IS NOT NULL))
);

CREATE TABLE coffee.campaign_profiles (
    campaign_id    text NOT NULL REFERENCES coffee.campaign ON DELETE CASCADE,
    platform       beat.platform NOT NULL CHECK (platform IN ('INSTAGRAM', 'YOUTUBE')),
    handle         text NOT NULL CHECK (handle <> ''),
    profile_id     text,
    fee            numeric(18, 4) CHECK (fee >= 0),         -- agreed; what was paid is in campaign_cost
    agreed_posts   int CHECK (agreed_posts >= 0),
    discount_codes jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(discount_codes) = 'array'),  -- as the shop writes them
    added_at       timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (campaign_id, platform, handle)
);
CREATE INDEX campaign_profiles_handle ON coffee.campaign_profiles (platform, handle);

CREATE TABLE coffee.campaign_cost (
    campaign_id text NOT NULL REFERENCES coffee.campaign ON DELETE CASCADE,
    cost_id     text NOT NULL CHECK (cost_id <> ''),
    kind        coffee.cost_kind NOT NULL,
    amount      numeric(18, 4) NOT NULL CHECK (amount >= 0),
    incurred_on date NOT NULL,                              -- the day it counts for
    platform    beat.platform CHECK (platform IN ('INSTAGRAM', 'YOUTUBE')),
    handle      text,                                       -- the creator it is for; none: for the campaign as a whole
    shortcode   text,                                       -- the post it is for
    note        text,
    added_at    timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (campaign_id, cost_id),
    CHECK ((platform IS NULL) = (handle IS NULL)),
    CHECK (shortcode IS NULL OR platform IS NOT NULL)
);

CREATE TABLE coffee.collection (
    collection_id text PRIMARY KEY CHECK (collection_id <> ''),
    kind          coffee.collection_kind NOT NULL,          -- which of the four tables below has its members
    account_id    text,
    campaign_id   text,                                     -- no reference: the campaign's own message may come later
    name          text,
    currency      text CHECK (currency ~ '^[A-Z]{3}$'),
    starts_on     date,
    ends_on       date,
    updated_at    timestamptz NOT NULL,
    deleted_at    timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    stored_at     timestamptz NOT NULL DEFAULT now(),
    CHECK (ends_on >= starts_on),
    CHECK (deleted_at IS NOT NULL OR name IS NOT NULL)
);
CREATE INDEX collection_campaign ON coffee.collection (campaign_id) WHERE campaign_id IS NOT NULL;

CREATE TABLE coffee.collection_post (
    collection_id text NOT NULL REFERENCES coffee.collection ON DELETE CASCADE,
    platform      beat.platform NOT NULL CHECK (platform IN ('INSTAGRAM', 'YOUTUBE')),
    shortcode     text NOT NULL CHECK (shortcode <> ''),    -- the code in the post's address; of YouTube the video id
    handle        text,
    cost          numeric(18, 4) CHECK (cost >= 0),
    added_at      timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (collection_id, platform, shortcode)
);
CREATE INDEX collection_post_shortcode ON coffee.collection_post (platform, shortcode);

CREATE TABLE coffee.collection_profile (
    collection_id text NOT NULL REFERENCES coffee.collection ON DELETE CASCADE,
    platform      beat.platform NOT NULL CHECK (platform IN ('INSTAGRAM', 'YOUTUBE')),
    handle        text NOT NULL CHECK (handle <> ''),
    profile_id    text,
    cost          numeric(18, 4) CHECK (cost >= 0),
    added_at      timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (collection_id, platform, handle)
);
CREATE INDEX collection_profile_handle ON coffee.collection_profile (platform, handle);

CREATE TABLE coffee.collection_hashtag (
    collection_id text NOT NULL REFERENCES coffee.collection ON DELETE CASCADE,
    platform      beat.platform NOT NULL CHECK (platform IN ('INSTAGRAM', 'YOUTUBE')),
    hashtag       text NOT NULL CHECK (hashtag <> ''),      -- lower case, without #
    added_at      timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (collection_id, platform, hashtag)
);

CREATE TABLE coffee.keyword_collection (
    collection_id text NOT NULL REFERENCES coffee.collection ON DELETE CASCADE,
    platform      beat.platform NOT NULL CHECK (platform IN ('INSTAGRAM', 'YOUTUBE')),
    keyword       text NOT NULL CHECK (keyword <> ''),      -- lower case, single spaces
    added_at      timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (collection_id, platform, keyword)
);

-- Lists that people keep of creators: nothing is measured by them, unlike a collection.
CREATE TABLE coffee.profile_list (
    profile_list_id text PRIMARY KEY CHECK (profile_list_id <> ''),
    account_id      text,
    name            text,
    updated_at      timestamptz NOT NULL,
    deleted_at      timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    stored_at       timestamptz NOT NULL DEFAULT now(),
    CHECK (deleted_at IS NOT NULL OR name IS NOT NULL)
);

CREATE TABLE coffee.profile_list_member (
    profile_list_id text NOT NULL REFERENCES coffee.profile_list ON DELETE CASCADE,
    platform        beat.platform NOT NULL CHECK (platform IN ('INSTAGRAM', 'YOUTUBE')),
    handle          text NOT NULL CHECK (handle <> ''),
    profile_id      text,
    added_at        timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (profile_list_id, platform, handle)
);
CREATE INDEX profile_list_member_handle ON coffee.profile_list_member (platform, handle);

-- The messages whose effect is committed, written in the transaction of the effect: a repeat of one is known, and has no second.
CREATE TABLE beat.inbox (
    listener    text NOT NULL,
    message_id  text NOT NULL,                              -- the property, or a hash of the body where there is none
    body_hash   bigint NOT NULL,                            -- another body under a known id is an error of its sender
    received_at timestamptz NOT NULL,
    handled_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (listener, message_id)
);
CREATE INDEX inbox_handled ON beat.inbox (handled_at);

-- The newest change of each credential that a message told, also of one that was revoked and is gone: an older message is known.
CREATE TABLE beat.credential_change (
    idempotency_key text PRIMARY KEY,                       -- as in beat.credential
    changed_at      timestamptz NOT NULL,                   -- the identity service's time
    revoked         boolean NOT NULL
);
