{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['collection_id', 'platform', 'dimension', 'value'],
        tags=['collections'],
    )
}}

-- The creators' audiences, each weighted by its followers. Whose audience is not known has no say, and `covered_share` tells how
-- much of the followers that leaves.
with creator as (
    select
        w.collection_id as collection_id,
        w.platform as platform,
        assumeNotNull(w.profile_id) as profile_id,
        toFloat64(assumeNotNull(w.followers)) as followers
    from {{ ref('mart_collection_profile') }} as w
    where
        w.profile_id is not null
        and w.followers > 0
),

audience as (
    select
        d.platform as platform,
        d.profile_id as profile_id,
        d.dimension as dimension,
        d.value as value,
        d.share as share
    from {{ ref('mart_audience_demographics') }} as d
    union all
    select
        l.platform as platform,
        l.profile_id as profile_id,
        l.level as dimension,
        l.place as value,
        l.share as share
    from {{ ref('mart_audience_locations') }} as l
    union all
    select
        g.platform as platform,
        g.profile_id as profile_id,
        g.basis as dimension,
        g.value as value,
        g.share as share
    from {{ ref('mart_audience_language') }} as g
),

known as (
    select
        c.collection_id as collection_id,
        c.platform as platform,
        k.dimension as dimension,
        count() as creators,
        sum(c.followers) as followers
    from creator as c
    inner join (
        select distinct
            platform,
            profile_id,
            dimension
        from audience
    ) as k
        on c.platform = k.platform and c.profile_id = k.profile_id
    group by
        c.collection_id,
        c.platform,
        k.dimension
),

whole as (
    select
        c.collection_id as collection_id,
        c.platform as platform,
        sum(c.followers) as followers
    from creator as c
    group by
        c.collection_id,
        c.platform
),

part as (
    select
        c.collection_id as collection_id,
        c.platform as platform,
        a.dimension as dimension,
        a.value as value,
        sum(c.followers * a.share) as followers
    from creator as c
    inner join audience as a
        on c.platform = a.platform and c.profile_id = a.profile_id
    group by
        c.collection_id,
        c.platform,
        a.dimension,
        a.value
)

select
    p.collection_id as collection_id,
    p.platform as platform,
    p.dimension as dimension,
    p.value as value,
    p.followers / k.followers as share,
    p.followers as followers,
    k.creators as creators,
    k.followers / w.followers as covered_share,
    {{ current_moment() }} as updated_at
from part as p
inner join known as k
    on p.collection_id = k.collection_id and p.platform = k.platform and p.dimension = k.dimension
inner join whole as w
    on p.collection_id = w.collection_id and p.platform = w.platform
