-- The key of the history is the place; an account on two places of one day would be counted twice.
select
    platform,
    date,
    profile_id,
    count() as places
from {{ ref('mart_leaderboard_history') }}
group by
    platform,
    date,
    profile_id
having places > 1
