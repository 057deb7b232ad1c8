{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id'],
        tags=['daily'],
    )
}}

-- Each kind of evidence is a join by an equal key, so its cost is that of the accounts. A name or an address of two accounts of a
-- platform tells nothing: namesakes and agencies. A creator is at most one account of each platform, the two that fit each
-- other best: links never form chains.
{% set weights = {
    'linked_by_instagram': 0.8,
    'linked_by_youtube': 0.8,
    'same_handle': 0.7,
    'same_link': 0.6,
    'same_name': 0.5,
} %}

with account as (
    select
        a.platform as platform,
        a.profile_id as profile_id,
        a.handle as handle,
        a.full_name as full_name,
        a.followers as followers,
        lowerUTF8(a.handle) as handle_key,
        replaceRegexpAll(lowerUTF8(normalizeUTF8NFKC(coalesce(a.full_name, ''))), '[^\\p{L}\\p{M}\\p{N}]', '') as name_key,
        {{ link_key('a.external_url') }} as link_key
    from {{ accounts() }} as a
),

instagram as (
    select * from account where platform = 'INSTAGRAM'
),

youtube as (
    select * from account where platform = 'YOUTUBE'
),

evidence as (
    select i.profile_id as instagram_id, y.profile_id as youtube_id, 'linked_by_instagram' as kind
    from instagram as i
    inner join youtube as y
        on extract(i.link_key, '^youtube\\.com/(?:@|c/|user/)([^/]+)') = y.handle_key
    where i.link_key like 'youtube.com/%'
    union all
    select i.profile_id as instagram_id, y.profile_id as youtube_id, 'linked_by_instagram' as kind
    from instagram as i
    inner join youtube as y
        on extract(i.link_key, '^youtube\\.com/channel/([^/]+)') = lower(y.profile_id)
    where i.link_key like 'youtube.com/channel/%'
    union all
    select i.profile_id as instagram_id, y.profile_id as youtube_id, 'linked_by_youtube' as kind
    from youtube as y
    inner join instagram as i
        on extract(y.link_key, '^instagram\\.com/([a-z0-9._]+)') = i.handle_key
    where y.link_key like 'instagram.com/%'
    union all
    select i.profile_id as instagram_id, y.profile_id as youtube_id, 'same_handle' as kind
    from instagram as i
    inner join youtube as y
        on i.handle_key = y.handle_key
    where lengthUTF8(i.handle_key) >= 4
    {% for key, kind in [('link_key', 'same_link'), ('name_key', 'same_name')] %}
        union all
        select i.profile_id as instagram_id, y.profile_id as youtube_id, '{{ kind }}' as kind
        from (
            select {{ key }}, any(profile_id) as profile_id
            from instagram
            group by {{ key }}
            having count() = 1
        ) as i
        inner join (
            select {{ key }}, any(profile_id) as profile_id
            from youtube
            group by {{ key }}
            having count() = 1
        ) as y
            on i.{{ key }} = y.{{ key }}
        where
            lengthUTF8(i.{{ key }}) >= 6
            and not match(i.{{ key }}, '^(youtube|instagram|youtu|facebook|twitter|x|tiktok)\\.(com|be)(/|$)')
    {% endfor %}
),

-- Independent pieces of evidence: the doubt that remains is the product of their doubts.
pair as (
    select
        instagram_id,
        youtube_id,
        round(1 - arrayProduct(arrayMap(
            kind -> 1 - transform(kind, {{ weights.keys() | list }}, {{ weights.values() | list }}, 0.0), kinds
        )), 4) as confidence,
        arrayStringConcat(kinds, ', ') as reason
    from (
        select
            instagram_id,
            youtube_id,
            arraySort(groupUniqArray(kind)) as kinds
        from evidence
        group by
            instagram_id,
            youtube_id
    )
),

best as (
    select
        *,
        row_number() over (partition by instagram_id order by confidence desc, youtube_id asc) as place_of_channel,
        row_number() over (partition by youtube_id order by confidence desc, instagram_id asc) as place_of_account
    from pair
),

link as (
    select
        b.confidence as confidence,
        b.reason as reason,
        concat('INSTAGRAM:', b.instagram_id) as creator_id,
        arrayJoin([
            ('INSTAGRAM', b.instagram_id, 'YOUTUBE', b.youtube_id),
            ('YOUTUBE', b.youtube_id, 'INSTAGRAM', b.instagram_id)
        ]) as ends
    from best as b
    where
        b.place_of_channel = 1
        and b.place_of_account = 1
),

linked as (
    select
        a.platform as platform,
        a.profile_id as profile_id,
        a.handle as handle,
        a.full_name as full_name,
        a.followers as followers,
        coalesce(l.creator_id, concat(a.platform, ':', a.profile_id)) as creator_id,
        l.linked_platform as linked_platform,
        l.linked_profile_id as linked_profile_id,
        l.confidence as confidence,
        l.reason as reason
    from account as a
    left join (
        select
            ends.1 as platform,
            ends.2 as profile_id,
            ends.3 as linked_platform,
            ends.4 as linked_profile_id,
            creator_id,
            confidence,
            reason
        from link
    ) as l
        on a.platform = l.platform and a.profile_id = l.profile_id
)

select
    platform,
    profile_id,
    handle,
    full_name,
    followers,
    creator_id,
    count() over creator as accounts,
    coalesce(sum(followers) over creator, 0) as creator_followers,
    toBool(
        row_number() over (partition by creator_id order by followers desc nulls last, platform asc) = 1
    ) as is_primary,
    linked_platform,
    linked_profile_id,
    confidence,
    reason,
    {{ current_moment() }} as updated_at
from linked
window creator as (partition by creator_id)
