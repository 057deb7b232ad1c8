-- Pairs of input and expected value, worked out by hand from the definitions; a row that comes out is a wrong formula.
with pair as (
    select
        'rate of 120 on 4000' as name,
        {{ engagement_rate('100', '20', '4000') }} as actual,
        cast(3.0 as Nullable(Float64)) as expected
    union all
    select
        'rate without followers' as name,
        {{ engagement_rate('100', '20', '0') }} as actual,
        0.0 as expected
    union all
    select
        'rate of unknown followers' as name,
        {{ engagement_rate('100', '20', 'cast(null as Nullable(Int64))') }} as actual,
        null as expected
    union all
    select
        'rate of unknown likes' as name,
        {{ engagement_rate('cast(null as Nullable(Int64))', '20', '4000') }} as actual,
        null as expected
    union all
    select
        'reels reach of 1000 plays at 1024 followers' as name,
        {{ reels_reach('1000', '1024') }} as actual,
        930.0 as expected
    union all
    select
        'reels reach without followers' as name,
        {{ reels_reach('1000', '0') }} as actual,
        null as expected
    union all
    select
        'post reach of 1 like' as name,
        {{ post_reach('1') }} as actual,
        6.46 as expected
    union all
    select
        'post reach of 1000 likes' as name,
        {{ post_reach('1000') }} as actual,
        4675.0 as expected
    union all
    select
        'post reach without likes' as name,
        {{ post_reach('0') }} as actual,
        0.0 as expected
    union all
    select
        'post reach of unknown likes' as name,
        {{ post_reach('cast(null as Nullable(Int64))') }} as actual,
        null as expected
    union all
    select
        'post reach beyond all people' as name,
        {{ post_reach('100000000000') }} as actual,
        0.0 as expected
)

select *
from pair
where
    (actual is null) != (expected is null)
    or abs(actual - expected) > 1e-9
