{% macro dirty_rows() -%}
    {#- What staging leaves out, caps or takes late, counted in the raw tables: table → its time, its key, and a name that must not be
        blank. Of a log a row from the future is left out; of current rows it is taken as observed when it arrived. -#}
    {%- set logs = {
        'profile_log': ('timestamp', ['profile_id'], none),
        'post_log': ('timestamp', ['post_id'], none),
        'task_log': ('scraped_at', ['flow'], none),
    } -%}
    {%- set current = {
        'instagram_account': ('observed_at', ['profile_id'], 'handle'),
        'instagram_post': ('observed_at', ['post_id', 'profile_id'], none),
        'story': ('observed_at', ['story_id', 'profile_id'], none),
        'comment': ('observed_at', ['comment_id'], none),
        'hashtag': ('observed_at', ['name'], none),
        'follower': ('observed_at', ['profile_id', 'account_id'], none),
        'following': ('observed_at', ['profile_id', 'account_id'], none),
        'liker': ('observed_at', ['post_id', 'account_id'], none),
        'profile_insight': ('observed_at', ['subject_id', 'metric'], none),
        'post_insight': ('observed_at', ['subject_id', 'metric'], none),
        'story_insight': ('observed_at', ['subject_id', 'metric'], none),
        'youtube_account': ('observed_at', ['profile_id'], 'handle'),
        'youtube_post': ('observed_at', ['post_id', 'profile_id'], none),
        'youtube_comment': ('observed_at', ['comment_id'], none),
        'shopify_order': ('observed_at', ['shop', 'order_id'], none),
        'shopify_refund': ('observed_at', ['shop', 'order_id'], none),
        'enrichment': ('observed_at', ['profile_id', 'kind'], none),
        'follower_score': ('observed_at', ['profile_id', 'account_id'], none),
        'asset': ('observed_at', ['subject_id', 'source_url_hash'], none),
    } -%}
    {%- for name, (at, key, handle) in (logs.items() | list) + (current.items() | list) %}
        select
            '{{ name }}' as raw_table,
            platform,
            toDate(_ingested_at) as ingested_on,
            multiIf(
                {{ key | join(" = '' or ") }} = '', 'empty_key',
                {% if handle %}
                    trimBoth({{ handle }}) = '', 'empty_handle',
                {% endif %}
                not ({{ plausible_time(at, '_ingested_at') }}), 'future',
                'late'
            ) as reason,
            reason in ('empty_key', 'empty_handle'{{ ", 'future'" if name in logs }}) as is_left_out,
            uniqExact(_event_id) as events,
            max(_ingested_at) as last_ingested_at
        from {{ source('beat', name) }}
        where
            {{ key | join(" = '' or ") }} = ''
            {% if handle %}
                or trimBoth({{ handle }}) = ''
            {% endif %}
            or not ({{ plausible_time(at, '_ingested_at') }})
            {% if name in logs %}
                or {{ at }} < _ingested_at - toIntervalHour({{ var('late_data_hours') }})
            {% endif %}
        group by
            platform,
            ingested_on,
            reason,
            is_left_out
        {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
