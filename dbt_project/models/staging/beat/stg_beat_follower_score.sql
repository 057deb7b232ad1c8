{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'profile_id', 'relation', 'account_id', 'sample_id'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'relation', 'account_id', 'sample_id'],
        on_schema_change='append_new_columns',
        tags=['staging'],
    )
}}

-- An account that was drawn in several samples has a score in each: a sample stays what it was when its accounts are scored again.
-- What the whole sample says of the audience stands with each of its accounts: the intervals come from the error rates of rules and
-- model, which no mart knows. It may arrive later than the scores: then these are read again.
with quality as (
    select
        platform,
        profile_id,
        relation,
        sample_id,
        corrected_fake_share,
        fake_share_low,
        fake_share_high,
        model_sample_size,
        model_fake_share,
        model_fake_share_low,
        model_fake_share_high,
        _ingested_at
    from {{ source('beat', 'audience_quality') }} as summed {{ final() }}
)

select
    scored.platform as platform,
    scored.profile_id as profile_id,
    scored.relation as relation,
    scored.account_id as account_id,
    scored.handle as handle,
    scored.full_name as full_name,
    scored.score as score,
    scored.decided_by as decided_by,
    scored.lang_flag as lang_flag,
    scored.digits as digits,
    scored.digits_flag as digits_flag,
    scored.special_char_flag as special_char_flag,
    scored.similarity as similarity,
    scored.is_known_name as is_known_name,
    scored.script as script,
    scored.latin_name as latin_name,
    scored.matched_name as matched_name,
    scored.model_probability as model_probability,
    scored.model_version as model_version,
    scored.model_reasons as model_reasons,
    {{ named_sample('scored.sample_id') }} as sample_id,
    quality.corrected_fake_share as audience_corrected_fake_share,
    quality.fake_share_low as audience_fake_share_low,
    quality.fake_share_high as audience_fake_share_high,
    quality.model_sample_size as audience_model_sample_size,
    quality.model_fake_share as audience_model_fake_share,
    quality.model_fake_share_low as audience_model_fake_share_low,
    quality.model_fake_share_high as audience_model_fake_share_high,
    scored.scorer_version as scorer_version,
    scored.names_version as names_version,
    scored.source as source,
    {{ not_after_ingestion('scored.observed_at', 'scored._ingested_at') }} as observed_at,
    greatest(scored._ingested_at, ifNull(quality._ingested_at, scored._ingested_at)) as ingested_at
from {{ source('beat', 'follower_score') }} as scored {{ final() }}
left join quality
    on
        scored.platform = quality.platform
        and scored.profile_id = quality.profile_id
        and scored.relation = quality.relation
        and scored.sample_id = quality.sample_id
where
    scored.profile_id != ''
    and scored.account_id != ''
    {% if is_incremental() %}
        and (
            {{ has_new_rows('scored', ['platform', 'profile_id', 'relation', 'account_id'], source('beat', 'follower_score')) }}
            or {{ has_new_rows('scored', ['platform', 'profile_id', 'relation', 'sample_id'], source('beat', 'audience_quality')) }}
        )
    {% endif %}
