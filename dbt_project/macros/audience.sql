{% macro wilson_low(successes, trials) -%}
    {#- Lower end of Wilson's score interval of a share, 95 %; holds for few trials and for shares of 0 and 1. -#}
    {{ wilson_end(successes, trials, '-') }}
{%- endmacro %}

{% macro wilson_high(successes, trials) -%}
    {#- Upper end of Wilson's score interval of a share, 95 %. -#}
    {{ wilson_end(successes, trials, '+') }}
{%- endmacro %}

{% macro wilson_end(successes, trials, side) -%}
    {%- set z = 1.959963984540054 -%}
    {%- set p = '(' ~ successes ~ ' / ' ~ trials ~ ')' -%}
    least(1.0, greatest(0.0,
        (
            {{ p }} + {{ z * z }} / (2 * {{ trials }})
            {{ side }} {{ z }} * sqrt(greatest(0.0, {{ p }} * (1 - {{ p }})) / {{ trials }} + {{ z * z }} / (4 * pow({{ trials }}, 2)))
        ) / (1 + {{ z * z }} / {{ trials }})
    ))
{%- endmacro %}

{% macro is_fake(score) -%}
    {#- The scores are 1.0, 0.33 and 0.0; between them nothing is expected, and would be a weak sign. -#}
    ({{ score }} >= 0.99)
{%- endmacro %}

{% macro is_weak(score) -%}
    ({{ score }} > 0 and {{ score }} < 0.99)
{%- endmacro %}

{% macro named_sample(sample_id) -%}
    {#- A producer may leave the sample out: what it scored so is one sample, and a key is never empty. -#}
    ifNull(nullIf({{ sample_id }}, ''), 'none')
{%- endmacro %}

{% macro audience_estimates() -%}
    {#- What a sample says of the whole audience, by rules and by model; every score of the sample says the same. -#}
    {{ return([
        'audience_corrected_fake_share', 'audience_fake_share_low', 'audience_fake_share_high', 'audience_model_sample_size',
        'audience_model_fake_share', 'audience_model_fake_share_low', 'audience_model_fake_share_high',
    ]) }}
{%- endmacro %}

{% macro estimated_shares(sample) -%}
    {#- These as columns of a mart; its own fake_share_low and fake_share_high are of the sampling alone. -#}
    {{ sample }}.audience_corrected_fake_share as corrected_fake_share,
    {{ sample }}.audience_fake_share_low as corrected_fake_share_low,
    {{ sample }}.audience_fake_share_high as corrected_fake_share_high,
    {{ sample }}.audience_model_sample_size as model_sample_size,
    {{ sample }}.audience_model_fake_share as model_fake_share,
    {{ sample }}.audience_model_fake_share_low as model_fake_share_low,
    {{ sample }}.audience_model_fake_share_high as model_fake_share_high
{%- endmacro %}

{% macro newest_scores(relation) -%}
    {#- One row per account of an audience: its newest score, whatever the sample. -#}
    (
        select s.*
        from {{ ref('stg_beat_follower_score') }} as s
        where s.relation = '{{ relation }}'
        order by
            s.platform asc,
            s.profile_id asc,
            s.account_id asc,
            s.observed_at desc,
            s.sample_id desc
        limit 1 by
            s.platform,
            s.profile_id,
            s.account_id
    )
{%- endmacro %}

{% macro scored_samples() -%}
    {#- Each sample of an account's followers or commenters with its counts, whatever was scored since. -#}
    (
        select
            s.platform as platform,
            s.profile_id as profile_id,
            s.relation as relation,
            s.sample_id as sample_id,
            count() as sample_size,
            countIf({{ is_fake('s.score') }}) as fake_count,
            countIf({{ is_weak('s.score') }}) as weak_count,
            countIf(s.score <= 0) as real_count,
            countIf(s.is_known_name) as known_name_count,
            {%- for column in audience_estimates() %}
            any(s.{{ column }}) as {{ column }},
            {%- endfor %}
            min(s.observed_at) as scored_from,
            max(s.observed_at) as scored_at
        from {{ ref('stg_beat_follower_score') }} as s
        group by
            s.platform,
            s.profile_id,
            s.relation,
            s.sample_id
    )
{%- endmacro %}

{% macro told_audience() -%}
    {#- What the platforms tell the owner of an account about its audience: the newest report of each breakdown. -#}
    (
        select
            r.platform as platform,
            r.subject_id as profile_id,
            r.breakdown as breakdown,
            r.breakdown_value as value,
            sum(r.value) as amount,
            max(r.observed_at) as observed_at
        from (
            select
                i.*,
                max(tuple(i.end_time, i.metric, i.period)) over (
                    partition by i.platform, i.subject_id, i.breakdown
                ) as newest
            from (
                select platform, subject_kind, subject_id, metric, period, breakdown, breakdown_value, end_time, value, observed_at
                from {{ ref('stg_beat_instagram_profile_insight') }}
                union all
                select platform, subject_kind, subject_id, metric, period, breakdown, breakdown_value, end_time, value, observed_at
                from {{ ref('stg_beat_youtube_insight') }}
            ) as i
            where
                i.subject_kind = 'profile'
                and i.value >= 0
                and i.breakdown_value != ''
                and (
                    i.metric in ('follower_demographics', 'viewerPercentage')
                    or startsWith(i.metric, 'audience_')
                    or (i.platform = 'YOUTUBE' and i.metric = 'views' and i.breakdown = 'country')
                )
        ) as r
        where tuple(r.end_time, r.metric, r.period) = r.newest
        group by
            r.platform,
            r.subject_id,
            r.breakdown,
            r.breakdown_value
    )
{%- endmacro %}

{% macro json_shares(json, names) -%}
    {#- (value, share) of the first of these fields that has some: an object `{"18-24": 0.4}`, or a list of objects that name a
        value and its `share`. What is no number is left out. -#}
    {%- set found = [] -%}
    {%- for name in names -%}
        {%- do found.append("JSONExtractKeysAndValues(" ~ json ~ ", '" ~ name ~ "', 'Float64')") -%}
        {%- do found.append(
            "arrayMap(part -> (trimBoth(coalesce(nullIf(JSONExtractString(part, 'name'), ''), nullIf(JSONExtractString(part, 'value'), ''), "
            ~ "nullIf(JSONExtractString(part, 'range'), ''), nullIf(JSONExtractString(part, 'age_range'), ''), "
            ~ "nullIf(JSONExtractString(part, 'gender'), ''), nullIf(JSONExtractString(part, 'city'), ''), '')), "
            ~ "JSONExtractFloat(part, 'share')), JSONExtractArrayRaw(" ~ json ~ ", '" ~ name ~ "'))"
        ) -%}
    {%- endfor -%}
    arrayFilter(
        pair -> pair.1 != '' and pair.2 > 0,
        arrayFirst(pairs -> notEmpty(pairs), [{{ found | join(', ') }}])
    )
{%- endmacro %}

{% macro gender_name(gender) -%}
    {#- One name for what sources call a gender (`F`, `male`); what they do not tell is unknown. -#}
    multiIf(
        lower({{ gender }}) in ('f', 'female', 'women', 'woman'), 'female',
        lower({{ gender }}) in ('m', 'male', 'men', 'man'), 'male',
        'unknown'
    )
{%- endmacro %}
