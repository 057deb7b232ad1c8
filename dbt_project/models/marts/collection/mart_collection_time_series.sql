{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['collection_id', 'platform', 'date'],
        tags=['collections'],
    )
}}

-- A collection is followed until 90 days after its end. A day on which a post was not seen carries its figures of the day
-- before; what was observed before the collection began is part of the first day's figures.
with collection as (
    select
        c.collection_id as collection_id,
        c.starts_on as starts_on,
        least(
            toDate32({{ current_moment() }}),
            coalesce(c.ends_on + 90, toDate32({{ current_moment() }}))
        ) as until
    from {{ collections() }} as c
),

member as (
    select
        p.collection_id as collection_id,
        p.platform as platform,
        assumeNotNull(p.post_id) as post_id,
        p.post_type as post_type,
        p.followers as followers,
        c.starts_on as starts_on,
        c.until as until
    from {{ ref('mart_collection_post') }} as p
    inner join collection as c on p.collection_id = c.collection_id
    where p.post_id is not null
),

-- The latest figure of each day that a source told.
observed as (
    select
        l.platform as platform,
        l.post_id as post_id,
        toDate32(l.observed_at) as observed_on,
        argMaxIf(l.likes, (l.observed_at, l.event_id), l.likes is not null) as likes,
        argMaxIf(l.comments, (l.observed_at, l.event_id), l.comments is not null) as comments,
        argMaxIf(l.plays, (l.observed_at, l.event_id), l.plays is not null) as plays
    from {{ ref('stg_beat_post_log') }} as l
    where (l.platform, l.post_id) in (
        select
            platform,
            post_id
        from member
    )
    group by
        l.platform,
        l.post_id,
        toDate32(l.observed_at)
),

-- Observations from before the beginning all count for its first day.
placed as (
    select
        m.collection_id as collection_id,
        m.platform as platform,
        m.post_id as post_id,
        greatest(o.observed_on, m.starts_on) as date,
        argMaxIf(o.likes, o.observed_on, o.likes is not null) as likes,
        argMaxIf(o.comments, o.observed_on, o.comments is not null) as comments,
        argMaxIf(o.plays, o.observed_on, o.plays is not null) as plays,
        max(o.observed_on) >= any(m.starts_on) as is_observed,
        any(m.until) as until
    from member as m
    inner join observed as o
        on m.platform = o.platform and m.post_id = o.post_id
    where o.observed_on <= m.until
    group by
        m.collection_id,
        m.platform,
        m.post_id,
        greatest(o.observed_on, m.starts_on)
),

-- Every day from the first observation of a post on.
calendar as (
    select
        s.collection_id as collection_id,
        s.platform as platform,
        s.post_id as post_id,
        s.first_date + arrayJoin(range(toUInt32(greatest(dateDiff('day', s.first_date, s.until), -1) + 1))) as date,
        s.first_date as first_date
    from (
        select
            collection_id,
            platform,
            post_id,
            min(date) as first_date,
            any(until) as until
        from placed
        group by
            collection_id,
            platform,
            post_id
    ) as s
),

carried as (
    select
        d.collection_id as collection_id,
        d.platform as platform,
        d.post_id as post_id,
        d.date as date,
        d.date = d.first_date as is_first,
        ifNull(p.is_observed, false) as is_observed,
        anyLast(p.likes) over post as likes,
        anyLast(p.comments) over post as comments,
        anyLast(p.plays) over post as plays
    from calendar as d
    left join placed as p
        on
            d.collection_id = p.collection_id
            and d.platform = p.platform
            and d.post_id = p.post_id
            and d.date = p.date
    window post as (
        partition by d.collection_id, d.platform, d.post_id
        order by d.date asc
        rows between unbounded preceding and current row
    )
),

daily as (
    select
        w.collection_id as collection_id,
        w.platform as platform,
        w.date as date,
        count() as posts,
        countIf(w.is_first) as new_posts,
        countIf(w.is_observed) as observed_posts,
        sum(w.likes) as likes,
        sum(w.comments) as comments,
        sum(w.plays) as plays,
        sum(w.likes + w.comments) as engagements,
        sum(
            if(
                m.platform = 'YOUTUBE' or m.post_type in ('reel', 'video') or (m.post_type is null and w.plays is not null),
                {{ reels_reach('w.plays', 'm.followers') }},
                {{ post_reach('w.likes') }}
            )
        ) as reach
    from carried as w
    inner join member as m
        on w.collection_id = m.collection_id and w.platform = m.platform and w.post_id = m.post_id
    group by
        w.collection_id,
        w.platform,
        w.date
)

select
    d.collection_id as collection_id,
    d.platform as platform,
    d.date as date,
    d.posts as posts,
    d.new_posts as new_posts,
    d.observed_posts as observed_posts,
    cast(d.observed_posts = 0 as Bool) as is_carried,
    d.likes as likes,
    d.comments as comments,
    d.plays as plays,
    d.engagements as engagements,
    d.reach as reach,
    d.likes - ifNull(lagInFrame(d.likes) over by_day, 0) as gained_likes,
    d.comments - ifNull(lagInFrame(d.comments) over by_day, 0) as gained_comments,
    d.plays - ifNull(lagInFrame(d.plays) over by_day, 0) as gained_plays,
    d.engagements - ifNull(lagInFrame(d.engagements) over by_day, 0) as gained_engagements,
    d.reach - ifNull(lagInFrame(d.reach) over by_day, 0.0) as gained_reach,
    {{ current_moment() }} as updated_at
from daily as d
window by_day as (
    partition by d.collection_id, d.platform
    order by d.date asc
    rows between 1 preceding and current row
)
