{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['collection_id', 'platform', 'shortcode'],
        tags=['collections'],
    )
}}

-- A post is in a collection because it is named, or because its creator, a hashtag or a keyword of it is followed.
-- What is found that way was published within the collection's period.
{% set shortcode = "coalesce(nullIf(p.shortcode, ''), p.post_id)" %}
{% set needles = '(select arraySort(groupUniqArray(needle)) from keyword)' %}

with collection as (
    select *
    from {{ collections() }}
),

followed as (
    select *
    from {{ members_with_profile(ref('stg_coffee_collection_profile')) }}
),

keyword as (
    select
        k.collection_id as collection_id,
        k.platform as platform,
        k.keyword as keyword,
        k.added_at as added_at,
        {{ keyword_needle('k.keyword') }} as needle
    from {{ ref('stg_coffee_keyword_collection') }} as k
    -- A keyword without letters and digits would stand in every post without words.
    where trimBoth(needle) != ''
),

-- Most posts are in no collection: they are left out before more of them is read.
candidate as (
    select
        p.platform as platform,
        {{ shortcode }} as shortcode
    from {{ posts() }} as p
    where
        (p.platform, {{ shortcode }}) in (
            select
                platform,
                shortcode
            from {{ ref('stg_coffee_collection_post') }}
        )
        or (
            toDate32(p.published_at) >= (select minOrNull(starts_on) from collection where kind != 'POSTS')
            and (
                (p.platform, p.profile_id) in (
                    select
                        platform,
                        assumeNotNull(found_profile_id)
                    from followed
                    where found_profile_id is not null
                )
                or hasAny(p.hashtags, (select groupUniqArray(hashtag) from {{ ref('stg_coffee_collection_hashtag') }}))
                or {{ holds_any(searchable_text("concat(ifNull(p.title, ''), ' ', ifNull(p.caption, ''))"), needles) }}
            )
        )
),

-- Two rows of one shortcode can only be one post under two ids: the one seen last, whichever of them was found.
post as (
    select
        p.platform as platform,
        {{ shortcode }} as shortcode,
        argMax(
            tuple(
                p.post_id, p.profile_id, p.handle, p.post_type, p.title, p.caption, p.permalink, p.published_at, p.likes,
                p.comments, p.plays, p.shares, p.saves, p.followers, p.engagement_rate, p.reach, p.hashtags
            ),
            (p.observed_at, p.post_id)
        ) as facts,
        max(p.observed_at) as observed_at
    from {{ posts() }} as p
    where (p.platform, {{ shortcode }}) in (select platform, shortcode from candidate)
    group by
        p.platform,
        {{ shortcode }}
),

found_post as (
    select
        p.platform as platform,
        p.shortcode as shortcode,
        p.facts.2 as profile_id,
        p.facts.17 as hashtags,
        toDate32(p.facts.8) as published_on,
        {{ searchable_text("concat(ifNull(p.facts.5, ''), ' ', ifNull(p.facts.6, ''))") }} as searched
    from post as p
    where p.facts.8 is not null
),

by_creator as (
    select
        m.collection_id as collection_id,
        p.platform as platform,
        p.shortcode as shortcode,
        groupUniqArray(lowerUTF8(m.handle)) as matched,
        min(m.added_at) as added_at,
        any(p.published_on) as published_on
    from found_post as p
    inner join followed as m
        on p.platform = m.platform and p.profile_id = m.found_profile_id
    group by
        m.collection_id,
        p.platform,
        p.shortcode
),

by_hashtag as (
    select
        m.collection_id as collection_id,
        p.platform as platform,
        p.shortcode as shortcode,
        groupUniqArray(m.hashtag) as matched,
        min(m.added_at) as added_at,
        any(p.published_on) as published_on
    from (
        select
            f.platform as platform,
            f.shortcode as shortcode,
            f.published_on as published_on,
            arrayJoin(f.hashtags) as hashtag
        from found_post as f
    ) as p
    inner join {{ ref('stg_coffee_collection_hashtag') }} as m
        on p.platform = m.platform and p.hashtag = m.hashtag
    group by
        m.collection_id,
        p.platform,
        p.shortcode
),

