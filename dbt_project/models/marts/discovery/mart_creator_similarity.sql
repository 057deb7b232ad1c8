{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'similar_rank'],
        tags=['daily'],
    )
}}

{% set hashtags_kept = 10 %}
{% set neighbours = 15 %}
{% set similar_kept = 10 %}

with hashtag as (
    select
        p.platform as platform,
        p.profile_id as profile_id,
        arrayJoin(p.hashtags) as tag,
        count() as posts
    from {{ posts() }} as p
    where
        p.published_at > {{ current_moment() }} - toIntervalDay(180)
        and p.published_at <= {{ current_moment() }}
        and notEmpty(p.hashtags)
    group by
        p.platform,
        p.profile_id,
        tag
),

tagged as (
    select
        platform,
        profile_id,
        arraySort(arrayMap(
            entry -> entry.2,
            arraySlice(arraySort(groupArray((-toInt64(posts), tag))), 1, {{ hashtags_kept }})
        )) as hashtags
    from hashtag
    group by
        platform,
        profile_id
),

creator as (
    select
        a.platform as platform,
        a.profile_id as profile_id,
        a.handle as handle,
        a.category as category,
        a.language as language,
        assumeNotNull(a.followers) as followers,
        a.topics as topics,
        t.hashtags as hashtags,
        row_number() over (order by a.platform asc, a.profile_id asc) as number
    from {{ accounts() }} as a
    left join tagged as t
        on a.platform = t.platform and a.profile_id = t.profile_id
    where a.followers is not null
),

-- What two creators must share to be compared at all. A group may hold all accounts there are: within it each is compared
-- with the next ones by size, so that the cost grows with the accounts and not with their square.
feature as (
    select
        c.platform as platform,
        c.number as number,
        c.followers as followers,
        arrayJoin(arrayConcat(
            if(c.category = 'Unknown', [], [concat('category:', c.category)]),
            arrayMap(topic -> concat('topic:', topic), c.topics),
            arrayMap(tag -> concat('hashtag:', tag), c.hashtags)
        )) as feature
    from creator as c
),

candidate as (
    select distinct
        number as first_number,
        arrayJoin(larger) as second_number
    from (
        select
            number,
            groupArray(number) over (
                partition by platform, feature
                order by followers asc, number asc
                rows between 1 following and {{ neighbours }} following
            ) as larger
        from feature
    )
),

compared as (
    select
        n.first_number as first_number,
        n.second_number as second_number,
        a.platform as platform,
        a.profile_id as first_profile_id,
        b.profile_id as second_profile_id,
        a.handle as first_handle,
        b.handle as second_handle,
        a.followers as first_followers,
        b.followers as second_followers,
        arraySort(arrayIntersect(a.topics, b.topics)) as shared_topics,
        arraySort(arrayIntersect(a.hashtags, b.hashtags)) as shared_hashtags,
        toBool(a.category = b.category and a.category != 'Unknown') as same_category,
        toBool(a.language = b.language and a.language != 'unknown') as same_language,
        length(arrayDistinct(arrayConcat(a.topics, b.topics))) as all_topics,
        length(arrayDistinct(arrayConcat(a.hashtags, b.hashtags))) as all_hashtags
    from candidate as n
    inner join creator as a on n.first_number = a.number
    inner join creator as b on n.second_number = b.number
),

-- The parts add to 1; what is not known of one of the two counts as not shared.
scored as (
    select
        *,
        round(
            0.30 * if(all_topics = 0, 0.0, length(shared_topics) / all_topics)
            + 0.25 * if(all_hashtags = 0, 0.0, length(shared_hashtags) / all_hashtags)
            + 0.20 * same_category
            + 0.10 * same_language
            + 0.15 * greatest(
                0.0, 1 - abs(log10(greatest(first_followers, 1)) - log10(greatest(second_followers, 1)))
            ),
            6
        ) as similarity
    from compared
),

sided as (
    select
        *,
        arrayJoin([
            (first_profile_id, first_handle, second_profile_id, second_handle, second_followers),
            (second_profile_id, second_handle, first_profile_id, first_handle, first_followers)
        ]) as side
    from scored
)

select
    platform,
    side.1 as profile_id,
    side.3 as similar_profile_id,
    side.2 as handle,
    side.4 as similar_handle,
    side.5 as similar_followers,
    similarity,
    row_number() over (
        partition by platform, side.1 order by similarity desc, side.3 asc
    ) as similar_rank,
    same_category,
    same_language,
    shared_topics,
    shared_hashtags,
    {{ current_moment() }} as updated_at
from sided
qualify similar_rank <= {{ similar_kept }}
