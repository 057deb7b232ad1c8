-- What the follower model says beside the rules, of each account and of a whole audience. Rows from before have no value here.

ALTER TABLE {database}.follower_score
    ADD COLUMN IF NOT EXISTS digits Nullable(Int64) AFTER lang_flag,
    ADD COLUMN IF NOT EXISTS model_probability Nullable(Float64) AFTER matched_name,
    ADD COLUMN IF NOT EXISTS model_version LowCardinality(Nullable(String)) AFTER model_probability,
    ADD COLUMN IF NOT EXISTS model_reasons Nullable(String) AFTER model_version;

ALTER TABLE {database}.audience_quality
    ADD COLUMN IF NOT EXISTS corrected_fake_share Nullable(Float64) AFTER real_share,
    ADD COLUMN IF NOT EXISTS model_sample_size Nullable(Int64) AFTER fake_share_high,
    ADD COLUMN IF NOT EXISTS model_fake_count Nullable(Int64) AFTER model_sample_size,
    ADD COLUMN IF NOT EXISTS model_fake_share Nullable(Float64) AFTER model_fake_count,
    ADD COLUMN IF NOT EXISTS model_fake_share_low Nullable(Float64) AFTER model_fake_share,
    ADD COLUMN IF NOT EXISTS model_fake_share_high Nullable(Float64) AFTER model_fake_share_low,
    ADD COLUMN IF NOT EXISTS model_version LowCardinality(Nullable(String)) AFTER model_fake_share_high;
