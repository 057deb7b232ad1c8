-- What campaigns, collections and lists have in common.

-- name: hold
-- Until the end of the transaction nobody else writes this entity over the API, also where it has no row yet.
SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 0));

-- name: now
SELECT clock_timestamp();

-- name: own_campaign
-- Whether the account has this campaign. Index: primary key.
SELECT campaign_id FROM coffee.campaign
WHERE campaign_id = %(id)s AND account_id = %(account_id)s AND deleted_at IS NULL;
