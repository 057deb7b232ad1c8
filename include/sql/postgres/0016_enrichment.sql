-- What a language model said of creators, every call that was made for it with its price, and how good a prompt is.

-- The newest answer of each model and version of a prompt; told whole: the next one takes the place of all of it.
CREATE TABLE beat.enrichment (
    platform beat.platform NOT NULL,
    profile_id text NOT NULL,
    kind text NOT NULL,                                     -- base_gender | base_location | categ_lang_topics | …
    model text NOT NULL,
    prompt_version text NOT NULL,
    is_sandbox boolean NOT NULL,                            -- never mixed with answers of a real model
    handle text,
    result jsonb NOT NULL,                                  -- the answer, nothing but the schema's fields
    gender text,
    country text,
    city text,
    category text,
    language text,
    topics jsonb,
    confidence double precision CHECK (confidence BETWEEN 0 AND 1),
    reasoning text,
    input_hash text,
    input_tokens bigint CHECK (input_tokens >= 0),
    output_tokens bigint CHECK (output_tokens >= 0),
    latency_seconds double precision CHECK (latency_seconds >= 0),
    source text NOT NULL,
    observed_at timestamptz NOT NULL,                       -- when the model answered, not when the answer was used again
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, profile_id, kind, model, prompt_version, is_sandbox)
) WITH (fillfactor = 80);

-- Every answer that was paid for, by what was asked. Written in the transaction that settles its call, before anything else is done
-- with it: a run that is killed finds it here. Also an answer that is of no use (refused, filtered, …): it would be the same again.
CREATE TABLE beat.llm_answer (
    kind text NOT NULL,
    prompt_version text NOT NULL,
    model text NOT NULL,
    input_hash bytea NOT NULL,                              -- SHA-256 of what is asked
    is_sandbox boolean NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('answered', 'refused', 'filtered', 'truncated', 'malformed')),
    result jsonb,
    detail text,                                            -- why there is no result, in one line
    input_tokens bigint NOT NULL CHECK (input_tokens >= 0), -- of all calls that it took
    output_tokens bigint NOT NULL CHECK (output_tokens >= 0),
    latency_seconds double precision,                       -- of the last call; none in batch mode
    answered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, prompt_version, model, input_hash, is_sandbox),
    CHECK ((outcome = 'answered') = (result IS NOT NULL))
);

