{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['collection_id', 'platform', 'measure', 'place'],
        tags=['collections'],
    )
}}

-- The ten best posts by each measure. A post of which a measure is not known has no place by it.
with measured as (
    select
        p.collection_id as collection_id,
        p.platform as platform,
        p.shortcode as shortcode,
        p.profile_id as profile_id,
        p.handle as handle,
        p.post_type as post_type,
        p.permalink as permalink,
        p.published_at as published_at,
        arrayJoin([
            ('engagements', toFloat64(p.engagements)),
            ('engagement_rate', p.engagement_rate),
            ('reach', p.reach),
            ('plays', toFloat64(p.plays))
        ]) as pair
    from {{ ref('mart_collection_post') }} as p
    where p.is_collected
),

placed as (
    select
        m.*,
        row_number() over (
            partition by m.collection_id, m.platform, m.pair.1
            order by m.pair.2 desc, m.shortcode asc
        ) as place
    from measured as m
    where m.pair.2 is not null
)

select
    t.collection_id as collection_id,
    t.platform as platform,
    toLowCardinality(t.pair.1) as measure,
    t.place as place,
    t.shortcode as shortcode,
    t.profile_id as profile_id,
    t.handle as handle,
    t.post_type as post_type,
    t.permalink as permalink,
    t.published_at as published_at,
    assumeNotNull(t.pair.2) as value,
    {{ current_moment() }} as updated_at
from placed as t
where t.place <= 10
