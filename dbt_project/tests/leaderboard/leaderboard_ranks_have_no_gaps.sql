-- A rank is a place: 1 to the number of profiles, each once, in every grouping.
{% set groupings = {
    'followers_rank': [],
    'followers_rank_by_category': ['category'],
    'followers_rank_by_language': ['language'],
    'followers_rank_by_country': ['country'],
    'followers_rank_by_size_band': ['size_band'],
    'engagement_rank': [],
} %}
{% for rank, groups in groupings.items() %}
    select '{{ rank }}' as broken
    from {{ ref('mart_leaderboard') }}
    where {{ rank }} is not null
    group by {{ (['platform'] + groups) | join(', ') }}
    having
        max({{ rank }}) != count()
        or uniqExact({{ rank }}) != count()
    {{ 'union all' if not loop.last }}
{% endfor %}
