{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'basis', 'value'],
        tags=['collections', 'hourly'],
    )
}}

-- Languages are those that the followers set on the platform, as it tells the account's owner. The script of followers' names is known
-- of every account that was scored: it is no language, Latin least of all, and stands apart.
with language as (
    select
        t.platform as platform,
        t.profile_id as profile_id,
        {{ language_code('t.value') }} as value,
        sum(t.amount) as amount,
        max(t.observed_at) as observed_at
    from {{ told_audience() }} as t
    where t.breakdown = 'locale'
    group by
        t.platform,
        t.profile_id,
        {{ language_code('t.value') }}
),

script as (
    select
        s.platform as platform,
        s.profile_id as profile_id,
        trimBoth(s.script) as value,
        toFloat64(count()) as amount,
        max(s.observed_at) as observed_at
    from {{ newest_scores('follower') }} as s
    group by
        s.platform,
        s.profile_id,
        trimBoth(s.script)
),

known as (
    select
        platform,
        profile_id,
        'language' as basis,
        value,
        amount,
        observed_at
    from language
    union all
    select
        platform,
        profile_id,
        'script' as basis,
        assumeNotNull(value) as value,
        amount,
        observed_at
    from script
    where value is not null
)

select
    k.platform as platform,
    k.profile_id as profile_id,
    toLowCardinality(k.basis) as basis,
    cast(k.value as String) as value,
    k.amount / sum(k.amount) over (partition by k.platform, k.profile_id, k.basis) as share,
    k.observed_at as observed_at,
    {{ current_moment() }} as updated_at
from known as k
where
    k.value != ''
    and k.amount > 0
