{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['collection_id', 'cost_id'],
        tags=['collections'],
    )
}}

-- What a collection states about a post or a creator takes the place of what its campaign states about them, so that nothing is
-- counted twice. What the campaign spends as a whole is no cost of a single collection.
with collection as (
    select *
    from {{ collections() }}
),

post as (
    select
        p.collection_id as collection_id,
        p.platform as platform,
        p.shortcode as shortcode,
        p.campaign_id as campaign_id,
        p.profile_id as profile_id,
        p.handle as handle,
        p.cost as cost,
        p.cost_stated_by as cost_stated_by,
        toDate32(coalesce(p.published_at, p.added_at)) as published_on
    from {{ ref('mart_collection_post') }} as p
),

profile as (
    select
        m.collection_id as collection_id,
        m.platform as platform,
        m.handle as handle,
        m.found_profile_id as profile_id,
        m.cost as cost,
        toDate32(m.added_at) as added_on
    from {{ members_with_profile(ref('stg_coffee_collection_profile')) }} as m
),

campaign_cost as (
    select
        k.campaign_id as campaign_id,
        k.cost_id as cost_id,
        k.kind as kind,
        k.amount as amount,
        k.incurred_on as incurred_on,
        assumeNotNull(k.platform) as platform,
        assumeNotNull(k.handle) as handle,
        k.shortcode as shortcode,
        o.profile_id as profile_id
    from {{ ref('stg_coffee_campaign_cost') }} as k
    left join {{ handle_owners() }} as o
        on k.platform = o.platform and lowerUTF8(k.handle) = o.handle
    where k.handle is not null
),

-- The creators of a collection, whether it states a cost of its own for any part of their work, and whether for all of it.
creator as (
    select
        w.collection_id as collection_id,
        w.platform as platform,
        w.creator as creator,
        max(w.has_own_cost) as has_own_cost,
        max(w.has_own_cost and w.is_whole) as has_own_cost_for_all
    from (
        select
            p.collection_id as collection_id,
            p.platform as platform,
            {{ creator_key('p.profile_id', 'p.handle') }} as creator,
            ifNull(p.cost_stated_by, '') = 'collection' as has_own_cost,
            false as is_whole
        from post as p
        union all
        select
            m.collection_id as collection_id,
            m.platform as platform,
            {{ creator_key('m.profile_id', 'm.handle') }} as creator,
            m.cost is not null as has_own_cost,
            true as is_whole
        from profile as m
    ) as w
    where w.creator is not null
    group by
        w.collection_id,
        w.platform,
        w.creator
),

item as (
    select
        p.collection_id as collection_id,
        concat('post:', p.platform, ':', p.shortcode) as cost_id,
        'collection' as stated_by,
        'POST' as kind,
        toNullable(p.platform) as platform,
        p.profile_id as profile_id,
        p.handle as handle,
        toNullable(p.shortcode) as shortcode,
        p.published_on as incurred_on,
        p.cost as amount
    from post as p
    where p.cost_stated_by = 'collection'
    union all
    select
        m.collection_id as collection_id,
        concat('profile:', m.platform, ':', m.handle) as cost_id,
        'collection' as stated_by,
        'PROFILE' as kind,
        toNullable(m.platform) as platform,
        m.profile_id as profile_id,
        m.handle as handle,
        null as shortcode,
        m.added_on as incurred_on,
        m.cost as amount
    from profile as m
    where m.cost is not null
    union all
    select
        p.collection_id as collection_id,
        concat('campaign:', k.cost_id) as cost_id,
        'campaign' as stated_by,
        k.kind as kind,
        toNullable(p.platform) as platform,
        p.profile_id as profile_id,
        p.handle as handle,
        toNullable(p.shortcode) as shortcode,
        k.incurred_on as incurred_on,
        k.amount as amount
    from post as p
    inner join campaign_cost as k
        on p.campaign_id = k.campaign_id and p.platform = k.platform and p.shortcode = k.shortcode
    left join creator as w
        on
            p.collection_id = w.collection_id
            and p.platform = w.platform
            and {{ creator_key('p.profile_id', 'p.handle') }} = w.creator
    where
        p.cost_stated_by = 'campaign'
        and not ifNull(w.has_own_cost_for_all, false)
    union all
    select
        c.collection_id as collection_id,
        concat('campaign:', k.cost_id) as cost_id,
        'campaign' as stated_by,
        k.kind as kind,
        toNullable(w.platform) as platform,
        k.profile_id as profile_id,
        k.handle as handle,
        null as shortcode,
        k.incurred_on as incurred_on,
        k.amount as amount
    from collection as c
    inner join campaign_cost as k on c.campaign_id = k.campaign_id
    inner join creator as w
        on
            c.collection_id = w.collection_id
            and k.platform = w.platform
            and {{ creator_key('k.profile_id', 'k.handle') }} = w.creator
    where
        k.shortcode is null
        and c.currency = c.campaign_currency
        and not w.has_own_cost
)

select
    i.collection_id as collection_id,
    i.cost_id as cost_id,
    c.campaign_id as campaign_id,
    toLowCardinality(i.stated_by) as stated_by,
    toLowCardinality(i.kind) as kind,
    i.platform as platform,
    i.profile_id as profile_id,
    i.handle as handle,
    {{ creator_key('i.profile_id', 'i.handle') }} as creator,
    i.shortcode as shortcode,
    i.incurred_on as incurred_on,
    assumeNotNull(i.amount) as amount,
    toLowCardinality(c.currency) as currency,
    {{ sum_of_money('sum(i.amount) over (
        partition by i.collection_id order by i.incurred_on asc, i.cost_id asc rows between unbounded preceding and current row
    )') }} as cumulative_amount,
    {{ current_moment() }} as updated_at
from item as i
inner join collection as c on i.collection_id = c.collection_id
where i.amount is not null
