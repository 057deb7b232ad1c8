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

{% macro recent_posts(days, published_at='published_at') -%}
    {#- By the column alone, so that parts and marks of older posts are never read. -#}
    (
        {{ published_at }} > {{ current_moment() }} - toIntervalDay({{ days }})
        and {{ published_at }} <= {{ current_moment() }}
    )
{%- endmacro %}

{% macro rank_of_post(measure, groups=[]) -%}
    {#- 1 is the highest; an unknown measure has no rank and takes none. Ties: the post with more likes, then by post_id. -#}
    if(
        {{ measure }} is null,
        null,
        row_number() over (
            partition by {{ (['platform'] + groups) | join(', ') }}
            order by {{ measure }} desc nulls last, likes desc nulls last, post_id asc
        )
    )
{%- endmacro %}

{% macro delete_rows(condition) -%}
    {#- For a hook of an incremental model: delete_insert replaces rows, it never takes one away. -#}
    delete from {{ this }} {{ on_cluster_clause(this) }}
    where {{ condition }}
    settings allow_nondeterministic_mutations = 1
{%- endmacro %}

{% macro posts_out_of_ranking() -%}
    (platform, post_id) not in (
        select
            platform,
            post_id
        from {{ posts() }}
        where {{ recent_posts(30) }}
    )
{%- endmacro %}

{% macro posts_published_at_another_time() -%}
    {#- A post says so by arriving again: before the rows of the run are there, for they move what counts as newly ingested. -#}
    (platform, post_id) in (
        select
            p.platform as platform,
            p.post_id as post_id
        from {{ posts() }} as p
        where {{ newly_ingested('p.ingested_at') }}
    )
    and (platform, post_id, published_at) not in (
        select
            p.platform as platform,
            p.post_id as post_id,
            assumeNotNull(p.published_at) as published_at
        from {{ posts() }} as p
        where
            p.published_at is not null
            and {{ newly_ingested('p.ingested_at') }}
    )
{%- endmacro %}
