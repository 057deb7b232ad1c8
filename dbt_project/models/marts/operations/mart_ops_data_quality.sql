{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['raw_table', 'platform', 'ingested_on', 'reason'],
        tags=['hourly'],
    )
}}

with dirty as ({{ dirty_rows() }})

select
    toLowCardinality(d.raw_table) as raw_table,
    d.platform as platform,
    d.ingested_on as ingested_on,
    toLowCardinality(d.reason) as reason,
    toBool(max(d.is_left_out)) as is_left_out,
    toUInt64(sum(d.events)) as events,
    max(d.last_ingested_at) as last_ingested_at,
    {{ current_moment() }} as updated_at
from dirty as d
group by
    d.raw_table,
    d.platform,
    d.ingested_on,
    d.reason
