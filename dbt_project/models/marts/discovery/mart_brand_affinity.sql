{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'brand_handle'],
        tags=['daily'],
    )
}}

{% set window_days = 365 %}

with post as (
    select
        p.platform as platform,
        p.profile_id as profile_id,
        p.published_at as published_at,
        coalesce(p.is_paid_partnership, false) as is_paid,
        p.likes + p.comments as interactions,
        p.mentions as mentions
    from {{ posts() }} as p
    where
        p.published_at > {{ current_moment() }} - toIntervalDay({{ window_days }})
        and p.published_at <= {{ current_moment() }}
),

average as (
    select
        platform,
        profile_id,
        count() as posts,
        avg(interactions) as avg_interactions
    from post
    group by
        platform,
        profile_id
),

named as (
    select
        platform,
        profile_id,
        arrayJoin(mentions) as brand_handle,
        count() as posts,
        countIf(is_paid) as paid_posts,
        avg(interactions) as avg_interactions,
        min(published_at) as first_named_at,
        max(published_at) as last_named_at
    from post
    where notEmpty(mentions)
    group by
        platform,
        profile_id,
        brand_handle
),

owner as (
    select
        o.platform as platform,
        o.handle as handle,
        c.profile_id as profile_id,
        c.full_name as full_name,
        c.category as category
    from {{ handle_owners() }} as o
    inner join {{ accounts() }} as c
        on o.platform = c.platform and o.profile_id = c.profile_id
),

-- Nobody is their own brand.
told as (
    select
        n.*,
        o.profile_id as brand_profile_id,
        o.full_name as brand_name,
        o.category as brand_category
    from named as n
    left join owner as o
        on n.platform = o.platform and n.brand_handle = o.handle
    where coalesce(o.profile_id, '') != n.profile_id
),

campaign_brand as (
    select distinct {{ brand_key('c.brand') }} as brand_key
    from {{ ref('stg_coffee_campaign') }} as c
    where {{ brand_key('c.brand') }} != ''
),

-- Most of those whom a post names are friends. A brand is who was named in a paid partnership, who has campaigns in the product, or
-- whose account states a category of companies.
brand as (
    select
        platform,
        brand_handle,
        count() as creators,
        multiIf(
            sum(paid_posts) > 0, 'paid_partnership',
            {{ brand_key('brand_handle') }} in (select b.brand_key from campaign_brand as b), 'campaign',
            match(
                coalesce(any(brand_category), ''),
                '(?i)\\b(brand|product|shop|shopping|store|retail|retailer|company|manufacturer|e-commerce)'
            ), 'category',
            'none'
        ) as evidence
    from told
    group by
        platform,
        brand_handle
)

select
    n.platform as platform,
    n.profile_id as profile_id,
    n.brand_handle as brand_handle,
    a.handle as handle,
    a.followers as followers,
    b.evidence as evidence,
    n.brand_profile_id as brand_profile_id,
    n.brand_name as brand_name,
    n.brand_category as brand_category,
    b.creators as brand_creators,
    n.posts as posts,
    n.paid_posts as paid_posts,
    n.posts / v.posts as posts_share,
    n.avg_interactions as avg_interactions,
    if(v.avg_interactions > 0, n.avg_interactions / v.avg_interactions, null) as engagement_lift,
    assumeNotNull(n.first_named_at) as first_named_at,
    assumeNotNull(n.last_named_at) as last_named_at,
    row_number() over (
        partition by n.platform, n.profile_id order by n.posts desc, n.paid_posts desc, n.brand_handle asc
    ) as brand_rank,
    {{ current_moment() }} as updated_at
from told as n
inner join brand as b
    on n.platform = b.platform and n.brand_handle = b.brand_handle
inner join average as v
    on n.platform = v.platform and n.profile_id = v.profile_id
inner join {{ accounts() }} as a
    on n.platform = a.platform and n.profile_id = a.profile_id
where
    b.evidence != 'none'
    and n.brand_handle != lowerUTF8(a.handle)
