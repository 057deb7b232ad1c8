-- A platform whose days stopped being ranked would show an old board as the newest one.
select
    t.platform as platform,
    max(t.date) as newest_on,
    max(h.date) as ranked_until
from {{ ref('mart_time_series') }} as t
left join {{ ref('mart_leaderboard_history') }} as h
    on t.platform = h.platform and t.date = h.date
where t.followers is not null
group by t.platform
having ifNull(ranked_until < newest_on, true)
