{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id'],
        tags=['hourly'],
    )
}}

-- All posts: the last one of a creator who fell silent may be years old. Only three columns are read.
with published as (
    select
        p.platform as platform,
        p.profile_id as profile_id,
        max(p.published_at) as last_post_at,
        max(p.observed_at) as posts_observed_at,
        countIf(p.published_at > {{ current_moment() }} - toIntervalDay(7)) as posts_7d,
        countIf(p.published_at > {{ current_moment() }} - toIntervalDay(30)) as posts_30d,
        arraySort(
            groupArrayIf(
                assumeNotNull(p.published_at), p.published_at > {{ current_moment() }} - toIntervalDay(90)
            )
        ) as moments
    from {{ posts() }} as p
    where p.published_at <= {{ current_moment() }}
    group by
        p.platform,
        p.profile_id
),

-- The first post has none before it: its difference is no gap.
cadence as (
    select
        *,
        length(moments) as posts_90d,
        arrayMap(
            (later, earlier) -> dateDiff('second', earlier, later) / 86400,
            arrayPopFront(moments),
            arrayPopBack(moments)
        ) as gaps,
        dateDiff('second', last_post_at, {{ current_moment() }}) / 86400 as days_since_last_post,
        dateDiff('second', posts_observed_at, {{ current_moment() }}) / 86400 as days_since_look
    from published
)

select
    a.platform as platform,
    a.profile_id as profile_id,
    a.handle as handle,
    multiIf(
        c.last_post_at is null, 'unknown',
        c.days_since_last_post <= 30, 'active',
        c.days_since_look > 30, 'unknown',
        c.days_since_last_post <= 90, 'slowing',
        'dormant'
    ) as activity,
    c.last_post_at as last_post_at,
    c.days_since_last_post as days_since_last_post,
    coalesce(c.posts_7d, 0) as posts_7d,
    coalesce(c.posts_30d, 0) as posts_30d,
    coalesce(c.posts_90d, 0) as posts_90d,
    -- Collected posts may reach back less than 90 days: they are spread over the days since the first of them.
    multiIf(
        c.last_post_at is null, null,
        c.posts_90d = 0, 0.0,
        c.posts_90d / greatest(dateDiff('second', c.moments[1], {{ current_moment() }}) / 86400, 7.0) * 7
    ) as posts_per_week,
    if(empty(c.gaps), null, arrayReduce('quantileExactInclusive(0.5)', c.gaps)) as median_days_between_posts,
    if(empty(c.gaps), null, arrayMax(c.gaps)) as longest_days_between_posts,
    c.posts_observed_at as posts_observed_at,
    a.observed_at as observed_at,
    {{ current_moment() }} as updated_at
from {{ accounts() }} as a
left join cadence as c
    on a.platform = c.platform and a.profile_id = c.profile_id
