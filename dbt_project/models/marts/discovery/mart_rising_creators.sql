{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'days', 'profile_id'],
        tags=['daily'],
    )
}}

{% set smallest_followers = 1000 %}
{% set fewest_peers = 5 %}
{% set rising_from = 0.9 %}
{% set stale_after_days = 14 %}

-- Peers are those who began the period in one size band: who grows out of a band is still held against it. By the day, since an account
-- may have been compared with a day somewhat earlier than asked.
with grown as (
    select
        g.platform as platform,
        g.profile_id as profile_id,
        g.days as days,
        {{ size_band('assumeNotNull(g.followers_then)') }} as size_band_then,
        assumeNotNull(g.followers_then) as followers_then,
        g.followers as followers,
        assumeNotNull(g.growth) as growth,
        assumeNotNull(g.growth_pct) as growth_pct,
        assumeNotNull(g.daily_growth_pct) as daily_growth_pct,
        assumeNotNull(g.compared_on) as compared_on,
        g.observed_on as observed_on
    from {{ ref('mart_growth_rates') }} as g
    where
        g.is_comparable
        and g.followers_then >= {{ smallest_followers }}
        and g.daily_growth_pct is not null
        and g.observed_on >= toDate({{ current_moment() }}) - {{ stale_after_days }}
),

-- Equal growth has an equal place.
compared as (
    select
        *,
        count() over peers as peers,
        quantileExactInclusive(0.5)(daily_growth_pct) over peers as peers_median,
        rank() over (
            partition by platform, days, size_band_then order by daily_growth_pct asc
        ) - 1 as slower_peers,
        row_number() over (
            partition by platform, days, size_band_then order by daily_growth_pct desc, profile_id asc
        ) as rising_rank
    from grown
    window peers as (partition by platform, days, size_band_then)
)

select
    c.platform as platform,
    c.profile_id as profile_id,
    c.days as days,
    a.handle as handle,
    a.full_name as full_name,
    a.category as category,
    a.language as language,
    a.country as country,
    c.size_band_then as size_band,
    c.followers_then as followers_then,
    c.followers as followers,
    c.growth as growth,
    c.growth_pct as growth_pct,
    c.daily_growth_pct as daily_growth_pct,
    c.peers as peers,
    c.peers_median as peers_median_daily_growth_pct,
    c.daily_growth_pct - c.peers_median as lead_daily_growth_pct,
    c.slower_peers / (c.peers - 1) as slower_peers_share,
    c.rising_rank as rising_rank,
    a.engagement_rate as engagement_rate,
    c.compared_on as compared_on,
    c.observed_on as observed_on,
    {{ current_moment() }} as updated_at
from compared as c
inner join {{ accounts() }} as a
    on c.platform = a.platform and c.profile_id = a.profile_id
where
    c.peers >= {{ fewest_peers }}
    and c.growth > 0
    and c.slower_peers / (c.peers - 1) >= {{ rising_from }}
