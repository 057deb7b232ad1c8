{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'days'],
        tags=['three_hourly'],
    )
}}

-- Doubling from ten followers is no feat, and growth since long before the period is not that of the period. Whoever was not seen for
-- four weeks would keep the place of then for good.
with growing as (
    select
        r.platform as platform,
        r.profile_id as profile_id,
        r.days as days,
        a.handle as handle,
        a.category as category,
        a.language as language,
        a.country as country,
        {{ size_band('assumeNotNull(r.followers_then)') }} as size_band,
        r.followers as followers,
        assumeNotNull(r.followers_then) as followers_then,
        r.observed_on as observed_on,
        assumeNotNull(r.compared_days) as compared_days,
        assumeNotNull(r.growth) as growth,
        assumeNotNull(r.growth_pct) as growth_pct
    from {{ ref('mart_growth_rates') }} as r
    inner join {{ accounts() }} as a
        on r.platform = a.platform and r.profile_id = a.profile_id
    where
        r.is_comparable
        and r.followers_then >= 1000
        and r.observed_on > toDate({{ current_moment() }}) - 28
)

select
    *,
    {{ rank_within('growth', ['days'], known=true) }} as growth_rank,
    {{ rank_within('growth_pct', ['days'], known=true) }} as growth_pct_rank,
    {{ rank_within('growth_pct', ['days', 'size_band'], known=true) }} as growth_pct_rank_by_size_band,
    {{ rank_within('growth_pct', ['days', 'category'], known=true) }} as growth_pct_rank_by_category,
    {{ rank_within('growth_pct', ['days', 'language'], known=true) }} as growth_pct_rank_by_language,
    {{ rank_within('growth_pct', ['days', 'country'], known=true) }} as growth_pct_rank_by_country,
    {{ current_moment() }} as updated_at
from growing
