{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'days'],
        tags=['daily'],
    )
}}

-- Peers are of the size that the account had when the period began: whoever grew into a band is not measured by those
-- who were there already.
with compared as (
    select
        r.platform as platform,
        r.profile_id as profile_id,
        a.handle as handle,
        a.category as category,
        r.days as days,
        assumeNotNull(r.followers_then) as followers_then,
        {{ size_band('assumeNotNull(r.followers_then)') }} as size_band,
        assumeNotNull(r.growth_pct) as growth_pct
    from {{ ref('mart_growth_rates') }} as r
    inner join {{ accounts() }} as a
        on r.platform = a.platform and r.profile_id = a.profile_id
    where
        r.is_comparable
        and r.growth_pct is not null
),

placed as (
    select
        *,
        count() over peers as peers,
        rank() over slowest_first - 1 as slower,
        count() over the_same as as_fast,
        quantileExactInclusive(0.25)(growth_pct) over peers as lower_quartile,
        quantileExactInclusive(0.5)(growth_pct) over peers as median,
        quantileExactInclusive(0.75)(growth_pct) over peers as upper_quartile
    from compared
    window
        peers as (partition by platform, category, size_band, days),
        slowest_first as (partition by platform, category, size_band, days order by growth_pct asc),
        the_same as (partition by platform, category, size_band, days, growth_pct)
)

select
    platform,
    profile_id,
    days,
    handle,
    category,
    size_band,
    followers_then,
    growth_pct,
    peers,
    lower_quartile as peers_lower_quartile_pct,
    median as peers_median_pct,
    upper_quartile as peers_upper_quartile_pct,
    growth_pct - median as above_median_points,
    if(peers >= 5, (slower + as_fast / 2) / peers * 100, null) as percentile
from placed
