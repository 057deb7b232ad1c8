-- name: get
-- One campaign as it could be sent again; amounts are text. Index: primary keys.
SELECT
    jsonb_build_object(
        'campaign_id', campaign_id, 'account_id', account_id, 'name', name, 'brand', brand, 'status', status,
        'goal', goal, 'currency', currency, 'budget', budget::text, 'shops', shops, 'starts_on', starts_on,
        'ends_on', ends_on, 'created_at', created_at, 'updated_at', updated_at,
        'profiles', (
            SELECT
                coalesce(
                    jsonb_agg(
                        jsonb_strip_nulls(
                            jsonb_build_object(
                                'platform', member.platform, 'handle', member.handle, 'profile_id', member.profile_id,
                                'fee', member.fee::text, 'agreed_posts', member.agreed_posts,
                                'discount_codes', member.discount_codes, 'added_at', member.added_at
                            )
                        )
                        ORDER BY member.platform, member.handle
                    ),
                    '[]'
                )
            FROM coffee.campaign_profiles AS member
            WHERE member.campaign_id = campaign.campaign_id
        ),
        'costs', (
            SELECT
                coalesce(
                    jsonb_agg(
                        jsonb_strip_nulls(
                            jsonb_build_object(
                                'cost_id', cost.cost_id, 'kind', cost.kind, 'amount', cost.amount::text,
                                'incurred_on', cost.incurred_on, 'platform', cost.platform, 'handle', cost.handle,
                                'shortcode', cost.shortcode, 'note', cost.note
                            )
                        )
                        ORDER BY cost.cost_id
                    ),
                    '[]'
                )
            FROM coffee.campaign_cost AS cost
            WHERE cost.campaign_id = campaign.campaign_id
        )
    )
FROM coffee.campaign
WHERE
    campaign_id = %(id)s AND deleted_at IS NULL
    AND (%(account_id)s::text IS NULL OR account_id = %(account_id)s);

-- name: list
-- A page of campaigns, without what belongs to them. Index: primary key.
SELECT
    jsonb_build_object(
        'campaign_id', campaign_id, 'account_id', account_id, 'name', name, 'brand', brand, 'status', status,
        'goal', goal, 'currency', currency, 'budget', budget::text, 'starts_on', starts_on, 'ends_on', ends_on,
        'created_at', created_at, 'updated_at', updated_at
    )
FROM coffee.campaign
WHERE
    campaign_id > %(after)s AND deleted_at IS NULL
    AND (%(account_id)s::text IS NULL OR account_id = %(account_id)s)
    AND (%(status)s::text IS NULL OR status::text = %(status)s)
ORDER BY campaign_id
LIMIT %(limit)s;

-- name: lock
SELECT account_id, updated_at, deleted_at IS NOT NULL AS deleted FROM coffee.campaign
WHERE campaign_id = %(id)s
FOR UPDATE;
