{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'post_id'],
        tags=['hourly'],
    )
}}

-- Far above what the creator's other posts do, or seen by far more than follow. A baseline of few posts, or a handful of followers, is
-- exceeded by chance.
{% set times_baseline = 5 %}
{% set fewest_baseline_posts = 5 %}
{% set times_followers = 3 %}
{% set fewest_followers = 1000 %}

with judged as (
    select
        *,
        coalesce(plays, reach) as audience,
        if(followers > 0, audience / followers, null) as followers_multiple,
        arrayFilter(
            reason -> reason != '',
            [
                if(
                    baseline_posts >= {{ fewest_baseline_posts }} and ifNull(interactions_multiple, 0) >= {{ times_baseline }},
                    'interactions_above_baseline',
                    ''
                ),
                if(
                    baseline_posts >= {{ fewest_baseline_posts }} and ifNull(reach_multiple, 0) >= {{ times_baseline }},
                    'reach_above_baseline',
                    ''
                ),
                if(
                    ifNull(followers, 0) >= {{ fewest_followers }} and ifNull(followers_multiple, 0) >= {{ times_followers }},
                    'audience_beyond_followers',
                    ''
                )
            ]
        ) as reasons
    from {{ ref('mart_post_vs_baseline') }}
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
    baseline_posts,
    interactions_multiple,
    reach_multiple,
    followers_multiple,
    reasons,
    {{ current_moment() }} as updated_at
from judged
where notEmpty(reasons)
