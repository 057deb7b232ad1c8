-- name: newest_activation
-- What was activated for the sandbox counts in the sandbox alone; what was for a real model counts everywhere.
SELECT
    prompt_version,
    prompt_fingerprint
FROM beat.prompt_activation
WHERE kind = %(kind)s AND (NOT is_sandbox OR %(is_sandbox)s)
ORDER BY activated_at DESC, activation_id DESC
LIMIT 1;

-- name: deciding_evaluation
-- Of the evaluations of this very text against that very text, each by the model that answers for it: a real model's before the
-- sandbox's, then the one on most rows, so that no smaller set overrules a larger one, then the newest.
SELECT
    evaluation_id,
    verdict,
    evaluation.rows,
    is_sandbox
FROM beat.prompt_evaluation AS evaluation
WHERE
    kind = %(kind)s
    AND prompt_fingerprint = %(fingerprint)s
    AND compared_fingerprint = %(active)s
    AND model = %(model)s
    AND compared_model = %(active_model)s
    AND (NOT is_sandbox OR %(is_sandbox)s)
ORDER BY is_sandbox, evaluation.rows DESC, evaluated_at DESC
LIMIT 1;

-- name: lock_activations
-- Two people who activate at once do so one after the other: the second is judged against what the first made active.
SELECT pg_advisory_xact_lock(hashtext('upbeat prompt activation ' || %(kind)s)) AS locked;

-- name: add_activation
INSERT INTO beat.prompt_activation
    (kind, prompt_version, prompt_fingerprint, is_sandbox, evaluation_id, although_worse, activated_at)
VALUES (
    %(kind)s, %(version)s, %(fingerprint)s, %(is_sandbox)s, %(evaluation_id)s, %(although_worse)s, clock_timestamp()
)
RETURNING activation_id;
