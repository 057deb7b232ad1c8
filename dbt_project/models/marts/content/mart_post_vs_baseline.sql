{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'post_id'],
        tags=['hourly'],
    )
}}

-- Columns are qualified: ClickHouse would take the alias in WHERE, which is never null.
with post as (
    select
        p.platform as platform,
        p.post_id as post_id,
        p.profile_id as profile_id,
        p.handle as handle,
        p.post_type as post_type,
        p.permalink as permalink,
        p.published_at as published_at,
        p.followers as followers,
        assumeNotNull(p.likes) as likes,
        assumeNotNull(p.comments) as comments,
        p.plays as plays,
        p.reach as reach,
        p.engagement_rate as engagement_rate,
        -- Exact digits: what is left of a sum without its terms must be 0, not the last bit of a float.
        toDecimal128(ifNull(p.reach, 0.0), 6) as counted_reach
    from {{ posts() }} as p
    where
        {{ recent_posts(90, 'p.published_at') }}
        and p.likes is not null
        and p.comments is not null
),

-- Equal posts: which of them stands first does not matter, all three figures are the same.
placed as (
    select
        *,
        count() over (partition by platform, profile_id) as posts_of_creator,
        row_number() over (
            partition by platform, profile_id
            order by likes + comments asc, likes asc, counted_reach asc, post_id asc
        ) as place
    from post
),

-- Two or three at either end: the third takes the place of a post that is itself one of the two.
creator as (
    select
        platform,
        profile_id,
        {% for figure in ['likes', 'comments', 'counted_reach'] %}
            sum({{ figure }}) as {{ figure }}_of_all,
            sumIf({{ figure }}, place <= 2) as {{ figure }}_of_lowest_two,
            sumIf({{ figure }}, place <= 3) as {{ figure }}_of_lowest_three,
            sumIf({{ figure }}, place > posts_of_creator - 2) as {{ figure }}_of_highest_two,
            sumIf({{ figure }}, place > posts_of_creator - 3) as {{ figure }}_of_highest_three
            {{- ',' if not loop.last }}
        {% endfor %}
    from placed
    group by
        platform,
        profile_id
),

-- The averages of plugins/upbeat/engagement.py over the creator's other posts, from sums: a list of the others for every post would cost
-- the square of a busy channel's videos.
compared as (
    select
        p.*,
        p.posts_of_creator - 1 > 4 as is_trimmed,
        toUInt64(p.posts_of_creator - if(is_trimmed, 5, 1)) as baseline_posts,
        {% for figure in ['likes', 'comments', 'counted_reach'] %}
            toFloat64(
                c.{{ figure }}_of_all - p.{{ figure }} - if(
                    is_trimmed,
                    if(p.place <= 2, c.{{ figure }}_of_lowest_three - p.{{ figure }}, c.{{ figure }}_of_lowest_two)
                    + if(
                        p.place > p.posts_of_creator - 2,
                        c.{{ figure }}_of_highest_three - p.{{ figure }},
                        c.{{ figure }}_of_highest_two
                    ),
                    0
                )
            ) / nullIf(baseline_posts, 0) as baseline_{{ figure }}
            {{- ',' if not loop.last }}
        {% endfor %}
    from placed as p
    inner join creator as c
        on p.platform = c.platform and p.profile_id = c.profile_id
)

select
    platform,
    post_id,
    profile_id,
    handle,
    post_type,
    permalink,
    published_at,
    followers,
    likes,
    comments,
    plays,
    reach,
    engagement_rate,
    baseline_posts,
    baseline_likes,
    baseline_comments,
    baseline_counted_reach as baseline_reach,
    {{ engagement_rate('baseline_likes', 'baseline_comments', 'followers') }} as baseline_engagement_rate,
    likes / nullIf(baseline_likes, 0) as likes_multiple,
    comments / nullIf(baseline_comments, 0) as comments_multiple,
    (likes + comments) / nullIf(baseline_likes + baseline_comments, 0) as interactions_multiple,
    reach / nullIf(baseline_counted_reach, 0) as reach_multiple,
    {{ current_moment() }} as updated_at
from compared
