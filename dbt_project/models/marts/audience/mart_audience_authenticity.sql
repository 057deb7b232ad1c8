{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id'],
        tags=['hourly'],
    )
}}

select
    cast(defaultValueOfTypeName('LowCardinality(String)') as LowCardinality(String)) as platform,
    cast(defaultValueOfTypeName('String') as String) as profile_id,
    cast(defaultValueOfTypeName('String') as String) as sample_id,
    cast(defaultValueOfTypeName('UInt64') as UInt64) as sample_size,
    cast(defaultValueOfTypeName('UInt64') as UInt64) as fake_count,
    cast(defaultValueOfTypeName('UInt64') as UInt64) as weak_count,
    cast(defaultValueOfTypeName('UInt64') as UInt64) as real_count,
    cast(defaultValueOfTypeName('Float64') as Float64) as fake_share,
    cast(defaultValueOfTypeName('Float64') as Float64) as weak_share,
    cast(defaultValueOfTypeName('Float64') as Float64) as real_share,
    cast(defaultValueOfTypeName('Float64') as Float64) as fake_share_low,
    cast(defaultValueOfTypeName('Float64') as Float64) as fake_share_high,
    cast(defaultValueOfTypeName('Float64') as Float64) as real_share_low,
    cast(defaultValueOfTypeName('Float64') as Float64) as real_share_high,
    cast(defaultValueOfTypeName('Float64') as Float64) as known_name_share,
    cast(null as Nullable(Int64)) as audience_size,
    cast(null as Nullable(Int64)) as fake_followers_low,
    cast(null as Nullable(Int64)) as fake_followers_high,
    cast(defaultValueOfTypeName('DateTime64(6, ''UTC'')') as DateTime64(6, 'UTC')) as scored_at,
    cast(defaultValueOfTypeName('DateTime64(3, ''UTC'')') as DateTime64(3, 'UTC')) as updated_at
where 0
