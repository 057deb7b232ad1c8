{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id'],
        tags=['staging', 'core'],
    )
}}

-- One row per account, rebuilt whole: FINAL over the current rows costs less than finding what changed.
select
    platform,
    profile_id,
    trimBoth(handle) as handle,
    full_name,
    biography,
    coalesce(nullIf(trimBoth(category), ''), 'Unknown') as category,
    external_url,
    profile_pic_url,
    is_verified,
    is_business,
    is_private,
    followers_count as followers,
    following_count as following,
    posts_count as media_count,
    source,
    {{ not_after_ingestion('observed_at', '_ingested_at') }} as observed_at,
    _ingested_at as ingested_at
from {{ source('beat', 'instagram_account') }} as account {{ final() }}
where
    account.profile_id != ''
    and trimBoth(account.handle) != ''
