{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'similar_rank'],
        tags=['daily'],
    )
}}

{% set hashtags_kept = 10 %}
{% set neighbours = 10 %}
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

-- Numbered, and with hashed texts: millions of pairs are compared below.
creator as (
    select
        a.platform as platform,
        a.profile_id as profile_id,
        a.handle as handle,
        a.category as category,
        a.language as language,
        assumeNotNull(a.followers) as followers,
        log10(greatest(assumeNotNull(a.followers), 1)) as size,
        a.topics as topics,
        t.hashtags as hashtags,
        arrayMap(topic -> sipHash64(topic), a.topics) as topic_hashes,
        arrayMap(tag -> sipHash64(tag), t.hashtags) as hashtag_hashes,
        toUInt32(row_number() over (order by a.platform asc, a.profile_id asc)) as number
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
            if(c.category = 'Unknown', [], [sipHash64('category', c.category)]),
            arrayMap(topic -> sipHash64('topic', topic), c.topics),
            arrayMap(tag -> sipHash64('hashtag', tag), c.hashtags)
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

-- The parts add to 1; what is not known of one of the two counts as not shared.
scored as (
    select
        n.first_number as first_number,
        n.second_number as second_number,
        length(arrayIntersect(a.topic_hashes, b.topic_hashes)) as topics_shared,
        length(arrayIntersect(a.hashtag_hashes, b.hashtag_hashes)) as hashtags_shared,
        round(
            0.30 * topics_shared / greatest(length(a.topic_hashes) + length(b.topic_hashes) - topics_shared, 1)
            + 0.25 * hashtags_shared
            / greatest(length(a.hashtag_hashes) + length(b.hashtag_hashes) - hashtags_shared, 1)
            + 0.20 * (a.category = b.category and a.category != 'Unknown')
            + 0.10 * (a.language = b.language and a.language != 'unknown')
            + 0.15 * greatest(0.0, 1 - abs(a.size - b.size)),
            6
        ) as similarity
    from candidate as n
    inner join creator as a on n.first_number = a.number
    inner join creator as b on n.second_number = b.number
),

-- The numbers follow the ids: equal ones are ordered by profile_id. Names are joined to what is left.
nearest as (
    select
        number,
        arrayJoin(arrayEnumerate(kept)) as similar_rank,
        -kept[similar_rank].1 as similarity,
        kept[similar_rank].2 as similar_number
    from (
        select
            side.1 as number,
            groupArraySorted({{ similar_kept }})((-similarity, side.2)) as kept
        from (
            select
                similarity,
                arrayJoin([(first_number, second_number), (second_number, first_number)]) as side
            from scored
        )
        group by number
    )
)

select
    c.platform as platform,
    c.profile_id as profile_id,
    s.profile_id as similar_profile_id,
    c.handle as handle,
    s.handle as similar_handle,
    s.followers as similar_followers,
    n.similarity as similarity,
    toUInt64(n.similar_rank) as similar_rank,
    toBool(c.category = s.category and c.category != 'Unknown') as same_category,
    toBool(c.language = s.language and c.language != 'unknown') as same_language,
    arraySort(arrayIntersect(c.topics, s.topics)) as shared_topics,
    arraySort(arrayIntersect(c.hashtags, s.hashtags)) as shared_hashtags,
    {{ current_moment() }} as updated_at
from nearest as n
inner join creator as c on n.number = c.number
inner join creator as s on n.similar_number = s.number
