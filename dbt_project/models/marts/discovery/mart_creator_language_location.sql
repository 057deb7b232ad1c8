{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id'],
        tags=['core', 'hourly'],
    )
}}

with account as (
    select
        platform,
        profile_id,
        handle,
        cast(null as Nullable(String)) as stated_country
    from {{ ref('stg_beat_instagram_account') }}
    union all
    select
        platform,
        profile_id,
        handle,
        cast(country as Nullable(String)) as stated_country
    from {{ ref('stg_beat_youtube_account') }}
),

video as (
    select
        p.platform as platform,
        p.profile_id as profile_id,
        {{ language_code('p.language') }} as language,
        count() as videos
    from {{ ref('stg_beat_youtube_post') }} as p
    where
        p.published_at > {{ current_moment() }} - toIntervalDay(365)
        and p.published_at <= {{ current_moment() }}
        and trimBoth(p.language) != ''
    group by
        p.platform,
        p.profile_id,
        language
),

-- The language of most videos; of two with as many, the first by name.
spoken as (
    select
        platform,
        profile_id,
        argMin(language, (-toInt64(videos), language)) as language,
        max(videos) / sum(videos) as share
    from video
    group by
        platform,
        profile_id
),

read_language as (
    select
        e.* except (language),
        {{ language_code('e.language') }} as language
    from {{ answers('categ_lang_topics', ['language']) }} as e
),

read_location as (
    select * from {{ answers('base_location', ['country', 'city']) }}
),

told as (
    select
        a.platform as platform,
        a.profile_id as profile_id,
        a.handle as handle,
        coalesce(s.language, g.language, 'unknown') as language,
        multiIf(s.language is not null, 'videos', g.language is not null, 'enrichment', 'none') as language_source,
        multiIf(
            language_source = 'videos', s.share,
            language_source = 'enrichment', g.confidence,
            null
        ) as language_confidence,
        {{ answered_by('language', 'g', "language_source = 'enrichment'") }},
        coalesce(a.stated_country, l.country, 'unknown') as country,
        multiIf(a.stated_country is not null, 'account', l.country is not null, 'enrichment', 'none') as country_source,
        multiIf(
            country_source = 'account', 1.0,
            country_source = 'enrichment', l.confidence,
            null
        ) as country_confidence,
        {{ answered_by('country', 'l', "country_source = 'enrichment'") }},
        -- A city of another country than the account states is a misreading.
        if(coalesce(l.country != a.stated_country, false), null, l.city) as city,
        if(city is null, null, l.confidence) as city_confidence,
        {{ answered_by('city', 'l', 'city is not null') }},
        (language_source = 'enrichment' and coalesce(g.is_sandbox, false))
        or ((country_source = 'enrichment' or city is not null) and coalesce(l.is_sandbox, false)) as is_sandbox
    from account as a
    left join spoken as s
        on a.platform = s.platform and a.profile_id = s.profile_id
    left join read_language as g
        on a.platform = g.platform and a.profile_id = g.profile_id
    left join read_location as l
        on a.platform = l.platform and a.profile_id = l.profile_id
)

select
    *,
    {{ current_moment() }} as updated_at
from told
