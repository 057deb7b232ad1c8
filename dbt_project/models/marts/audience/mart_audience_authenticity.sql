{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id'],
        tags=['hourly'],
    )
}}

with newest as (
    select
        s.*,
        row_number() over (
            partition by s.platform, s.profile_id
            order by s.scored_at desc, s.sample_id desc
        ) as place
    from {{ scored_samples() }} as s
    where s.relation = 'follower'
)

select
    n.platform as platform,
    n.profile_id as profile_id,
    n.sample_id as sample_id,
    n.sample_size as sample_size,
    n.fake_count as fake_count,
    n.weak_count as weak_count,
    n.real_count as real_count,
    n.fake_count / n.sample_size as fake_share,
    n.weak_count / n.sample_size as weak_share,
    n.real_count / n.sample_size as real_share,
    {{ wilson_low('n.fake_count', 'n.sample_size') }} as fake_share_low,
    {{ wilson_high('n.fake_count', 'n.sample_size') }} as fake_share_high,
    {{ wilson_low('n.real_count', 'n.sample_size') }} as real_share_low,
    {{ wilson_high('n.real_count', 'n.sample_size') }} as real_share_high,
    n.known_name_count / n.sample_size as known_name_share,
    {{ estimated_shares('n') }},
    a.followers as audience_size,
    toInt64(round(a.followers * {{ wilson_low('n.fake_count', 'n.sample_size') }})) as fake_followers_low,
    toInt64(round(a.followers * {{ wilson_high('n.fake_count', 'n.sample_size') }})) as fake_followers_high,
    n.scored_at as scored_at,
    {{ current_moment() }} as updated_at
from newest as n
left join {{ accounts() }} as a
    on n.platform = a.platform and n.profile_id = a.profile_id
where n.place = 1
