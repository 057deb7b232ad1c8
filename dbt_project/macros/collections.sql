{% macro collections() -%}
    {#- Collections with what their campaign states where they do not: currency and period. Without either, the period begins 90 days
        before the collection was made; an open end is null. -#}
    (
        select
            c.collection_id as collection_id,
            c.kind as kind,
            c.name as name,
            c.account_id as account_id,
            c.campaign_id as campaign_id,
            whole.goal as goal,
            coalesce(c.currency, whole.currency) as currency,
            whole.currency as campaign_currency,
            coalesce(c.starts_on, whole.starts_on, toDate32(c.created_at) - 90) as starts_on,
            coalesce(c.ends_on, whole.ends_on) as ends_on
        from {{ ref('stg_coffee_collection') }} as c
        left join {{ ref('stg_coffee_campaign') }} as whole on c.campaign_id = whole.campaign_id
    )
{%- endmacro %}

{% macro handle_owners() -%}
    {#- Who bears a handle now: it can change and be taken over, the account seen last has it. Compare with lowerUTF8(handle). -#}
    (
        select
            a.platform as platform,
            lowerUTF8(a.handle) as handle,
            argMax(a.profile_id, (a.observed_at, a.profile_id)) as profile_id
        from {{ accounts() }} as a
        where a.handle != ''
        group by
            a.platform,
            lowerUTF8(a.handle)
    )
{%- endmacro %}

{% macro members_with_profile(members) -%}
    {#- Members as the product tells them, with the profile that is meant: the one that they name, else the one that bears the
        handle now, else null. -#}
    (
        select
            m.*,
            coalesce(nullIf(m.profile_id, ''), o.profile_id) as found_profile_id
        from {{ members }} as m
        left join {{ handle_owners() }} as o
            on m.platform = o.platform and lowerUTF8(m.handle) = o.handle
    )
{%- endmacro %}

{% macro creator_key(profile_id, handle) -%}
    {#- One name for a creator's account whether its profile is known yet or not. -#}
    coalesce(nullIf({{ profile_id }}, ''), concat('@', lowerUTF8({{ handle }})))
{%- endmacro %}

{% macro cost_per(cost, amount) -%}
    {#- The price of one, in the currency of the cost; null for an unknown cost, and for none of what is counted. -#}
    if(({{ amount }}) > 0, toFloat64({{ cost }}) / ({{ amount }}), null)
{%- endmacro %}

{% macro sum_of_money(amount) -%}
    {#- A sum of money has more digits than its terms: back to 4 behind the point. -#}
    accurateCastOrNull({{ amount }}, 'Decimal(18, 4)')
{%- endmacro %}

{% macro searchable_text(text) -%}
    {#- Words between single spaces, lower case, so that a keyword is found as whole words: ' tea ' is not in ' team '. -#}
    concat(' ', trimBoth(replaceRegexpAll(lowerUTF8({{ text }}), '[^\\p{L}\\p{M}\\p{N}]+', ' ')), ' ')
{%- endmacro %}

{% macro keyword_needle(keyword) -%}
    {#- Scripts that write no spaces are searched for anywhere. -#}
    if(
        match({{ keyword }}, '[\\p{Han}\\p{Hiragana}\\p{Katakana}\\p{Thai}\\p{Lao}\\p{Khmer}\\p{Myanmar}]'),
        trimBoth({{ searchable_text(keyword) }}),
        {{ searchable_text(keyword) }}
    )
{%- endmacro %}

{% macro holds_any(text, needles) -%}
    {#- The quick search takes 255 needles at most. -#}
    (
        multiSearchAny({{ text }}, arraySlice({{ needles }}, 1, 255))
        or arrayExists(needle -> position({{ text }}, needle) > 0, arraySlice({{ needles }}, 256))
    )
{%- endmacro %}

{% macro campaign_posts() -%}
    {#- The posts that were made for a campaign, each once: those that its collections name, and those of its own creators
        under the hashtags that they follow. Two collections can tell different handles of a post that was not seen yet: by name. -#}
    (
        select
            p.campaign_id as campaign_id,
            p.platform as platform,
            p.shortcode as shortcode,
            min(p.profile_id) as profile_id,
            min(lowerUTF8(p.handle)) as handle,
            max(p.is_collected) as is_collected,
            any(p.published_at) as published_at,
            any(p.likes) as likes,
            any(p.comments) as comments,
            any(p.plays) as plays,
            any(p.engagements) as engagements,
            any(p.reach) as reach,
            any(p.engagement_rate) as engagement_rate
        from {{ ref('mart_collection_post') }} as p
        where
            p.campaign_id is not null
            and (
                p.kind = 'POSTS'
                or (
                    p.kind = 'HASHTAGS'
                    and (p.campaign_id, p.platform, p.profile_id) in (
                        select
                            m.campaign_id,
                            m.platform,
                            m.found_profile_id
                        from {{ members_with_profile(ref('stg_coffee_campaign_profiles')) }} as m
                        where m.found_profile_id is not null
                    )
                )
            )
        group by
            p.campaign_id,
            p.platform,
            p.shortcode
    )
{%- endmacro %}

{% macro lift_pct(measured, baseline) -%}
    {#- Per cent above (below: negative) a baseline; null where either is unknown or the baseline is 0. -#}
    if(({{ baseline }}) > 0, ({{ measured }} - ({{ baseline }})) / ({{ baseline }}) * 100, null)
{%- endmacro %}

{% macro part_of_orders(amount) -%}
    {#- An aggregate over orders that are shared between `parts`: whole 1/10,000 of the currency's unit, the remainder to the first
        parts, so that the parts of an order are exactly the order. Negative amounts divide the same way. -#}
    toDecimal128(
        sumIf(intDiv({{ amount }}, s.parts) + if(s.part <= abs({{ amount }} % s.parts), sign({{ amount }}), 0), not s.is_cancelled), 4
    ) / 10000
{%- endmacro %}
