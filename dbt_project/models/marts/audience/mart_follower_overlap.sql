{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'other_profile_id'],
        tags=['daily'],
    )
}}

-- Only followers that follow more than one account make a pair. Who follows over 200 of the accounts follows everybody and tells nothing
-- about any two of them, and would alone make 20,000 pairs.
with follower as (
    select distinct
        f.platform as platform,
        f.subject_id as profile_id,
        f.account_id as account_id
    from {{ ref('stg_beat_instagram_follower') }} as f
    where f.relation = 'follower'
),

size as (
    select
        f.platform as platform,
        f.profile_id as profile_id,
        count() as followers
    from follower as f
    group by
        f.platform,
        f.profile_id
),

shared as (
    select
        f.platform as platform,
        arraySort(groupArray(f.profile_id)) as profiles
    from follower as f
    group by
        f.platform,
        f.account_id
    having count() between 2 and 200
),

pair as (
    select
        w.platform as platform,
        w.both.1 as profile_id,
        w.both.2 as other_profile_id,
        count() as shared_followers
    from (
        select
            s.platform as platform,
            arrayJoin(
                arrayFlatten(
                    arrayMap(
                        (one, place) -> arrayMap(other -> (one, other), arraySlice(s.profiles, place + 1)),
                        s.profiles,
                        arrayEnumerate(s.profiles)
                    )
                )
            ) as both
        from shared as s
    ) as w
    group by
        w.platform,
        w.both.1,
        w.both.2
)

select
    p.platform as platform,
    p.profile_id as profile_id,
    p.other_profile_id as other_profile_id,
    p.shared_followers as shared_followers,
    a.followers as known_followers,
    b.followers as other_known_followers,
    p.shared_followers / (a.followers + b.followers - p.shared_followers) as jaccard,
    p.shared_followers / least(a.followers, b.followers) as overlap_share,
    p.shared_followers / a.followers as shared_of_profile_share,
    p.shared_followers / b.followers as shared_of_other_share,
    {{ current_moment() }} as updated_at
from pair as p
inner join size as a
    on p.platform = a.platform and p.profile_id = a.profile_id
inner join size as b
    on p.platform = b.platform and p.other_profile_id = b.profile_id
