{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'relation', 'sample_id'],
        tags=['daily'],
    )
}}

with ordered as (
    select
        s.*,
        row_number() over by_time as sample_number,
        lagInFrame(toNullable(s.fake_count)) over by_time as previous_fake_count,
        lagInFrame(toNullable(s.sample_size)) over by_time as previous_sample_size
    from {{ scored_samples() }} as s
    window by_time as (
        partition by s.platform, s.profile_id, s.relation
        order by s.scored_at asc, s.sample_id asc
        rows between unbounded preceding and current row
    )
)

-- Two samples differ in more than chance when their intervals do not meet: a careful test, it calls few changes real.
select
    o.platform as platform,
    o.profile_id as profile_id,
    o.relation as relation,
    o.sample_id as sample_id,
    o.sample_number as sample_number,
    o.sample_size as sample_size,
    o.fake_count / o.sample_size as fake_share,
    o.weak_count / o.sample_size as weak_share,
    o.real_count / o.sample_size as real_share,
    {{ wilson_low('o.fake_count', 'o.sample_size') }} as fake_share_low,
    {{ wilson_high('o.fake_count', 'o.sample_size') }} as fake_share_high,
    o.previous_fake_count / o.previous_sample_size as previous_fake_share,
    o.fake_count / o.sample_size - o.previous_fake_count / o.previous_sample_size as fake_share_change,
    cast(if(
        o.previous_sample_size is null,
        null,
        {{ wilson_low('o.fake_count', 'o.sample_size') }} > {{ wilson_high('o.previous_fake_count', 'o.previous_sample_size') }}
        or {{ wilson_high('o.fake_count', 'o.sample_size') }} < {{ wilson_low('o.previous_fake_count', 'o.previous_sample_size') }}
    ) as Nullable(Bool)) as is_beyond_chance,
    {{ estimated_shares('o') }},
    o.scored_from as scored_from,
    o.scored_at as scored_at,
    {{ current_moment() }} as updated_at
from ordered as o
