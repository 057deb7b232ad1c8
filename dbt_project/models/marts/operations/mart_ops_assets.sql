{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'subject_kind'],
        tags=['hourly'],
    )
}}

-- A subject whose address has changed is told under both: its newest try says what is kept of it.
with newest as (
    select
        a.*,
        row_number() over (
            partition by a.platform, a.subject_kind, a.subject_id
            order by a.observed_at desc, a.ingested_at desc, a.source_url_hash asc
        ) as place
    from {{ ref('stg_beat_asset') }} as a
),

-- The same content is one object, whoever shows it; what could not be fetched anew still shows the object of before.
shown as (
    select
        n.platform as platform,
        n.subject_kind as subject_kind,
        if(n.status = 'deleted', null, n.object_key) as shown_key,
        max(n.size_bytes) as size_bytes,
        countIf(n.status = 'stored') as stored,
        countIf(n.status = 'gone') as gone,
        countIf(n.status = 'failed') as failed,
        countIf(n.status = 'deleted') as deleted,
        countIf(n.status = 'stored' and n.observed_at > {{ current_moment() }} - toIntervalDay(1)) as stored_last_day,
        countIf(n.status = 'failed' and n.observed_at > {{ current_moment() }} - toIntervalDay(1)) as failed_last_day,
        maxOrNullIf(n.observed_at, n.status = 'stored') as last_stored_at
    from newest as n
    where n.place = 1
    group by
        n.platform,
        n.subject_kind,
        shown_key
)

select
    s.platform as platform,
    s.subject_kind as subject_kind,
    sum(s.stored) as stored,
    sum(s.gone) as gone,
    sum(s.failed) as failed,
    sum(s.deleted) as deleted,
    sum(s.failed) / nullIf(sum(s.stored) + sum(s.gone) + sum(s.failed), 0) as failed_share,
    sum(s.stored_last_day) as stored_last_day,
    sum(s.failed_last_day) as failed_last_day,
    count(s.shown_key) as objects,
    toInt64(sumIf(ifNull(s.size_bytes, 0), s.shown_key is not null)) as object_bytes,
    max(s.last_stored_at) as last_stored_at,
    {{ current_moment() }} as updated_at
from shown as s
group by
    s.platform,
    s.subject_kind
