{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id'],
        tags=['daily'],
    )
}}

-- Ranked by the lower end of the interval: a small sample that happens to be clean does not lead the board.
with scored as (
    select
        l.platform as platform,
        l.profile_id as profile_id,
        l.handle as handle,
        l.category as category,
        l.language as language,
        l.country as country,
        l.size_band as size_band,
        l.followers as followers,
        l.followers_rank as followers_rank,
        if(a.sample_size > 0, a.real_share, null) as real_share,
        if(a.sample_size > 0, a.real_share_low, null) as real_share_low,
        if(a.sample_size > 0, a.real_share_high, null) as real_share_high,
        if(a.sample_size > 0, a.fake_share, null) as fake_share,
        if(a.sample_size > 0, a.model_fake_share, null) as model_fake_share,
        if(a.sample_size > 0, a.model_fake_share_low, null) as model_fake_share_low,
        if(a.sample_size > 0, a.model_fake_share_high, null) as model_fake_share_high,
        a.sample_size as sample_size,
        a.scored_at as scored_at,
        q.quality_score as quality_score
    from {{ ref('mart_leaderboard') }} as l
    left join {{ ref('mart_audience_authenticity') }} as a
        on l.platform = a.platform and l.profile_id = a.profile_id
    left join {{ ref('mart_audience_quality_score') }} as q
        on l.platform = q.platform and l.profile_id = q.profile_id
)

select
    *,
    quantileExactInclusive(0.5)(fake_share) over (partition by platform, category) as category_median_fake_share,
    if(
        fake_share is null,
        null,
        -- Of the others that were scored, those with a higher share: all but those with as low a one, itself among them.
        (count(fake_share) over (partition by platform, category) - count(fake_share) over (
            partition by platform, category
            order by fake_share asc nulls last
            range between unbounded preceding and current row
        )) / nullIf(count(fake_share) over (partition by platform, category) - 1, 0)
    ) as cleaner_than_category_share,
    {{ rank_within('real_share_low') }} as authenticity_rank,
    {{ rank_within('real_share_low', ['size_band']) }} as authenticity_rank_by_size_band,
    {{ rank_within('real_share_low', ['category']) }} as authenticity_rank_by_category,
    {{ rank_within('real_share_low', ['language']) }} as authenticity_rank_by_language,
    {{ rank_within('real_share_low', ['country']) }} as authenticity_rank_by_country,
    {{ rank_within('quality_score') }} as quality_rank,
    {{ current_moment() }} as updated_at
from scored
