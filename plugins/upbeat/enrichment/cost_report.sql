-- name: calls_by_day
-- Every call of the days, summed by all that a report may be split by. Index: llm_call_day.
SELECT day, is_sandbox, kind, model, mode,
       count(*) AS calls,
       count(*) FILTER (WHERE is_repair) AS repairs,
       count(*) FILTER (WHERE status = 'answered') AS answered,
       count(*) FILTER (WHERE status = 'failed') AS failed,
       count(*) FILTER (WHERE status = 'lost') AS lost,
       count(*) FILTER (WHERE status = 'started') AS under_way,
       COALESCE(sum(input_tokens), 0)::bigint AS input_tokens,
       COALESCE(sum(cached_input_tokens), 0)::bigint AS cached_input_tokens,
       COALESCE(sum(output_tokens), 0)::bigint AS output_tokens,
       COALESCE(sum(cost_nanodollars) FILTER (WHERE status = 'answered'), 0)::bigint AS paid,
       COALESCE(sum(cost_nanodollars) FILTER (WHERE status = 'lost'), 0)::bigint AS lost_at_most,
       COALESCE(sum(reserved_nanodollars) FILTER (WHERE status = 'started'), 0)::bigint AS reserved
FROM beat.llm_call
WHERE day >= COALESCE(%(since)s::date, '-infinity') AND day <= COALESCE(%(until)s::date, 'infinity')
GROUP BY day, is_sandbox, kind, model, mode
ORDER BY day, is_sandbox, kind, model, mode;

-- name: spend_today
-- The gate of today, of the sandbox and of real models.
SELECT (now() AT TIME ZONE 'UTC')::date AS day, asked.is_sandbox,
       COALESCE(spend.spent_nanodollars, 0) AS spent, COALESCE(spend.reserved_nanodollars, 0) AS reserved,
       (SELECT count(*) FROM beat.llm_call AS call WHERE call.status = 'started' AND call.is_sandbox = asked.is_sandbox) AS under_way
FROM (VALUES (false), (true)) AS asked (is_sandbox)
LEFT JOIN beat.llm_spend AS spend ON spend.is_sandbox = asked.is_sandbox AND spend.day = (now() AT TIME ZONE 'UTC')::date
ORDER BY asked.is_sandbox;

-- name: answers_about
-- What is known of a creator, whoever was asked and with whatever version; the newest first.
SELECT platform, profile_id, handle, kind, prompt_version, model, is_sandbox, result, confidence, observed_at
FROM beat.enrichment
WHERE lower(handle) = lower(%(handle)s) AND platform = COALESCE(%(platform)s::beat.platform, platform)
ORDER BY platform, kind, observed_at DESC;
