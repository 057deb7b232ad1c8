{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'subject_kind', 'subject_id', 'source_url_hash'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'subject_kind', 'subject_id', 'source_url_hash'],
        on_schema_change='fail',
        tags=['staging'],
    )
}}

-- An upload is tried again: the newest try tells.
select
    platform,
    subject_kind,
    subject_id,
    source_url_hash,
    profile_id,
    status,
    object_key,
    cdn_url,
    content_type,
    size_bytes,
    checksum,
    width,
    height,
    source_expires_at,
    error,
    source,
    {{ not_after_ingestion('observed_at', '_ingested_at') }} as observed_at,
    _ingested_at as ingested_at
from {{ source('beat', 'asset') }} as asset {{ final() }}
where
    asset.subject_id != ''
    and asset.source_url_hash != ''
    {% if is_incremental() %}
        and {{ has_new_rows('asset', ['platform', 'subject_kind', 'subject_id', 'source_url_hash'], source('beat', 'asset')) }}
    {% endif %}
