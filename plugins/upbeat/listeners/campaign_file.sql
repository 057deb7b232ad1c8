-- name: list_campaigns
-- Few rows: a product has hundreds of campaigns, not millions.
SELECT
    campaign.campaign_id,
    campaign.name,
    campaign.brand,
    campaign.status::text AS status,
    campaign.goal::text AS goal,
    campaign.currency,
    campaign.budget,
    campaign.starts_on,
    campaign.ends_on,
    (SELECT count(*) FROM coffee.campaign_profiles AS member WHERE member.campaign_id = campaign.campaign_id) AS profiles,
    (SELECT coalesce(sum(cost.amount), 0) FROM coffee.campaign_cost AS cost WHERE cost.campaign_id = campaign.campaign_id)
        AS cost,
    (
        SELECT count(*) FROM coffee.collection
        WHERE collection.campaign_id = campaign.campaign_id AND collection.deleted_at IS NULL
    ) AS collections,
    campaign.updated_at
FROM coffee.campaign
WHERE campaign.deleted_at IS NULL
ORDER BY campaign.starts_on DESC NULLS LAST, campaign.campaign_id;

-- name: list_collections
-- A collection has members in one of the four tables.
SELECT
    collection.collection_id,
    collection.kind::text AS kind,
    collection.name,
    collection.campaign_id,
    (SELECT count(*) FROM coffee.collection_post AS member WHERE member.collection_id = collection.collection_id)
    + (SELECT count(*) FROM coffee.collection_profile AS member WHERE member.collection_id = collection.collection_id)
    + (SELECT count(*) FROM coffee.collection_hashtag AS member WHERE member.collection_id = collection.collection_id)
    + (SELECT count(*) FROM coffee.keyword_collection AS member WHERE member.collection_id = collection.collection_id)
        AS members,
    collection.updated_at
FROM coffee.collection
WHERE collection.deleted_at IS NULL
ORDER BY collection.campaign_id NULLS LAST, collection.collection_id;
