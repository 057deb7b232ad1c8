-- name: last_call
-- The calls of a run are those after it.
SELECT coalesce(max(call_id), 0) AS last FROM beat.llm_call;

-- name: spent_on
-- What the answers to these questions took, whoever asked them first.
SELECT
    count(*) AS calls,
    count(*) FILTER (WHERE is_repair) AS repairs,
    coalesce(sum(cost_nanodollars), 0)::bigint AS cost_nanodollars,
    count(*) FILTER (WHERE call_id > %(after)s) AS new_calls,
    coalesce(sum(cost_nanodollars) FILTER (WHERE call_id > %(after)s), 0)::bigint AS new_cost_nanodollars
FROM beat.llm_call
WHERE
    kind = %(kind)s
    AND prompt_version = %(version)s
    AND model = %(model)s
    AND is_sandbox = %(is_sandbox)s
    AND input_hash = ANY(%(hashes)s::bytea []);

-- name: add_evaluation
INSERT INTO beat.prompt_evaluation (
    kind, prompt_version, prompt_fingerprint, model, is_sandbox, labelled_set, rows,
    compared_with, compared_fingerprint, compared_model, verdict, report, evaluated_at
)
VALUES (
    %(kind)s, %(version)s, %(fingerprint)s, %(model)s, %(is_sandbox)s, %(labelled_set)s, %(rows)s,
    %(against)s, %(against_fingerprint)s, %(against_model)s, %(verdict)s, %(report)s::jsonb,
    clock_timestamp()
)
RETURNING evaluation_id;

-- name: last_evaluations
-- The newest of each text, model and side, with the rows that it was made on. One with a verdict goes before one that another version
-- was compared with: else the version that became active by its verdict would lose it as soon as the next one is held against it.
SELECT DISTINCT ON (prompt_fingerprint, model, is_sandbox)
    kind,
    prompt_version,
    prompt_fingerprint,
    model,
    is_sandbox,
    evaluation_id,
    labelled_set,
    evaluation.rows,
    compared_with,
    verdict,
    evaluated_at
FROM beat.prompt_evaluation AS evaluation
ORDER BY prompt_fingerprint, model, is_sandbox, compared_with IS NULL, evaluation_id DESC;

-- name: evaluated_alike
-- The newest two evaluations of two versions on the same rows; a real model's before the sandbox's, and those by one model before
-- those by the models that the versions name.
SELECT
    first.report AS first,
    second.report AS second
FROM beat.prompt_evaluation AS first
INNER JOIN beat.prompt_evaluation AS second
    USING (kind, is_sandbox, labelled_set, rows)
WHERE
    kind = %(kind)s
    AND first.prompt_fingerprint = %(first)s
    AND second.prompt_fingerprint = %(second)s
ORDER BY second.is_sandbox, second.rows DESC, first.model = second.model DESC, second.evaluation_id DESC, first.evaluation_id DESC
LIMIT 1;