-- Most posts hold none of the keywords: they are left out before each is held against each.
by_keyword as (
    select
        k.collection_id as collection_id,
        p.platform as platform,
        p.shortcode as shortcode,
        groupUniqArray(k.keyword) as matched,
        min(k.added_at) as added_at,
        any(p.published_on) as published_on
    from (
        select
            f.platform as platform,
            f.shortcode as shortcode,
            f.published_on as published_on,
            f.searched as searched
        from found_post as f
        where {{ holds_any('f.searched', needles) }}
    ) as p
    inner join keyword as k on p.platform = k.platform
    where position(p.searched, k.needle) > 0
    group by
        k.collection_id,
        p.platform,
        p.shortcode
),

found as (
    select * from by_creator
    union all
    select * from by_hashtag
    union all
    select * from by_keyword
),

member as (
    select
        m.collection_id as collection_id,
        m.platform as platform,
        m.shortcode as shortcode,
        cast([] as Array(String)) as matched,
        m.handle as told_handle,
        m.cost as own_cost,
        m.added_at as added_at
    from {{ ref('stg_coffee_collection_post') }} as m
    union all
    select
        f.collection_id as collection_id,
        f.platform as platform,
        f.shortcode as shortcode,
        arraySort(f.matched) as matched,
        null as told_handle,
        null as own_cost,
        f.added_at as added_at
    from found as f
    inner join collection as c on f.collection_id = c.collection_id
    where
        f.published_on >= c.starts_on
        and f.published_on <= coalesce(c.ends_on, toDate32({{ current_moment() }}))
),

campaign_cost as (
    select
        k.campaign_id as campaign_id,
        k.platform as platform,
        k.shortcode as shortcode,
        sum(k.amount) as amount
    from {{ ref('stg_coffee_campaign_cost') }} as k
    where k.shortcode is not null
    group by
        k.campaign_id,
        k.platform,
        k.shortcode
),

-- What the collection states takes the place of what its campaign states; amounts of another currency are not taken over.
told as (
    select
        c.collection_id as collection_id,
        c.kind as kind,
        c.campaign_id as campaign_id,
        c.currency as currency,
        m.platform as platform,
        m.shortcode as shortcode,
        m.matched as matched,
        m.told_handle as told_handle,
        m.added_at as added_at,
        m.own_cost as own_cost,
        if(c.currency = c.campaign_currency, k.amount, null) as campaign_cost
    from member as m
    inner join collection as c on m.collection_id = c.collection_id
    left join campaign_cost as k
        on c.campaign_id = k.campaign_id and m.platform = k.platform and m.shortcode = k.shortcode
)

select
    t.collection_id as collection_id,
    t.platform as platform,
    t.shortcode as shortcode,
    t.kind as kind,
    t.campaign_id as campaign_id,
    t.matched as matched,
    cast(p.shortcode is not null as Bool) as is_collected,
    nullIf(p.facts.1, '') as post_id,
    coalesce(nullIf(p.facts.2, ''), o.profile_id) as profile_id,
    coalesce(nullIf(p.facts.3, ''), t.told_handle) as handle,
    toLowCardinality(p.facts.4) as post_type,
    p.facts.5 as title,
    p.facts.6 as caption,
    p.facts.7 as permalink,
    p.facts.17 as hashtags,
    p.facts.8 as published_at,
    p.facts.9 as likes,
    p.facts.10 as comments,
    p.facts.11 as plays,
    p.facts.12 as shares,
    p.facts.13 as saves,
    p.facts.9 + p.facts.10 as engagements,
    p.facts.14 as followers,
    p.facts.15 as engagement_rate,
    p.facts.16 as reach,
    {{ sum_of_money('coalesce(t.own_cost, t.campaign_cost)') }} as cost,
    toLowCardinality(t.currency) as currency,
    toLowCardinality(multiIf(t.own_cost is not null, 'collection', t.campaign_cost is not null, 'campaign', null)) as cost_stated_by,
    {{ cost_per('coalesce(t.own_cost, t.campaign_cost)', 'p.facts.16') }} as cost_per_reach,
    {{ cost_per('coalesce(t.own_cost, t.campaign_cost)', 'p.facts.9 + p.facts.10') }} as cost_per_engagement,
    {{ cost_per('coalesce(t.own_cost, t.campaign_cost)', 'p.facts.11') }} as cost_per_view,
    t.added_at as added_at,
    p.observed_at as observed_at,
    {{ current_moment() }} as updated_at
from told as t
left join post as p
    on t.platform = p.platform and t.shortcode = p.shortcode
-- Before it is seen, a post is that of whom it is told to be: as its creator's other posts, and the campaign's costs for them.
left join {{ handle_owners() }} as o
    on t.platform = o.platform and lowerUTF8(t.told_handle) = o.handle
