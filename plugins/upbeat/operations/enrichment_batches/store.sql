-- The batches as we keep them: their rows, whom their calls are about, and which calls are still open.

-- name: wanted_accounts
-- A page of the Instagram accounts of collected creators, by their ids. Index: instagram_account_handle.
SELECT DISTINCT account.profile_id
FROM beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
INNER JOIN beat.instagram_account AS account
    ON account.platform = creator.platform AND account.handle = creator.handle
WHERE creator.platform = 'INSTAGRAM' AND creator.tier = ANY(%(tiers)s) AND account.profile_id > %(after)s
ORDER BY account.profile_id
LIMIT %(page)s;

-- name: wanted_channels
-- The same for YouTube.
SELECT DISTINCT channel.profile_id
FROM beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
INNER JOIN beat.youtube_account AS channel
    ON channel.platform = creator.platform AND channel.handle = creator.handle
WHERE creator.platform = 'YOUTUBE' AND creator.tier = ANY(%(tiers)s) AND channel.profile_id > %(after)s
ORDER BY channel.profile_id
LIMIT %(page)s;

-- name: told
-- What is known of creators by one version and model. Index: the primary key.
SELECT profile_id, decode(input_hash, 'hex') AS input_hash, observed_at
FROM beat.enrichment
WHERE platform = %(platform)s::beat.platform AND profile_id = ANY(%(profile_ids)s) AND kind = %(kind)s AND model = %(model)s
  AND prompt_version = %(version)s AND is_sandbox = %(is_sandbox)s;

-- name: asked_lately
-- Creators of whom a batch asks one kind of question at the moment (`is_open`), or has asked without a result since a moment: of such
-- an answer `told` knows nothing. Index: llm_batch_subject_of.
SELECT subject.profile_id, bool_or(call.status = 'started') AS is_open
FROM beat.llm_batch_subject AS subject
JOIN beat.llm_call AS call USING (call_id)
LEFT JOIN beat.llm_answer AS answer
    ON answer.kind = call.kind AND answer.prompt_version = call.prompt_version AND answer.model = call.model
    AND answer.input_hash = call.input_hash AND answer.is_sandbox = call.is_sandbox
WHERE subject.platform = %(platform)s::beat.platform AND subject.profile_id = ANY(%(profile_ids)s) AND call.kind = %(kind)s
  AND call.model = %(model)s AND call.prompt_version = %(version)s AND call.is_sandbox = %(is_sandbox)s
  AND (call.status = 'started' OR (answer.result IS NULL AND answer.answered_at > %(since)s))
GROUP BY subject.profile_id;

-- name: under_way
-- Those of many keys that somebody asks at the moment. Index: llm_call_claim.
SELECT call.kind, call.prompt_version, call.model, call.input_hash, call.is_sandbox
FROM unnest(%(kinds)s::text[], %(versions)s::text[], %(models)s::text[], %(hashes)s::bytea[], %(sandboxes)s::boolean[])
     AS asked (kind, prompt_version, model, input_hash, is_sandbox)
JOIN beat.llm_call AS call USING (kind, prompt_version, model, input_hash, is_sandbox)
WHERE call.status = 'started';

-- name: spend_today
SELECT spent_nanodollars, reserved_nanodollars
FROM beat.llm_spend
WHERE day = (now() AT TIME ZONE 'UTC')::date AND is_sandbox = %(is_sandbox)s;

-- name: add_batch
INSERT INTO beat.llm_batch (batch_key, source, model, is_sandbox, requests)
VALUES (%(batch_key)s, %(source)s, %(model)s, %(is_sandbox)s, 0);

-- name: add_subjects
-- Whom the calls of a batch are about, and how many requests it has.
WITH added AS (
    INSERT INTO beat.llm_batch_subject (call_id, platform, profile_id, handle)
    SELECT told.call_id, told.platform::beat.platform, told.profile_id, told.handle
    FROM jsonb_to_recordset(%(subjects)s::jsonb) AS told (call_id bigint, platform text, profile_id text, handle text)
    ON CONFLICT DO NOTHING
    RETURNING call_id
)

UPDATE beat.llm_batch SET requests = (SELECT count(DISTINCT call_id) FROM added) WHERE batch_key = %(batch_key)s;

-- name: open_batches
-- Batches of a provider that are not collected, the oldest first. Index: llm_batch_open.
SELECT batch_key, provider_id, model, input_file_id, output_file_id, error_file_id, status, requests, created_at, submitted_at, problem
FROM beat.llm_batch
WHERE collected_at IS NULL AND source = %(source)s AND is_sandbox = %(is_sandbox)s
ORDER BY created_at, batch_key;

-- name: recent_batches
-- The newest batches of all providers, with what they have cost.
SELECT batch.batch_key, batch.source, batch.is_sandbox, batch.model, batch.provider_id, batch.status, batch.requests,
       count(call.call_id) FILTER (WHERE call.status = 'answered') AS answered,
       count(call.call_id) FILTER (WHERE call.status = 'started') AS open,
       count(call.call_id) FILTER (WHERE call.status IN ('failed', 'lost')) AS without_answer,
       coalesce(sum(call.cost_nanodollars), 0)::bigint AS cost_nanodollars,
       batch.created_at, batch.submitted_at, batch.collected_at, batch.problem
FROM (SELECT * FROM beat.llm_batch ORDER BY created_at DESC, batch_key LIMIT %(count)s) AS batch
LEFT JOIN beat.llm_call AS call USING (batch_key)
GROUP BY batch.batch_key, batch.source, batch.is_sandbox, batch.model, batch.provider_id, batch.status, batch.requests,
         batch.created_at, batch.submitted_at, batch.collected_at, batch.problem
