-- The leaderboard and the account page must not show two different places for one creator, and who is on the
-- leaderboard has a page.
with account as (
    select
        platform,
        profile_id,
        followers,
        followers_rank
    from {{ ref('mart_instagram_account') }}
    union all
    select
        platform,
        profile_id,
        followers,
        followers_rank
    from {{ ref('mart_youtube_account') }}
)

select
    l.platform,
    l.profile_id,
    l.followers_rank,
    a.followers_rank as account_rank
from {{ ref('mart_leaderboard') }} as l
left join account as a
    on l.platform = a.platform and l.profile_id = a.profile_id
where
    a.profile_id is null
    or l.followers_rank != a.followers_rank
    or l.followers != a.followers
