{% macro accounts() -%}
    {#- The columns that both platforms' account marts have, as a subquery: `from {{ accounts() }} as a`. -#}
    {%- set shared = [
        'platform', 'profile_id', 'handle', 'full_name', 'biography', 'category', 'language', 'country', 'is_verified',
        'followers', 'following', 'media_count', 'total_posts', 'avg_likes', 'avg_comments', 'avg_plays',
        'total_likes', 'engagement_rate', 'observed_at', 'external_url', 'topics',
    ] -%}
    (
        select {{ shared | join(', ') }}
        from {{ ref('mart_instagram_account') }}
        union all
        select {{ shared | join(', ') }}
        from {{ ref('mart_youtube_account') }}
    )
{%- endmacro %}

{% macro language_code(language) -%}
    {#- `en-IN` and `EN` are one language; a name (`Hindi`) stays a name. -#}
    replaceRegexpOne(lowerUTF8(trimBoth({{ language }})), '^([a-z]{2,3})[-_].*$', '\\1')
{%- endmacro %}

{% macro known_size_band(followers) -%}
    {#- multiIf would call an unknown number mega. -#}
    if({{ followers }} is null, null, {{ size_band('assumeNotNull(' ~ followers ~ ')') }})
{%- endmacro %}

{% macro topic_names(topics) -%}
    {#- In one order, so that two accounts with the same topics have the same array. -#}
    arraySort(arrayDistinct(arrayMap(topic -> lowerUTF8(topic), {{ topics }})))
{%- endmacro %}

{% macro link_key(url) -%}
    {#- Host and path of an address, to be compared: lower case, without scheme, www, query, fragment and last slash. -#}
    replaceRegexpOne(
        replaceRegexpOne(lowerUTF8(trimBoth(coalesce({{ url }}, ''))), '^(?:[a-z]+://)?(?:www\\.|m\\.)?', ''),
        '/*(?:[?#].*)?$',
        ''
    )
{%- endmacro %}

{% macro brand_key(name) -%}
    {#- Letters and digits of a name or handle: `Nike India` and `nike_india` are one brand. -#}
    replaceRegexpAll(lowerUTF8(coalesce({{ name }}, '')), '[^\\p{L}\\p{M}\\p{N}]', '')
{%- endmacro %}
