-- name: answers
-- What was paid for already, of many keys; in no order. Index: the primary key.
SELECT answer.kind, answer.prompt_version, answer.model, answer.input_hash, answer.is_sandbox, answer.outcome, answer.result,
       answer.detail, answer.input_tokens, answer.output_tokens, answer.latency_seconds, answer.answered_at
FROM unnest(%(kinds)s::text[], %(versions)s::text[], %(models)s::text[], %(hashes)s::bytea[], %(sandboxes)s::boolean[])
     AS asked (kind, prompt_version, model, input_hash, is_sandbox)
JOIN beat.llm_answer AS answer USING (kind, prompt_version, model, input_hash, is_sandbox);

-- name: open_call
-- Writes a call down before it is sent. No row comes back where the same question is under way: the unique index is the claim.
INSERT INTO beat.llm_call (kind, prompt_version, model, input_hash, is_sandbox, mode, is_repair, batch_key, reserved_nanodollars)
VALUES (%(kind)s, %(prompt_version)s, %(model)s, %(input_hash)s, %(is_sandbox)s, %(mode)s, %(is_repair)s, %(batch_key)s, %(reserve)s)
ON CONFLICT (input_hash, kind, prompt_version, model, is_sandbox) WHERE status = 'started' DO NOTHING
RETURNING call_id, day;

-- name: admit
-- Passes the gate of the day's budget, in the transaction of `open_call` and after it (so that `now()` is its day). A statement of its
-- own, for it must see what was settled before the claim was free: an answer that is there by now is not paid for again.
WITH answered AS (
    SELECT FROM beat.llm_answer
    WHERE kind = %(kind)s AND prompt_version = %(prompt_version)s AND model = %(model)s AND input_hash = %(input_hash)s
      AND is_sandbox = %(is_sandbox)s
),

admitted AS (
    INSERT INTO beat.llm_spend AS spend (day, is_sandbox, reserved_nanodollars)
    SELECT (now() AT TIME ZONE 'UTC')::date, %(is_sandbox)s::boolean, %(reserve)s::bigint
    WHERE NOT EXISTS (SELECT FROM answered) AND %(reserve)s::bigint <= %(budget)s::bigint
    ON CONFLICT (day, is_sandbox) DO UPDATE
    SET reserved_nanodollars = spend.reserved_nanodollars + excluded.reserved_nanodollars
    WHERE spend.spent_nanodollars + spend.reserved_nanodollars + excluded.reserved_nanodollars <= %(budget)s::bigint
    RETURNING spend.day
)

SELECT EXISTS (SELECT FROM answered), EXISTS (SELECT FROM admitted);

-- name: spend_of
-- The gate's row of a day; none before its first call.
SELECT spent_nanodollars, reserved_nanodollars FROM beat.llm_spend WHERE day = %(day)s AND is_sandbox = %(is_sandbox)s;

-- name: lock_spend
-- The gate's row of today, held until the end of the transaction, for many calls at once.
INSERT INTO beat.llm_spend AS spend (day, is_sandbox) VALUES ((now() AT TIME ZONE 'UTC')::date, %(is_sandbox)s)
ON CONFLICT (day, is_sandbox) DO UPDATE SET spent_nanodollars = spend.spent_nanodollars
RETURNING day, spent_nanodollars, reserved_nanodollars;

-- name: open_calls
-- As `open_call`, for many at once, in the order of their hashes: two that open the same ones do not wait for each other in a circle.
INSERT INTO beat.llm_call (kind, prompt_version, model, input_hash, is_sandbox, mode, batch_key, reserved_nanodollars)
SELECT kind, prompt_version, model, input_hash, is_sandbox, %(mode)s, %(batch_key)s, reserve
FROM unnest(%(kinds)s::text[], %(versions)s::text[], %(models)s::text[], %(hashes)s::bytea[], %(sandboxes)s::boolean[],
            %(reserves)s::bigint[]) AS asked (kind, prompt_version, model, input_hash, is_sandbox, reserve)
ORDER BY input_hash
ON CONFLICT (input_hash, kind, prompt_version, model, is_sandbox) WHERE status = 'started' DO NOTHING
RETURNING call_id, kind, prompt_version, model, input_hash, is_sandbox;

-- name: close_answered
-- Of calls that this transaction has opened, those whose answer is there by now are taken back.
DELETE FROM beat.llm_call AS call
USING beat.llm_answer AS answer
WHERE call.call_id = any(%(calls)s)
  AND answer.kind = call.kind AND answer.prompt_version = call.prompt_version AND answer.model = call.model
  AND answer.input_hash = call.input_hash AND answer.is_sandbox = call.is_sandbox
RETURNING call.call_id;

-- name: take_back
-- Of calls that this transaction has opened, those that the budget has no room for.
DELETE FROM beat.llm_call WHERE call_id = any(%(calls)s);

-- name: reserve
-- Reserves what calls that this transaction has opened may cost.
UPDATE beat.llm_spend AS spend
SET reserved_nanodollars = spend.reserved_nanodollars + opened.reserve
FROM (SELECT sum(reserved_nanodollars) AS reserve FROM beat.llm_call WHERE call_id = any(%(calls)s)) AS opened
WHERE spend.day = %(day)s AND spend.is_sandbox = %(is_sandbox)s AND opened.reserve IS NOT NULL;

