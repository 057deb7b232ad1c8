{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'weekday', 'hour'],
        tags=['daily'],
    )
}}

-- A slot is taken for as good as the creator's posts are in general until its own posts outweigh as many of those.
{% set weight_of_all_slots = 5 %}

-- Logarithms: one post that ran away would lift its slot for half a year. Posts of the last day still gather.
with post as (
    select
        platform,
        profile_id,
        toUInt8(toDayOfWeek(assumeNotNull(published_at), 0, 'UTC')) as weekday,
        toUInt8(toHour(assumeNotNull(published_at), 'UTC')) as hour,
        log(1 + assumeNotNull(likes) + assumeNotNull(comments)) as strength
    from {{ posts() }}
    where
        {{ recent_posts(180) }}
        and published_at <= {{ current_moment() }} - toIntervalDay(1)
        and likes is not null
        and comments is not null
),

creator as (
    select
        platform,
        profile_id,
        count() as posts_of_creator,
        avg(strength) as strength_of_creator
    from post
    group by
        platform,
        profile_id
),

slot as (
    select
        platform,
        profile_id,
        weekday,
        hour,
        count() as posts,
        avg(strength) as strength
    from post
    group by
        platform,
        profile_id,
        weekday,
        hour
),

estimated as (
    select
        s.platform as platform,
        s.profile_id as profile_id,
        s.weekday as weekday,
        s.hour as hour,
        s.posts as posts,
        c.posts_of_creator as posts_of_creator,
        exp(s.strength) - 1 as typical_interactions,
        s.posts / (s.posts + {{ weight_of_all_slots }}) as confidence_share,
        confidence_share * s.strength + (1 - confidence_share) * c.strength_of_creator as estimate,
        exp(estimate) - 1 as expected_interactions,
        exp(estimate - c.strength_of_creator) as lift
    from slot as s
    inner join creator as c
        on s.platform = c.platform and s.profile_id = c.profile_id
)

select
    platform,
    profile_id,
    weekday,
    hour,
    posts,
    posts_of_creator,
    typical_interactions,
    expected_interactions,
    confidence_share,
    lift,
    row_number() over (
        partition by platform, profile_id
        order by lift desc, posts desc, weekday asc, hour asc
    ) as slot_rank,
    {{ current_moment() }} as updated_at
from estimated
