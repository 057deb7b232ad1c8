-- The leaderboard and the account page must not show two different places for one creator.
select
    l.platform,
    l.profile_id,
    l.followers_rank,
    a.followers_rank as account_rank
from {{ ref('mart_leaderboard') }} as l
inner join {{ ref('mart_instagram_account') }} as a
    on l.platform = a.platform and l.profile_id = a.profile_id
where
    l.followers_rank != a.followers_rank
    or l.followers != a.followers
