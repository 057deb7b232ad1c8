-- What the sync DAGs ask at every run: which creators, posts and collections are due. See plugins/upbeat/flows/due/.
-- No index here may hold `observed_at`: it changes at every observation, and a change that touches no index stays in its page.

-- The newest posts of an account, and its posts of some age: in place of the index by account alone.
CREATE INDEX instagram_post_of_account ON beat.instagram_post (platform, profile_id, published_at DESC NULLS LAST);
DROP INDEX beat.instagram_post_profile;
CREATE INDEX youtube_post_of_account ON beat.youtube_post (platform, profile_id, published_at DESC NULLS LAST);
DROP INDEX beat.youtube_post_profile;

-- The posts of some age, whoever made them.
CREATE INDEX instagram_post_published ON beat.instagram_post (published_at);
CREATE INDEX youtube_post_published ON beat.youtube_post (published_at);

-- Collections know a post by the code in its address.
CREATE INDEX instagram_post_shortcode ON beat.instagram_post (shortcode);

-- Whether what ran from one day to another is measured on a day: it has begun (or will tomorrow, for its days are of the product's
-- time zone), and did not end longer ago than figures still grow. No day leaves its side open.
CREATE FUNCTION beat.is_measured(starts_on date, ends_on date, today date, days_after integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(starts_on <= today + 1, TRUE) AND coalesce(ends_on + days_after >= today, TRUE)
$$;

-- Campaigns whose creators are collected closely. One that is planned counts as begun, so that there is a time before; one that
-- was completed or cancelled ends with that change, if it does not say when.
CREATE FUNCTION beat.measured_campaign(today date, days_after integer)
RETURNS TABLE (campaign_id text, account_id text) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT campaign.campaign_id, campaign.account_id
    FROM coffee.campaign AS campaign
    WHERE campaign.deleted_at IS NULL
      AND beat.is_measured(
          NULL,
          CASE
              WHEN campaign.status IN ('COMPLETED', 'CANCELLED') THEN least(campaign.ends_on, campaign.updated_at::date)
              ELSE campaign.ends_on
          END,
          today,
          days_after
      )
$$;

-- Collections that are collected: one without an end of its own ends with the campaign that it measures.
CREATE FUNCTION beat.measured_collection(today date, days_after integer)
RETURNS TABLE (collection_id text, account_id text) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT collection.collection_id, collection.account_id
    FROM coffee.collection AS collection
    LEFT JOIN coffee.campaign AS campaign ON campaign.campaign_id = collection.campaign_id
    WHERE collection.deleted_at IS NULL
      AND beat.is_measured(collection.starts_on, coalesce(collection.ends_on, campaign.ends_on), today, days_after)
$$;

-- The creators of all these, each as often as it is in one.
CREATE FUNCTION beat.measured_creator(today date, days_after integer)
RETURNS TABLE (platform beat.platform, handle text, account_id text) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT member.platform, member.handle, measured.account_id
    FROM beat.measured_campaign(today, days_after) AS measured
    INNER JOIN coffee.campaign_profiles AS member ON member.campaign_id = measured.campaign_id
    UNION ALL
    SELECT member.platform, member.handle, measured.account_id
    FROM beat.measured_collection(today, days_after) AS measured
    INNER JOIN coffee.collection_profile AS member ON member.collection_id = measured.collection_id
$$;

-- Tracked creators with the tier by which they are collected: who is tracked for campaigns that have all ended goes on as long tail,
-- so that the history does. Who was added lately stays: the campaign's own message may come later.
CREATE FUNCTION beat.collected_creator(today date, days_after integer)
RETURNS TABLE (platform beat.platform, handle text, tier text, added_at timestamptz) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        tracked.platform,
        tracked.handle,
        CASE
            WHEN tracked.tier <> 'campaign' OR tracked.added_at::date + days_after >= today THEN tracked.tier
            WHEN (tracked.platform, tracked.handle) IN (
                SELECT creator.platform, creator.handle FROM beat.measured_creator(today, days_after) AS creator
            ) THEN tracked.tier
            ELSE 'long_tail'
        END,
        tracked.added_at
    FROM beat.tracked_profile AS tracked
$$;

-- Whose credentials of a source may be used, by the handle (of a shop: its name) and the user id that the credential's key states.
CREATE FUNCTION beat.connected_handle(of_source text)
RETURNS TABLE (handle text, user_id text) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT lower(ltrim(btrim(credential.handle), '@')), substr(credential.idempotency_key, length(credential.source) + 2)
    FROM beat.credential AS credential
    WHERE credential.source = of_source
      AND credential.enabled
      AND NOT credential.data_access_expired
      AND btrim(credential.handle) <> ''
$$;
