-- What is known of a credential's validity. Each step of it:
--   stored, or its secrets replaced, or refused (401, 403)  -> needs_validation, and refused ones rest for an hour
--   the source says that it is valid                        -> used until validate_after, then asked about again while it is used
--   the source says that it is not                          -> needs_validation again, rests for an hour
--   the source cannot be asked now                          -> used all the same, asked about soon
-- A source that has no way to ask ignores all of it.

ALTER TABLE beat.credential
ADD COLUMN needs_validation boolean NOT NULL DEFAULT true,    -- not used before its source was asked
ADD COLUMN validated_at timestamptz,                          -- when its source last told what it is
ADD COLUMN validate_after timestamptz,                        -- when it is asked about again
ADD COLUMN validation_lease_until timestamptz,                -- a worker is asking: no other one does
ADD COLUMN validation_reason text,                            -- why it is not valid, or was not asked about
ADD CONSTRAINT credential_is_asked_about_again CHECK (needs_validation OR validate_after IS NOT NULL);
