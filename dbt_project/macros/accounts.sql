{% macro accounts() -%}
    {#- The columns that both platforms' account marts have, as a subquery: `from {{ accounts() }} as a`. -#}
    {%- set shared = [
        'platform', 'profile_id', 'handle', 'full_name', 'biography', 'category', 'language', 'country', 'is_verified',
        'followers', 'following', 'media_count', 'total_posts', 'avg_likes', 'avg_comments', 'avg_plays',
        'total_likes', 'engagement_rate', 'observed_at',
    ] -%}
    (
        select {{ shared | join(', ') }}
        from {{ ref('mart_instagram_account') }}
        union all
        select {{ shared | join(', ') }}
        from {{ ref('mart_youtube_account') }}
    )
{%- endmacro %}

{% macro enriched_accounts() -%}
    {#- What enrichment found about each account, one row per account. Blank answers count as none. -#}
    (
        select
            e.platform as platform,
            e.profile_id as profile_id,
            maxIf(nullIf({{ language_code('e.language') }}, ''), e.kind = 'categ_lang_topics') as language,
            maxIf(nullIf({{ country_code('e.country') }}, ''), e.kind = 'base_location') as country,
            maxIf(nullIf(trimBoth(e.category), ''), e.kind = 'categ_lang_topics') as category
        from {{ ref('stg_beat_enrichment') }} as e
        where e.kind in ('categ_lang_topics', 'base_location')
        group by
            e.platform,
            e.profile_id
    )
{%- endmacro %}

{% macro language_code(language) -%}
    {#- `en-IN` and `EN` are one language; a name (`Hindi`) stays a name. -#}
    replaceRegexpOne(lower(trimBoth({{ language }})), '^([a-z]{2,3})[-_].*$', '\\1')
{%- endmacro %}

{% macro country_code(country) -%}
    {#- A code of two letters is upper case; a name stays as it is written. -#}
    if(length(trimBoth({{ country }})) = 2, upper(trimBoth({{ country }})), trimBoth({{ country }}))
{%- endmacro %}
