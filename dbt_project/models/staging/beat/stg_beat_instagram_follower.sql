{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'relation', 'subject_id', 'account_id'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'relation', 'subject_id', 'account_id'],
        on_schema_change='fail',
        tags=['staging'],
    )
}}

-- Three kinds of event, one shape: an account that is told in connection with a profile or a post.
select
    platform,
    toLowCardinality('follower') as relation,
    told.profile_id as subject_id,
    account_id,
    handle,
    full_name,
    profile_pic_url,
    is_private,
    is_verified,
    source,
    {{ not_after_ingestion('observed_at', '_ingested_at') }} as observed_at,
    _ingested_at as ingested_at
from {{ source('beat', 'follower') }} as told {{ final() }}
where
    told.profile_id != ''
    and told.account_id != ''
    {% if is_incremental() %}
        and {{ has_new_rows('told', ['platform', 'profile_id', 'account_id'], source('beat', 'follower')) }}
    {% endif %}
union all
select
    platform,
    toLowCardinality('following') as relation,
    told.profile_id as subject_id,
    account_id,
    handle,
    full_name,
    profile_pic_url,
    is_private,
    is_verified,
    source,
    {{ not_after_ingestion('observed_at', '_ingested_at') }} as observed_at,
    _ingested_at as ingested_at
from {{ source('beat', 'following') }} as told {{ final() }}
where
    told.profile_id != ''
    and told.account_id != ''
    {% if is_incremental() %}
        and {{ has_new_rows('told', ['platform', 'profile_id', 'account_id'], source('beat', 'following')) }}
    {% endif %}
union all
select
    platform,
    toLowCardinality('liker') as relation,
    told.post_id as subject_id,
    account_id,
    handle,
    full_name,
    profile_pic_url,
    is_private,
    is_verified,
    source,
    {{ not_after_ingestion('observed_at', '_ingested_at') }} as observed_at,
    _ingested_at as ingested_at
from {{ source('beat', 'liker') }} as told {{ final() }}
where
    told.post_id != ''
    and told.account_id != ''
    {% if is_incremental() %}
        and {{ has_new_rows('told', ['platform', 'post_id', 'account_id'], source('beat', 'liker')) }}
    {% endif %}
