{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'profile_id', 'relation', 'account_id'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'relation', 'account_id'],
        on_schema_change='fail',
        tags=['staging'],
    )
}}

-- An account that is scored again has its newest score alone, whatever the sample.
select
    platform,
    profile_id,
    relation,
    account_id,
    handle,
    full_name,
    score,
    decided_by,
    lang_flag,
    digits_flag,
    special_char_flag,
    similarity,
    is_known_name,
    script,
    latin_name,
    matched_name,
    sample_id,
    scorer_version,
    names_version,
    source,
    {{ not_after_ingestion('observed_at', '_ingested_at') }} as observed_at,
    _ingested_at as ingested_at
from {{ source('beat', 'follower_score') }} as scored {{ final() }}
where
    scored.profile_id != ''
    and scored.account_id != ''
    {% if is_incremental() %}
        and {{ has_new_rows('scored', ['platform', 'profile_id', 'relation', 'account_id'], source('beat', 'follower_score')) }}
    {% endif %}