ORDER BY batch.created_at DESC, batch.batch_key;

-- name: batch
-- One batch as it stands.
SELECT batch_key, provider_id, model, input_file_id, output_file_id, error_file_id, status, requests, created_at, submitted_at, problem
FROM beat.llm_batch
WHERE batch_key = %(batch_key)s AND collected_at IS NULL;

-- name: open_calls_after
-- A page of a batch's calls that are to be sent, with one of their subjects. Index: llm_call_batch.
SELECT call.call_id, call.kind, call.prompt_version, call.model, call.input_hash, call.is_sandbox, subject.platform::text, subject.profile_id
FROM beat.llm_call AS call
LEFT JOIN LATERAL (
    SELECT platform, profile_id FROM beat.llm_batch_subject WHERE call_id = call.call_id ORDER BY platform, profile_id LIMIT 1
) AS subject ON TRUE
WHERE call.batch_key = %(batch_key)s AND call.status = 'started' AND call.call_id > %(after)s
ORDER BY call.call_id
LIMIT %(page)s;

-- name: calls_of
-- Calls of a batch by their ids, with all of their subjects.
SELECT call.call_id, call.status, call.kind, call.prompt_version, call.model, call.input_hash, call.is_sandbox,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('platform', platform, 'profile_id', profile_id, 'handle', handle)), '[]')
        FROM beat.llm_batch_subject WHERE call_id = call.call_id) AS subjects
FROM beat.llm_call AS call
WHERE call.call_id = ANY(%(calls)s) AND call.batch_key = %(batch_key)s;

-- name: unanswered
-- A batch's calls that no line has answered. Index: llm_call_batch.
SELECT call_id FROM beat.llm_call WHERE batch_key = %(batch_key)s AND status = 'started' ORDER BY call_id LIMIT %(page)s;

-- name: note_file
UPDATE beat.llm_batch SET input_file_id = %(file_id)s, updated_at = now() WHERE batch_key = %(batch_key)s;

-- name: note_provider
-- What the provider says of a batch.
UPDATE beat.llm_batch
SET provider_id = %(provider_id)s, status = %(status)s, input_file_id = coalesce(%(input_file_id)s, input_file_id),
    output_file_id = %(output_file_id)s, error_file_id = %(error_file_id)s, problem = %(problem)s,
    submitted_at = coalesce(submitted_at, now()), updated_at = now()
WHERE batch_key = %(batch_key)s AND collected_at IS NULL;

-- name: note_collected
-- The end of a batch. A second time it changes nothing.
UPDATE beat.llm_batch
SET status = 'collected', problem = %(problem)s, collected_at = now(), updated_at = now()
WHERE batch_key = %(batch_key)s AND collected_at IS NULL;

-- name: note_failed
-- A batch that was never made: nothing of it will come back.
UPDATE beat.llm_batch
SET status = 'failed', problem = %(problem)s, collected_at = now(), updated_at = now()
WHERE batch_key = %(batch_key)s AND collected_at IS NULL;

-- name: files_left
-- Batches that have ended and whose files the provider may still keep.
SELECT batch_key, input_file_id, output_file_id, error_file_id
FROM beat.llm_batch
WHERE collected_at IS NOT NULL AND source = %(source)s AND is_sandbox = %(is_sandbox)s
  AND coalesce(input_file_id, output_file_id, error_file_id) IS NOT NULL
ORDER BY collected_at, batch_key;

-- name: note_files_deleted
UPDATE beat.llm_batch
SET input_file_id = NULL, output_file_id = NULL, error_file_id = NULL, updated_at = now()
WHERE batch_key = %(batch_key)s AND collected_at IS NOT NULL;

-- name: lock
-- Held by the session: whoever dies lets go of it.
SELECT pg_try_advisory_lock(hashtext('upbeat enrichment batch'), hashtext(%(batch_key)s)) AS locked;

-- name: unlock
SELECT pg_advisory_unlock(hashtext('upbeat enrichment batch'), hashtext(%(batch_key)s)) AS unlocked;

-- name: outcomes
-- How the questions of collected batches ended, and what their calls have cost. Of a malformed answer the repair's outcome counts;
-- a question that changed before it was sent was not asked. Index: llm_call_batch.
WITH ended AS (
    SELECT
        CASE
            WHEN call.status <> 'answered' THEN 'to ask again'
            WHEN call.outcome = 'malformed' THEN coalesce(answer.outcome, 'to ask again')
            ELSE call.outcome
        END AS outcome,
        call.outcome = 'malformed' AND answer.outcome = 'answered' AS is_repaired,
        call.cost_nanodollars
    FROM beat.llm_batch AS batch
    JOIN beat.llm_call AS call USING (batch_key)
    LEFT JOIN beat.llm_answer AS answer
        ON answer.kind = call.kind AND answer.prompt_version = call.prompt_version AND answer.model = call.model
        AND answer.input_hash = call.input_hash AND answer.is_sandbox = call.is_sandbox
    WHERE batch.batch_key = ANY(%(batch_keys)s) AND batch.collected_at IS NOT NULL AND call.status <> 'started'
      AND call.problem IS DISTINCT FROM %(changed)s
)

SELECT outcome, count(*) AS questions, count(*) FILTER (WHERE is_repaired) AS repaired,
       coalesce(sum(cost_nanodollars), 0)::bigint AS cost
FROM ended
GROUP BY outcome;