-- Batches of the provider's Batch API. `file_id`s are the provider's.
CREATE TABLE beat.llm_batch (
    batch_key text PRIMARY KEY,                             -- ours, stated in the batch's metadata: found again after a kill
    provider_id text UNIQUE,                                -- none until the provider has taken it
    source text NOT NULL,                                   -- whose API: openai | azure_openai
    model text NOT NULL,
    is_sandbox boolean NOT NULL,
    input_file_id text,
    output_file_id text,
    error_file_id text,
    status text NOT NULL DEFAULT 'planned',                 -- planned, the provider's own words, and collected at the end
    requests integer NOT NULL CHECK (requests >= 0),
    problem text,
    created_at timestamptz NOT NULL DEFAULT now(),
    submitted_at timestamptz,
    collected_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX llm_batch_open ON beat.llm_batch (created_at) WHERE collected_at IS NULL;

-- Every call, written before it is sent: one that a kill cut short stays `started`, and is counted as lost afterwards.
-- Costs in billionths of a US dollar: the price of one token is a whole number of them.
CREATE TABLE beat.llm_call (
    call_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    prompt_version text NOT NULL,
    model text NOT NULL,
    input_hash bytea NOT NULL,
    is_sandbox boolean NOT NULL,
    mode text NOT NULL CHECK (mode IN ('queue', 'batch', 'evaluation')),
    is_repair boolean NOT NULL DEFAULT false,
    batch_key text REFERENCES beat.llm_batch,
    status text NOT NULL DEFAULT 'started' CHECK (status IN ('started', 'answered', 'failed', 'lost')),
    outcome text,
    problem text,
    day date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date, -- whose budget it is
    reserved_nanodollars bigint NOT NULL CHECK (reserved_nanodollars >= 0),
    input_tokens bigint,
    cached_input_tokens bigint,
    output_tokens bigint,
    cost_nanodollars bigint CHECK (cost_nanodollars >= 0),
    request_id text,                                        -- the provider's
    latency_seconds double precision,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    CHECK ((status = 'started') = (ended_at IS NULL)),
    CHECK ((status = 'started') = (cost_nanodollars IS NULL)),  -- of a lost call: the most that it can have cost
    CHECK ((status = 'answered') = (outcome IS NOT NULL))
);
-- The claim: of all who would ask the same question at the same time, in whatever mode, one gets its row in.
CREATE UNIQUE INDEX llm_call_claim ON beat.llm_call (input_hash, kind, prompt_version, model, is_sandbox) WHERE status = 'started';
CREATE INDEX llm_call_day ON beat.llm_call (day, kind, model);
CREATE INDEX llm_call_open ON beat.llm_call (started_at) WHERE status = 'started';
CREATE INDEX llm_call_batch ON beat.llm_call (batch_key) WHERE batch_key IS NOT NULL;

-- Whom the calls of a batch are about: an answer comes back hours later, to another process.
CREATE TABLE beat.llm_batch_subject (
    call_id bigint NOT NULL REFERENCES beat.llm_call ON DELETE CASCADE,
    platform beat.platform NOT NULL,
    profile_id text NOT NULL,
    handle text NOT NULL,
    PRIMARY KEY (call_id, platform, profile_id)
);
CREATE INDEX llm_batch_subject_of ON beat.llm_batch_subject (platform, profile_id);

-- What a day has cost and may still cost by calls under way; one row is the gate that every call passes.
CREATE TABLE beat.llm_spend (
    day date NOT NULL,
    is_sandbox boolean NOT NULL,
    spent_nanodollars bigint NOT NULL DEFAULT 0 CHECK (spent_nanodollars >= 0),
    reserved_nanodollars bigint NOT NULL DEFAULT 0 CHECK (reserved_nanodollars >= 0),
    PRIMARY KEY (day, is_sandbox)
) WITH (fillfactor = 50);

-- How a version of a prompt did on a labelled set, and how it compared with the one that was active.
CREATE TABLE beat.prompt_evaluation (
    evaluation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    prompt_version text NOT NULL,
    prompt_fingerprint text NOT NULL,                       -- of the file's content: an edited prompt has to be evaluated anew
    model text NOT NULL,
    is_sandbox boolean NOT NULL,
    labelled_set text NOT NULL,                             -- name and hash of the file
    rows integer NOT NULL CHECK (rows >= 0),
    compared_with text,                                     -- version that was active
    compared_fingerprint text,
    compared_model text,                                    -- that answered for it
    verdict text NOT NULL CHECK (verdict IN ('not_worse', 'worse', 'undecided', 'not_compared')),
    report jsonb NOT NULL,
    evaluated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX prompt_evaluation_of ON beat.prompt_evaluation (kind, prompt_version, evaluated_at);

-- Which version answers, and since when: the newest row of a kind counts; without one, the shipped file `include/prompts/active.yaml`.
-- What was decided for the sandbox does not count where a real model is asked.
CREATE TABLE beat.prompt_activation (
    activation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    prompt_version text NOT NULL,
    prompt_fingerprint text NOT NULL,
    is_sandbox boolean NOT NULL,
    evaluation_id bigint REFERENCES beat.prompt_evaluation,
    although_worse text,                                    -- the reason that a person gave
    activated_at timestamptz NOT NULL DEFAULT now(),
    CHECK (evaluation_id IS NOT NULL OR although_worse IS NOT NULL)
);
CREATE INDEX prompt_activation_of ON beat.prompt_activation (kind, activated_at);
