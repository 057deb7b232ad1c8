{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'level', 'place'],
        tags=['collections', 'hourly'],
    )
}}

-- Cities are told, or guessed where nothing was told; countries are only told. The platforms tell the largest cities alone, so
-- that their shares are those of the cities that were told.
with candidate as (
    select
        t.platform as platform,
        t.profile_id as profile_id,
        t.breakdown as level,
        trimBoth(t.value) as place,
        1 as preference,
        'insight' as basis,
        null as confidence,
        null as model,
        null as prompt_version,
        false as is_sandbox,
        t.amount as amount,
        t.observed_at as observed_at
    from {{ told_audience() }} as t
    where t.breakdown in ('country', 'city')
    union all
    select
        g.platform as platform,
        g.profile_id as profile_id,
        'city' as level,
        g.named.1 as place,
        2 as preference,
        'enrichment' as basis,
        g.confidence as confidence,
        g.model as model,
        g.prompt_version as prompt_version,
        g.is_sandbox as is_sandbox,
        g.named.2 as amount,
        g.observed_at as observed_at
    from (
        select
            e.platform as platform,
            e.profile_id as profile_id,
            e.confidence as confidence,
            cast(e.model as Nullable(String)) as model,
            cast(e.prompt_version as Nullable(String)) as prompt_version,
            e.is_sandbox as is_sandbox,
            e.observed_at as observed_at,
            arrayJoin({{ json_shares('e.result', ['cities', 'audience_cities']) }}) as named
        from {{ ref('stg_beat_enrichment') }} as e
        where e.kind = 'audience_cities'
    ) as g
),

best as (
    select
        c.platform as platform,
        c.profile_id as profile_id,
        c.level as level,
        c.place as place,
        any(c.basis) as basis,
        any(c.confidence) as confidence,
        any(c.model) as model,
        any(c.prompt_version) as prompt_version,
        any(c.is_sandbox) as is_sandbox,
        sum(c.amount) as amount,
        max(c.observed_at) as observed_at
    from (
        select
            *,
            min(preference) over (partition by platform, profile_id, level) as least_preference
        from candidate
        where
            place != ''
            and amount > 0
    ) as c
    where c.preference = c.least_preference
    group by
        c.platform,
        c.profile_id,
        c.level,
        c.place
)

select
    b.platform as platform,
    b.profile_id as profile_id,
    toLowCardinality(b.level) as level,
    b.place as place,
    b.amount / sum(b.amount) over (partition by b.platform, b.profile_id, b.level) as share,
    row_number() over (
        partition by b.platform, b.profile_id, b.level order by b.amount desc, b.place asc
    ) as position,
    toLowCardinality(b.basis) as basis,
    b.confidence as confidence,
    b.model as model,
    b.prompt_version as prompt_version,
    b.is_sandbox as is_sandbox,
    b.observed_at as observed_at,
    {{ current_moment() }} as updated_at
from best as b
