{% macro posts() -%}
    {#- The columns that the posts of every platform share. A filter on the outside reaches both tables. -#}
    {%- set columns = [
        'platform', 'post_id', 'profile_id', 'handle', 'shortcode', 'post_type', 'title', 'caption', 'permalink', 'published_at', 'likes',
        'comments', 'plays', 'shares', 'saves', 'duration_seconds', 'is_paid_partnership', 'hashtags', 'mentions', 'followers',
        'engagement_rate', 'reach', 'observed_at', 'ingested_at',
    ] -%}
    (
        select {{ columns | join(', ') }}
        from {{ ref('mart_instagram_post') }}
        union all
        select {{ columns | join(', ') }}
        from {{ ref('mart_youtube_post') }}
    )
{%- endmacro %}

{% macro posts_to_compute(staged_posts, accounts) -%}
    {#- Keys of an incremental run: posts that arrived, and posts whose account no longer has the figures that the mart computed with. Those are
        found by the difference, not by a time: an account that is seen again with the same followers costs nothing, a change
        missed by a run that died is found by the next. -#}
    select
        platform,
        post_id
    from {{ staged_posts }}
    where {{ newly_ingested('ingested_at') }}
    union distinct
    select
        known.platform as platform,
        known.post_id as post_id
    from {{ this }} as known
    left join {{ accounts }} as now
        on known.platform = now.platform and known.profile_id = now.profile_id
    where
        ifNull(known.followers, -1) != ifNull(now.followers, -1)
        or known.handle != ifNull(now.handle, known.handle)
{%- endmacro %}
