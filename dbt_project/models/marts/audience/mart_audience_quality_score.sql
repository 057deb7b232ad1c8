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
    cast(null as Nullable(Float64)) as quality_score,
    cast(null as Nullable(Float64)) as authenticity_part,
    cast(null as Nullable(Float64)) as reachability_part,
    cast(null as Nullable(Float64)) as engagement_part,
    cast(null as Nullable(Float64)) as benchmark_rate,
    cast(null as Nullable(Float64)) as fake_share,
    cast(null as Nullable(Float64)) as weak_share,
    cast(null as Nullable(Float64)) as real_share,
    cast(defaultValueOfTypeName('UInt64') as UInt64) as sample_size,
    cast(null as Nullable(Int64)) as followers,
    cast(null as Nullable(Float64)) as engagement_rate,
    cast(null as Nullable(DateTime64(6, 'UTC'))) as scored_at,
    cast(defaultValueOfTypeName('DateTime64(3, ''UTC'')') as DateTime64(3, 'UTC')) as updated_at
where 0
