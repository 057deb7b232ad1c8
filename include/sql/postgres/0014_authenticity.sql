-- What was scored: the newest score of every follower and commenter, and what each sample says of a whole audience.
-- A score is told whole: the next one takes the place of all of it, also of what it does not know.

CREATE TABLE beat.follower_score (
    platform beat.platform NOT NULL,
    profile_id text NOT NULL,                               -- whose audience the account belongs to
    relation text NOT NULL CHECK (relation IN ('follower', 'commenter')),
    account_id text NOT NULL,
    handle text NOT NULL,
    full_name text,
    score double precision NOT NULL CHECK (score BETWEEN 0 AND 1),
    decided_by text,
    lang_flag boolean NOT NULL,
    digits bigint CHECK (digits >= 0),                      -- in the handle
    digits_flag boolean NOT NULL,
    special_char_flag boolean NOT NULL,
    similarity double precision CHECK (similarity BETWEEN 0 AND 100),
    is_known_name boolean NOT NULL,
    script text,
    latin_name text,
    matched_name text,
    model_probability double precision CHECK (model_probability BETWEEN 0 AND 1),
    model_version text,
    model_reasons jsonb,                                    -- [feature, log-odds] each, the strongest first
    sample_id text,
    scorer_version text NOT NULL,
    names_version text,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, profile_id, relation, account_id)
) WITH (fillfactor = 80);

CREATE TABLE beat.audience_quality (
    platform beat.platform NOT NULL,
    profile_id text NOT NULL,
    relation text NOT NULL CHECK (relation IN ('follower', 'commenter')),
    sample_id text NOT NULL,
    handle text,
    audience_size bigint CHECK (audience_size >= 0),
    sample_size bigint NOT NULL CHECK (sample_size >= 0),
    fake_count bigint NOT NULL CHECK (fake_count >= 0),
    weak_count bigint NOT NULL CHECK (weak_count >= 0),
    real_count bigint NOT NULL CHECK (real_count >= 0),
    fake_share double precision NOT NULL CHECK (fake_share BETWEEN 0 AND 1),
    weak_share double precision NOT NULL CHECK (weak_share BETWEEN 0 AND 1),
    real_share double precision NOT NULL CHECK (real_share BETWEEN 0 AND 1),
    corrected_fake_share double precision CHECK (corrected_fake_share BETWEEN 0 AND 1),
    fake_share_low double precision CHECK (fake_share_low BETWEEN 0 AND 1),
    fake_share_high double precision CHECK (fake_share_high BETWEEN 0 AND 1),
    model_sample_size bigint CHECK (model_sample_size >= 0),
    model_fake_count bigint CHECK (model_fake_count >= 0),
    model_fake_share double precision CHECK (model_fake_share BETWEEN 0 AND 1),
    model_fake_share_low double precision CHECK (model_fake_share_low BETWEEN 0 AND 1),
    model_fake_share_high double precision CHECK (model_fake_share_high BETWEEN 0 AND 1),
    model_version text,
    interval_level double precision CHECK (interval_level BETWEEN 0 AND 1),
    scorer_version text NOT NULL,
    source text NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, profile_id, relation, sample_id),
    CHECK (fake_share_low <= fake_share_high),
    CHECK (model_fake_share_low <= model_fake_share_high)
) WITH (fillfactor = 80);
