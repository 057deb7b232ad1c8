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
        e.platform as platform,
        e.profile_id as profile_id,
        {{ language_code('e.language') }} as language,
        e.confidence as confidence,
        e.is_sandbox as is_sandbox
    from {{ ref('stg_beat_enrichment') }} as e
    where e.kind = 'categ_lang_topics'
),

read_location as (
    select
        e.platform as platform,
        e.profile_id as profile_id,
        e.country as country,
        e.city as city,
        e.confidence as confidence,
        e.is_sandbox as is_sandbox
    from {{ ref('stg_beat_enrichment') }} as e
    where e.kind = 'base_location'
),

told as (
    select
        a.platform as platform,
        a.profile_id as profile_id,
        a.handle as handle,
        s.language as spoken_language,
        s.share as spoken_share,
        g.language as read_language,
        g.confidence as read_language_confidence,
        coalesce(g.is_sandbox, false) as is_sandbox_language,
        a.stated_country as stated_country,
        l.country as read_country,
        -- A city of another country than the account states is a misreading.
        if(coalesce(l.country != a.stated_country, false), null, l.city) as city,
        l.confidence as read_location_confidence,
        coalesce(l.is_sandbox, false) as is_sandbox_location
    from account as a
    left join spoken as s
        on a.platform = s.platform and a.profile_id = s.profile_id
    left join read_language as g
        on a.platform = g.platform and a.profile_id = g.profile_id
    left join read_location as l
        on a.platform = l.platform and a.profile_id = l.profile_id
)

select
    platform,
    profile_id,
    handle,
    coalesce(spoken_language, read_language, 'unknown') as language,
    multiIf(
        spoken_language is not null, 'videos',
        read_language is not null, 'enrichment',
        'none'
    ) as language_source,
    multiIf(
        spoken_language is not null, spoken_share,
        read_language is not null, read_language_confidence,
        null
    ) as language_confidence,
    coalesce(stated_country, read_country, 'unknown') as country,
    multiIf(
        stated_country is not null, 'account',
        read_country is not null, 'enrichment',
        'none'
    ) as country_source,
    multiIf(
        stated_country is not null, 1.0,
        read_country is not null, read_location_confidence,
        null
    ) as country_confidence,
    city,
    if(city is null, null, read_location_confidence) as city_confidence,
    (language_source = 'enrichment' and is_sandbox_language)
    or ((country_source = 'enrichment' or city is not null) and is_sandbox_location) as is_sandbox,
    {{ current_moment() }} as updated_at
from told