-- name: settle
-- Ends calls with their answers: tokens and cost, reservation into spending, and what is final into the answers; all or nothing. A call
-- that was held to be lost is settled too, its guess replaced by the truth. A call that is settled already stays as it is.
WITH told AS (
    SELECT told.*
    FROM jsonb_to_recordset(%(settled)s::jsonb) AS told (
        call_id bigint, outcome text, result jsonb, detail text, input_tokens bigint, cached_input_tokens bigint, output_tokens bigint,
        cost bigint, request_id text, latency double precision, final boolean, earlier_input bigint, earlier_output bigint
    )
),

before AS (
    SELECT call.call_id, call.status, call.reserved_nanodollars
    FROM beat.llm_call AS call
    WHERE call.call_id IN (SELECT told.call_id FROM told) AND call.status IN ('started', 'lost')
    ORDER BY call.call_id
    FOR UPDATE
),

ended AS (
    UPDATE beat.llm_call AS call
    SET status = 'answered', outcome = told.outcome, problem = told.detail, input_tokens = told.input_tokens,
        cached_input_tokens = told.cached_input_tokens, output_tokens = told.output_tokens, cost_nanodollars = told.cost,
        request_id = told.request_id, latency_seconds = told.latency, ended_at = clock_timestamp()
    FROM told JOIN before USING (call_id)
    WHERE call.call_id = told.call_id
    RETURNING call.*, before.status AS status_before, told.result, told.final, told.earlier_input, told.earlier_output
),

changed AS (
    SELECT day, is_sandbox, sum(cost_nanodollars) AS cost,
           sum(reserved_nanodollars) FILTER (WHERE status_before = 'started') AS held,
           sum(reserved_nanodollars) FILTER (WHERE status_before = 'lost') AS guessed
    FROM ended
    GROUP BY day, is_sandbox
),

paid AS (
    UPDATE beat.llm_spend AS spend
    SET reserved_nanodollars = spend.reserved_nanodollars - COALESCE(changed.held, 0),
        spent_nanodollars = spend.spent_nanodollars + changed.cost - COALESCE(changed.guessed, 0)
    FROM changed
    WHERE spend.day = changed.day AND spend.is_sandbox = changed.is_sandbox
    RETURNING spend.day
),

kept AS (
    INSERT INTO beat.llm_answer (kind, prompt_version, model, input_hash, is_sandbox, outcome, result, detail, input_tokens,
                                 output_tokens, latency_seconds, answered_at)
    SELECT kind, prompt_version, model, input_hash, is_sandbox, outcome, result, problem, input_tokens + earlier_input,
           output_tokens + earlier_output, latency_seconds, ended_at
    FROM ended
    WHERE final
    ON CONFLICT DO NOTHING
    RETURNING input_hash
)

SELECT (SELECT count(*) FROM ended), (SELECT count(*) FROM paid), (SELECT count(*) FROM kept);

-- name: end_unanswered
-- Ends calls without an answer. `failed`: nothing was paid, the reservation is given back. `lost`: it may have been paid, and the
-- reservation, the most that it can have cost, counts as spent.
WITH before AS (
    SELECT call_id FROM beat.llm_call WHERE call_id = any(%(calls)s) AND status = 'started' ORDER BY call_id FOR UPDATE
),

ended AS (
    UPDATE beat.llm_call AS call
    SET status = %(status)s, problem = %(problem)s, ended_at = clock_timestamp(),
        cost_nanodollars = CASE WHEN %(status)s = 'lost' THEN call.reserved_nanodollars ELSE 0 END
    FROM before
    WHERE call.call_id = before.call_id
    RETURNING call.day, call.is_sandbox, call.reserved_nanodollars, call.cost_nanodollars
),

changed AS (
    SELECT day, is_sandbox, sum(reserved_nanodollars) AS held, sum(cost_nanodollars) AS cost FROM ended GROUP BY day, is_sandbox
),

paid AS (
    UPDATE beat.llm_spend AS spend
    SET reserved_nanodollars = spend.reserved_nanodollars - changed.held, spent_nanodollars = spend.spent_nanodollars + changed.cost
    FROM changed
    WHERE spend.day = changed.day AND spend.is_sandbox = changed.is_sandbox
    RETURNING spend.day
)

SELECT (SELECT count(*) FROM ended), (SELECT count(*) FROM paid);

-- name: overdue
-- Calls of a process that must be gone by now; those of a batch are the batch's own matter. Index: llm_call_open.
SELECT call_id FROM beat.llm_call
WHERE status = 'started' AND batch_key IS NULL AND started_at < clock_timestamp() - make_interval(secs => %(seconds)s)
ORDER BY call_id
FOR UPDATE SKIP LOCKED;

-- name: holder
-- Who asks this question at the moment, and since when. Index: llm_call_claim.
SELECT call_id, mode, batch_key, EXTRACT(EPOCH FROM clock_timestamp() - started_at)::float8
FROM beat.llm_call
WHERE status = 'started' AND input_hash = %(input_hash)s AND kind = %(kind)s AND prompt_version = %(prompt_version)s
  AND model = %(model)s AND is_sandbox = %(is_sandbox)s;
