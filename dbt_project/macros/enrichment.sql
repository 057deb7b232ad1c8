{% macro answers(kind, columns) -%}
    {#- The answers to one kind of question that count, with these columns and what says how good and how old each is. -#}
    (
        select
            e.platform as platform,
            e.profile_id as profile_id,
            {%- for column in columns %}
            e.{{ column }} as {{ column }},
            {%- endfor %}
            e.confidence as confidence,
            e.model as model,
            e.prompt_version as prompt_version,
            e.observed_at as answered_at,
            e.is_sandbox as is_sandbox
        from {{ ref('stg_beat_enrichment') }} as e
        where e.kind = '{{ kind }}'
    )
{%- endmacro %}

{% macro answered_by(name, answer, when) -%}
    {#- Who told `name`, by which version of a prompt, and when: of the joined answer, null unless `when`. -#}
    if({{ when }}, {{ answer }}.model, null) as {{ name }}_model,
    if({{ when }}, {{ answer }}.prompt_version, null) as {{ name }}_prompt_version,
    if({{ when }}, {{ answer }}.answered_at, null) as {{ name }}_observed_at
{%- endmacro %}

{% macro described_account() -%}
    {#- What is known of an account `a` beside its own figures, in the marts of accounts: by what it states, else by the answers `r` (category
        and topics), `g` (gender) and by its place `l`. -#}
    coalesce(g.gender, 'unknown') as gender,
    g.confidence as gender_confidence,
    {{ answered_by('gender', 'g', 'g.gender is not null') }},
    coalesce(nullIf(a.category, 'Unknown'), r.category, 'Unknown') as category,
    multiIf(a.category != 'Unknown', 'account', r.category is not null, 'enrichment', 'none') as category_source,
    multiIf(category_source = 'account', 1.0, category_source = 'enrichment', r.confidence, null) as category_confidence,
    {{ answered_by('category', 'r', "category_source = 'enrichment'") }},
    {{ topic_names('r.topics') }} as topics,
    coalesce(l.language, 'unknown') as language,
    coalesce(l.language_source, 'none') as language_source,
    coalesce(l.country, 'unknown') as country,
    coalesce(l.country_source, 'none') as country_source,
    l.city as city,
    {%- for name in ['language', 'country', 'city'] %}
    {%- for told in ['confidence', 'model', 'prompt_version', 'observed_at'] %}
    l.{{ name }}_{{ told }} as {{ name }}_{{ told }},
    {%- endfor %}
    {%- endfor %}
    coalesce(l.is_sandbox, false)
    or coalesce(g.is_sandbox, false)
    or ((category_source = 'enrichment' or notEmpty(topics)) and coalesce(r.is_sandbox, false)) as is_sandbox
{%- endmacro %}

{% macro described_columns() -%}
    {#- The columns of described_account, in the order in which the marts of accounts have them. -#}
    {%- for name in ['gender', 'category', 'language', 'country', 'city'] %}
    {{ name }},
    {%- if name in ['category', 'language', 'country'] %}
    {{ name }}_source,
    {%- endif %}
    {{ name }}_confidence,
    {{ name }}_model,
    {{ name }}_prompt_version,
    {{ name }}_observed_at,
    {%- endfor %}
    topics,
    is_sandbox
{%- endmacro %}
