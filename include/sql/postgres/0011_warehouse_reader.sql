-- What happens to credentials, for the warehouse: which of a source's credentials could be used when. A trigger writes it, since five
-- statements of the pool and people in psql change that table. Nothing here tells a secret: the key is a hash of the credential's name.

CREATE TABLE beat.credential_event (
    credential_event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    credential_key      text NOT NULL,                      -- the same for one credential, also when it comes back
    source              text NOT NULL,
    handle              text,
    event               text NOT NULL CHECK (event IN (
        'added',
        'replaced',    -- other secrets under the same name
        'enabled',     -- by a person
        'disabled',    -- by a person
        'rested',      -- until disabled_till
        'expired',     -- its access to data
        'renewed',     -- its access to data
        'validated',   -- its source says that it is valid
        'refused',     -- its source says that it is not
        'removed'
    )),
    disabled_till       timestamptz,
    at                  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX credential_event_at ON beat.credential_event (at);

CREATE FUNCTION beat.tell_credential_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told beat.credential := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    events text[] := '{}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        events := ARRAY['added'];
    ELSIF TG_OP = 'DELETE' THEN
        events := ARRAY['removed'];
    ELSE
        -- Another key of encryption changes the secrets' bytes too, but not updated_at.
        IF NEW.credentials <> OLD.credentials AND NEW.updated_at <> OLD.updated_at THEN
            events := events || 'replaced'::text;
        ELSIF NEW.needs_validation
            AND (NOT OLD.needs_validation OR NEW.validated_at IS DISTINCT FROM OLD.validated_at) THEN
            events := events || 'refused'::text;
        ELSIF NEW.validated_at IS DISTINCT FROM OLD.validated_at THEN
            events := events || 'validated'::text;
        END IF;
        IF NEW.enabled <> OLD.enabled THEN
            events := events || CASE WHEN NEW.enabled THEN 'enabled' ELSE 'disabled' END;
        END IF;
        IF NEW.data_access_expired <> OLD.data_access_expired THEN
            events := events || CASE WHEN NEW.data_access_expired THEN 'expired' ELSE 'renewed' END;
        END IF;
        IF NEW.disabled_till > COALESCE(OLD.disabled_till, '-infinity') THEN
            events := events || 'rested'::text;
        END IF;
    END IF;
    INSERT INTO beat.credential_event (credential_key, source, handle, event, disabled_till)
    SELECT encode(sha256(convert_to(told.idempotency_key, 'UTF8')), 'hex'), told.source, told.handle, event, told.disabled_till
    FROM unnest(events) AS event;
    RETURN NULL;
END
$$;

CREATE TRIGGER credential_event
AFTER INSERT OR DELETE
OR UPDATE OF credentials, enabled, data_access_expired, disabled_till, needs_validation, validated_at ON beat.credential
FOR EACH ROW EXECUTE FUNCTION beat.tell_credential_event();

-- What is there now was added when its row was made.
INSERT INTO beat.credential_event (credential_key, source, handle, event, at)
SELECT encode(sha256(convert_to(idempotency_key, 'UTF8')), 'hex'), source, handle, 'added', created_at
FROM beat.credential
ORDER BY id;
