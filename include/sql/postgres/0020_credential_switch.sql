-- When it was last said whether a credential is to be used, by a person or a message: an older message that comes late does not undo it.
-- Unlike a change of secrets (beat.credential_change) it keeps no message from bringing others.
ALTER TABLE beat.credential ADD COLUMN switched_at timestamptz;
