{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'category', 'size_band'],
        tags=['daily'],
    )
}}

{% set bands = "['nano', 'micro', 'mid', 'macro', 'mega']" %}

with account as (
    select
        l.platform as platform,
        l.category as category,
        l.followers as followers,
        l.engagement_rate as engagement_rate,
        indexOf({{ bands }}, l.size_band) as band,
        if(
            l.previous_followers is null,
            0,
            indexOf({{ bands }}, {{ size_band('assumeNotNull(l.previous_followers)') }})
        ) as previous_band
    from {{ ref('mart_leaderboard') }} as l
),

-- An account that changed its band is counted in both: where it is, and where it came from.
part as (
    select
        platform,
        category,
        arrayJoin(arrayFilter(number -> number > 0, arrayDistinct([band, previous_band]))) as this_band,
        countIf(band = this_band) as accounts,
        sumIf(followers, band = this_band) as total_followers,
        quantileExactInclusiveIf(0.5)(engagement_rate, band = this_band) as median_rate,
        countIf(band = this_band and engagement_rate is not null) as rated_accounts,
        countIf(previous_band = this_band) as accounts_before,
        countIf(band = this_band and previous_band > 0 and previous_band < band) as risen_into,
        countIf(band = this_band and previous_band > band) as fallen_into,
        countIf(band = this_band and previous_band = 0) as new_accounts
    from account
    group by
        platform,
        category,
        this_band
)

select
    platform,
    category,
    {{ bands }}[this_band] as size_band,
    accounts,
    if(sum(accounts) over of_category > 0, accounts / sum(accounts) over of_category, 0) as accounts_share,
    total_followers,
    if(
        sum(total_followers) over of_category > 0, total_followers / sum(total_followers) over of_category, null
    ) as followers_share,
    if(rated_accounts > 0, median_rate, null) as median_engagement_rate,
    accounts_before,
    risen_into,
    fallen_into,
    new_accounts,
    {{ current_moment() }} as updated_at
from part
window of_category as (partition by platform, category)
