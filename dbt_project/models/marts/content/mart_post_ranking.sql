{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'post_id'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'post_id'],
        on_schema_change='fail',
        tags=['post_ranker'],
        post_hook="{% if is_incremental() %}{{ delete_rows(posts_out_of_ranking()) }}{% endif %}",
    )
}}

-- All ranks are computed, which is cheap over 30 days; what is written is what moved. One post changes the ranks of half of its
-- category, so that looking for touched groups first would cost a second pass and save none.
with recent as (
    select
        p.platform as platform,
        p.post_id as post_id,
        p.profile_id as profile_id,
        p.handle as handle,
        coalesce(a.category, 'Unknown') as category,
        p.post_type as post_type,
        p.published_at as published_at,
        p.likes as likes,
        p.comments as comments,
        p.likes + p.comments as interactions,
        p.engagement_rate as engagement_rate,
        p.ingested_at as ingested_at
    from {{ posts() }} as p
    left join {{ accounts() }} as a
        on p.platform = a.platform and p.profile_id = a.profile_id
    where {{ recent_posts(30, 'p.published_at') }}
),

ranked as (
    select
        *,
        {{ rank_of_post('interactions', ['profile_id']) }} as rank_of_creator,
        count(interactions) over (partition by platform, profile_id) as ranked_of_creator,
        {{ rank_of_post('engagement_rate', ['category']) }} as rank_in_category,
        count(engagement_rate) over (partition by platform, category) as ranked_in_category
    from recent
)

select
    platform,
    post_id,
    profile_id,
    handle,
    category,
    post_type,
    published_at,
    likes,
    comments,
    interactions,
    engagement_rate,
    rank_of_creator,
    ranked_of_creator,
    rank_in_category,
    ranked_in_category,
    ingested_at
from ranked
{% if is_incremental() %}
    {%- set compared = [
        'platform', 'post_id', 'ingested_at', 'handle', 'category', 'ifNull(engagement_rate, -1)', 'ifNull(rank_of_creator, 0)',
        'ranked_of_creator', 'ifNull(rank_in_category, 0)', 'ranked_in_category',
    ] %}
    where ({{ compared | join(', ') }}) not in (
        select {{ compared | join(', ') }}
        from {{ this }}
    )
{% endif %}
