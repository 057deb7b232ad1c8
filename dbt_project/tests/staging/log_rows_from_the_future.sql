{{ config(severity='warn', tags=['core']) }}

-- Staging drops these rows; that there are some means that a collector's clock or an imported file is wrong.
select
    platform,
    profile_id,
    source,
    timestamp,
    _ingested_at
from {{ source('beat', 'profile_log') }}
where not ({{ plausible_time('timestamp', '_ingested_at') }})
