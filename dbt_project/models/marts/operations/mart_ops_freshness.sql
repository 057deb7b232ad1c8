{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['relation'],
        tags=['hourly'],
    )
}}

-- Hours after which a relation is late and stale: the limits of the raw tables that it is made of (_beat__sources.yml), the shorter where they are two.
{% set relations = [
    ('stg_beat_instagram_account', 'observed_at', 2, 24),
    ('stg_beat_instagram_post', 'observed_at', 6, 48),
    ('stg_beat_profile_log', 'observed_at', 2, 24),
    ('stg_beat_post_log', 'observed_at', 6, 48),
    ('stg_beat_instagram_profile_insight', 'observed_at', 48, 168),
    ('stg_beat_instagram_post_insight', 'observed_at', 48, 168),
    ('stg_beat_instagram_story', 'observed_at', 6, 48),
    ('stg_beat_instagram_comment', 'observed_at', 12, 72),
    ('stg_beat_instagram_hashtag', 'observed_at', 12, 72),
    ('stg_beat_instagram_follower', 'observed_at', 48, 168),
    ('stg_beat_youtube_account', 'observed_at', 2, 24),
    ('stg_beat_youtube_post', 'observed_at', 6, 48),
    ('stg_beat_youtube_insight', 'observed_at', 48, 168),
    ('stg_beat_youtube_comment', 'observed_at', 12, 72),
    ('stg_beat_shopify_order', 'observed_at', 6, 48),
    ('stg_beat_enrichment', 'observed_at', 48, 168),
    ('stg_beat_follower_score', 'observed_at', 48, 168),
    ('stg_beat_asset', 'observed_at', 12, 72),
    ('stg_beat_scrape_request_log', 'scraped_at', 2, 24),
] %}

with newest as (
    {% for name, seen_at, late, stale in relations %}
        select
            '{{ name }}' as relation,
            count() as row_count,
            maxOrNull(ingested_at) as newest_ingested_at,
            maxOrNull({{ seen_at }}) as newest_observed_at,
            toUInt16({{ late }}) as late_after_hours,
            toUInt16({{ stale }}) as stale_after_hours
        from {{ ref(name) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    relation,
    row_count,
    newest_ingested_at,
    newest_observed_at,
    dateDiff('second', newest_ingested_at, {{ current_moment() }}) / 3600 as lag_hours,
    late_after_hours,
    stale_after_hours,
    multiIf(
        newest_ingested_at is null, 'empty',
        lag_hours > stale_after_hours, 'stale',
        lag_hours > late_after_hours, 'late',
        'fresh'
    ) as state,
    {{ current_moment() }} as updated_at
from newest
