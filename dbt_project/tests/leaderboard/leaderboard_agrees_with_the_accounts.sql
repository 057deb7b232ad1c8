-- The leaderboard and the account page must not show two different places for one creator, and who is on the
-- leaderboard has a page.
select
    l.platform,
    l.profile_id,
    l.followers_rank,
    a.followers_rank as account_rank
from {{ ref('mart_leaderboard') }} as l
left join {{ ref('mart_instagram_account') }} as a
    on l.platform = a.platform and l.profile_id = a.profile_id
where
    l.platform = 'INSTAGRAM'
    and (
        a.profile_id is null
        or l.followers_rank != a.followers_rank
        or l.followers != a.followers
    )
