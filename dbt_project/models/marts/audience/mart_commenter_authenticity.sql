{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id'],
        tags=['daily'],
    )
}}

-- A commenter counts once among commenters, and with all of their comments among comments: one bot that writes under every post is
-- one of a thousand people and a tenth of the talk.
with commenter as (
    select
        s.platform as platform,
        s.profile_id as profile_id,
        s.account_id as account_id,
        s.score as score,
        s.observed_at as observed_at
    from {{ newest_scores('commenter') }} as s
),

own_post as (
    select
        p.platform as platform,
        p.post_id as post_id,
        p.profile_id as profile_id
    from {{ posts() }} as p
    where (p.platform, p.profile_id) in (
        select
            platform,
            profile_id
        from commenter
    )
),

written as (
    select
        o.platform as platform,
        o.profile_id as profile_id,
        ifNull(c.author_id, '') as account_id,
        count() as comments
    from (
        select platform, post_id, author_id
        from {{ ref('stg_beat_instagram_comment') }}
        union all
        select platform, post_id, author_id
        from {{ ref('stg_beat_youtube_comment') }}
    ) as c
    inner join own_post as o
        on c.platform = o.platform and c.post_id = o.post_id
    where ifNull(c.author_id, '') != o.profile_id
    group by
        o.platform,
        o.profile_id,
        ifNull(c.author_id, '')
),

talk as (
    select
        w.platform as platform,
        w.profile_id as profile_id,
        sum(w.comments) as comments
    from written as w
    group by
        w.platform,
        w.profile_id
),

scored as (
    select
        c.platform as platform,
        c.profile_id as profile_id,
        count() as commenters,
        countIf({{ is_fake('c.score') }}) as fake_count,
        countIf({{ is_weak('c.score') }}) as weak_count,
        countIf(c.score <= 0) as real_count,
        sum(ifNull(w.comments, 0)) as comments,
        sumIf(ifNull(w.comments, 0), {{ is_fake('c.score') }}) as fake_comments,
        max(c.observed_at) as scored_at
    from commenter as c
    left join written as w
        on c.platform = w.platform and c.profile_id = w.profile_id and c.account_id = w.account_id
    group by
        c.platform,
        c.profile_id
),

newest as (
    select
        n.*,
        row_number() over (
            partition by n.platform, n.profile_id
            order by n.scored_at desc, n.sample_id desc
        ) as place
    from {{ scored_samples() }} as n
    where n.relation = 'commenter'
)

select
    s.platform as platform,
    s.profile_id as profile_id,
    s.commenters as sample_size,
    s.fake_count as fake_count,
    s.weak_count as weak_count,
    s.real_count as real_count,
    s.fake_count / s.commenters as fake_share,
    s.weak_count / s.commenters as weak_share,
    s.real_count / s.commenters as real_share,
    {{ wilson_low('s.fake_count', 's.commenters') }} as fake_share_low,
    {{ wilson_high('s.fake_count', 's.commenters') }} as fake_share_high,
    ifNull(t.comments, 0) as comments,
    s.comments as scored_comments,
    if(t.comments > 0, s.comments / t.comments, null) as scored_comments_share,
    if(s.comments > 0, s.fake_comments / s.comments, null) as fake_comments_share,
    {{ estimated_shares('n') }},
    s.scored_at as scored_at,
    {{ current_moment() }} as updated_at
from scored as s
inner join newest as n
    on s.platform = n.platform and s.profile_id = n.profile_id and n.place = 1
left join talk as t
    on s.platform = t.platform and s.profile_id = t.profile_id
