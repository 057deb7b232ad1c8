{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id'],
        tags=['hourly'],
    )
}}

with account as (
    select
        a.platform as platform,
        a.profile_id as profile_id,
        a.followers as followers,
        a.avg_likes as avg_likes,
        a.engagement_rate as engagement_rate,
        if(a.followers is null, 'unknown', {{ size_band('a.followers') }}) as size_band
    from {{ accounts() }} as a
),

benchmark as (
    select
        a.platform as platform,
        a.size_band as size_band,
        quantileExactInclusive(0.5)(a.engagement_rate) as benchmark_rate
    from account as a
    where
        a.engagement_rate is not null
        and a.size_band != 'unknown'
    group by
        a.platform,
        a.size_band
),

part as (
    select
        a.platform as platform,
        a.profile_id as profile_id,
        a.followers as followers,
        a.engagement_rate as engagement_rate,
        b.benchmark_rate as benchmark_rate,
        s.fake_share as fake_share,
        s.weak_share as weak_share,
        s.real_share as real_share,
        s.model_fake_share as model_fake_share,
        s.model_fake_share_low as model_fake_share_low,
        s.model_fake_share_high as model_fake_share_high,
        ifNull(s.sample_size, 0) as sample_size,
        s.scored_at as scored_at,
        1 - (s.fake_share + 0.33 * s.weak_share) as authenticity_part,
        if(
            a.followers > 0 and a.avg_likes is not null,
            least(1.0, {{ post_reach('assumeNotNull(a.avg_likes)') }} / a.followers),
            null
        ) as reachability_part,
        if(
            b.benchmark_rate > 0 and a.engagement_rate is not null,
            least(1.0, assumeNotNull(a.engagement_rate) / (2 * b.benchmark_rate)),
            null
        ) as engagement_part
    from account as a
    left join benchmark as b
        on a.platform = b.platform and a.size_band = b.size_band
    left join {{ ref('mart_audience_authenticity') }} as s
        on a.platform = s.platform and a.profile_id = s.profile_id
)

select
    p.platform as platform,
    p.profile_id as profile_id,
    100 * (50 * p.authenticity_part + 25 * ifNull(p.reachability_part, 0) + 25 * ifNull(p.engagement_part, 0)) / (
        50 + if(p.reachability_part is null, 0, 25) + if(p.engagement_part is null, 0, 25)
    ) as quality_score,
    p.authenticity_part as authenticity_part,
    p.reachability_part as reachability_part,
    p.engagement_part as engagement_part,
    p.benchmark_rate as benchmark_rate,
    p.fake_share as fake_share,
    p.weak_share as weak_share,
    p.real_share as real_share,
    p.model_fake_share as model_fake_share,
    p.model_fake_share_low as model_fake_share_low,
    p.model_fake_share_high as model_fake_share_high,
    p.sample_size as sample_size,
    p.followers as followers,
    p.engagement_rate as engagement_rate,
    p.scored_at as scored_at,
    {{ current_moment() }} as updated_at
from part as p
