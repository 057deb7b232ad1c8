{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'dimension', 'value'],
        tags=['collections', 'hourly'],
    )
}}

-- What the platform tells the owner of an account comes before what a model guesses from a profile; of each dimension one of the two.
with told as (
    select
        t.platform as platform,
        t.profile_id as profile_id,
        t.breakdown as breakdown,
        t.value as value,
        t.amount as amount,
        t.observed_at as observed_at
    from {{ told_audience() }} as t
    where t.breakdown in ('age_gender', 'age', 'gender')
),

split as (
    select
        t.platform as platform,
        t.profile_id as profile_id,
        arrayJoin(
            if(
                t.breakdown = 'age_gender',
                [
                    ('age_gender', t.value),
                    ('gender', splitByChar('.', t.value)[1]),
                    ('age', splitByChar('.', t.value)[2])
                ],
                [(t.breakdown, t.value)]
            )
        ) as named,
        t.breakdown = 'age_gender' as is_whole,
        t.amount as amount,
        t.observed_at as observed_at
    from told as t
),

guessed as (
    select
        e.platform as platform,
        e.profile_id as profile_id,
        arrayJoin(
            arrayConcat(
                arrayMap(pair -> ('age', pair.1, pair.2), {{ json_shares('e.result', ['age_ranges', 'ages', 'age']) }}),
                arrayMap(
                    pair -> ('gender', pair.1, pair.2),
                    {{ json_shares('e.result', ['gender_distribution', 'genders', 'gender']) }}
                )
            )
        ) as named,
        e.confidence as confidence,
        cast(e.model as Nullable(String)) as model,
        cast(e.prompt_version as Nullable(String)) as prompt_version,
        e.is_sandbox as is_sandbox,
        e.observed_at as observed_at
    from {{ ref('stg_beat_enrichment') }} as e
    where e.kind = 'audience_age_gender'
),

-- Smaller is better: both in one report, then one by one, then guessed.
candidate as (
    select
        s.platform as platform,
        s.profile_id as profile_id,
        s.named.1 as dimension,
        if(s.named.1 = 'gender', {{ gender_name('s.named.2') }}, s.named.2) as value,
        if(s.is_whole, 1, 2) as preference,
        'insight' as basis,
        null as confidence,
        null as model,
        null as prompt_version,
        false as is_sandbox,
        s.amount as amount,
        s.observed_at as observed_at
    from split as s
    union all
    select
        g.platform as platform,
        g.profile_id as profile_id,
        g.named.1 as dimension,
        if(g.named.1 = 'gender', {{ gender_name('g.named.2') }}, g.named.2) as value,
        3 as preference,
        'enrichment' as basis,
        g.confidence as confidence,
        g.model as model,
        g.prompt_version as prompt_version,
        g.is_sandbox as is_sandbox,
        g.named.3 as amount,
        g.observed_at as observed_at
    from guessed as g
),

best as (
    select
        c.platform as platform,
        c.profile_id as profile_id,
        c.dimension as dimension,
        c.value as value,
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
            min(preference) over (partition by platform, profile_id, dimension) as least_preference
        from candidate
        where
            value != ''
            and amount > 0
    ) as c
    where c.preference = c.least_preference
    group by
        c.platform,
        c.profile_id,
        c.dimension,
        c.value
)

select
    b.platform as platform,
    b.profile_id as profile_id,
    toLowCardinality(b.dimension) as dimension,
    b.value as value,
    b.amount / sum(b.amount) over (partition by b.platform, b.profile_id, b.dimension) as share,
    toLowCardinality(b.basis) as basis,
    b.confidence as confidence,
    b.model as model,
    b.prompt_version as prompt_version,
    b.is_sandbox as is_sandbox,
    b.observed_at as observed_at,
    {{ current_moment() }} as updated_at
from best as b
