{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'post_id'],
        tags=['three_hourly'],
    )
}}

{% set columns = 'platform, comment_id, post_id, parent_id, author_id, author_handle, likes, published_at, observed_at' %}

with told as (
    select {{ columns }}
    from {{ ref('stg_beat_instagram_comment') }}
    where post_id != ''
    union all
    select {{ columns }}
    from {{ ref('stg_beat_youtube_comment') }}
    where post_id != ''
),

-- By the id; where a source tells no id, by the handle.
judged as (
    select
        c.platform as platform,
        c.comment_id as comment_id,
        c.post_id as post_id,
        nullIf(c.parent_id, '') as answers,
        coalesce(nullIf(c.author_id, ''), lowerUTF8(nullIf(c.author_handle, ''))) as commenter,
        ifNull(commenter = p.profile_id or commenter = lowerUTF8(p.handle), false) as is_by_creator,
        c.likes as likes,
        c.published_at as published_at,
        c.observed_at as observed_at,
        p.profile_id as profile_id,
        p.comments as comments_stated
    from told as c
    left join (
        select platform, post_id, profile_id, handle, comments
        from {{ posts() }}
        where (platform, post_id) in (select platform, post_id from told)
    ) as p
        on c.platform = p.platform and c.post_id = p.post_id
)

select
    platform,
    post_id,
    any(profile_id) as profile_id,
    count() as comments_collected,
    any(comments_stated) as comments_stated,
    comments_collected / nullIf(comments_stated, 0) as collected_share,
    countIf(answers is null) as top_level_comments,
    countIf(answers is not null) as replies,
    countIf(is_by_creator) as creator_comments,
    countIf(is_by_creator and answers is not null) as creator_replies,
    -- Of those that were collected: an answer to oneself is none, and one to a comment that is gone would make the share exceed 1.
    length(arrayIntersect(
        groupUniqArrayIf(assumeNotNull(answers), is_by_creator and answers is not null),
        groupUniqArrayIf(comment_id, answers is null and not is_by_creator)
    )) as answered_comments,
    answered_comments / nullIf(countIf(answers is null and not is_by_creator), 0) as answered_share,
    uniqExactIf(commenter, not is_by_creator) as commenters,
    toInt64(sum(ifNull(likes, 0))) as comment_likes,
    min(published_at) as first_commented_at,
    max(published_at) as last_commented_at,
    max(observed_at) as observed_at,
    {{ current_moment() }} as updated_at
from judged
group by
    platform,
    post_id
