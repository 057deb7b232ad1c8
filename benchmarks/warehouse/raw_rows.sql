-- Raw rows of a seeded world, made by ClickHouse itself: hashes in the place of chance, so that every run has the same.
-- {database} is the raw database; the figures are query parameters. Creators 0 … profiles-1: every fifth is a channel.
-- Ingestion follows observation by a minute, so that the newest four hours are a small share, as in life.

-- name: instagram_account
INSERT INTO {database}.instagram_account
    (platform, profile_id, handle, full_name, biography, category, is_verified, followers_count, following_count, posts_count, source, observed_at, _event_id, _ingested_at)
SELECT
    'INSTAGRAM', toString(number), concat('creator_', toString(number)), concat('Creator ', toString(number)), 'Says something of herself.',
    arrayElement(['Media', 'Food', 'Sports', 'Beauty', 'Travel', 'Gaming'], 1 + cityHash64(number, 'category') % 6),
    cityHash64(number) % 20 = 0, toInt64(exp2(7 + cityHash64(number, 'size') % 1600 / 100)), cityHash64(number, 'f') % 3000, cityHash64(number, 'p') % 2000,
    'lama', {now:DateTime64(6, 'UTC')}, number + 1, {now:DateTime64(6, 'UTC')}
FROM numbers({profiles:UInt64}) WHERE number % 5 != 0;

-- name: youtube_account
INSERT INTO {database}.youtube_account
    (platform, profile_id, handle, full_name, category, followers_count, posts_count, views_count, country, source, observed_at, _event_id, _ingested_at)
SELECT
    'YOUTUBE', toString(number), concat('channel_', toString(number)), concat('Channel ', toString(number)),
    arrayElement(['Music', 'Gaming', 'Education', 'Comedy'], 1 + cityHash64(number, 'category') % 4),
    toInt64(exp2(7 + cityHash64(number, 'size') % 1600 / 100)), cityHash64(number, 'p') % 2000, cityHash64(number, 'v') % 100000000,
    arrayElement(['IN', 'US', 'BR'], 1 + cityHash64(number, 'country') % 3), 'ytapi', {now:DateTime64(6, 'UTC')}, number + 1, {now:DateTime64(6, 'UTC')}
FROM numbers({profiles:UInt64}) WHERE number % 5 = 0;

-- name: instagram_post
INSERT INTO {database}.instagram_post
    (platform, post_id, profile_id, handle, shortcode, post_type, caption, published_at, likes_count, comments_count, plays_count, is_paid_partnership, source, observed_at, _event_id, _ingested_at)
SELECT
    'INSTAGRAM', toString(number), toString(profile), concat('creator_', toString(profile)), concat('S', toString(number)),
    arrayElement(['image', 'reel', 'carousel', 'video'], 1 + cityHash64(number, 't') % 4),
    concat('Look at this #tag', toString(cityHash64(number, 'tag') % 5000), ' #daily with @brand', toString(cityHash64(number, 'brand') % 2000)),
    {now:DateTime64(6, 'UTC')} - toIntervalSecond(cityHash64(number, 'age') % (90 * 86400)) AS published_at,
    cityHash64(number, 'l') % 50000, cityHash64(number, 'c') % 900, cityHash64(number, 'w') % 400000, cityHash64(number, 'paid') % 15 = 0,
    'lama', published_at + toIntervalMinute(60), number + 1, published_at + toIntervalMinute(61)
FROM (SELECT number, cityHash64(number, 'owner') % intDiv({profiles:UInt64}, 5) * 5 + 1 + cityHash64(number, 'which') % 4 AS profile
      FROM numbers({posts:UInt64}) WHERE number % 5 != 0);

-- name: youtube_post
INSERT INTO {database}.youtube_post
    (platform, post_id, profile_id, handle, post_type, title, caption, published_at, likes_count, comments_count, plays_count, source, observed_at, _event_id, _ingested_at)
SELECT
    'YOUTUBE', toString(number), toString(profile), concat('channel_', toString(profile)), 'video', concat('Video ', toString(number)),
    concat('About #tag', toString(cityHash64(number, 'tag') % 5000)),
    {now:DateTime64(6, 'UTC')} - toIntervalSecond(cityHash64(number, 'age') % (90 * 86400)) AS published_at,
    cityHash64(number, 'l') % 50000, cityHash64(number, 'c') % 900, cityHash64(number, 'w') % 400000,
    'ytapi', published_at + toIntervalMinute(60), number + 1, published_at + toIntervalMinute(61)
FROM (SELECT number, cityHash64(number, 'owner') % intDiv({profiles:UInt64}, 5) * 5 AS profile FROM numbers({posts:UInt64}) WHERE number % 5 = 0);

-- name: profile_log
-- Observation `number` belongs to day `number / profiles` before now, or, of the new rows, to the last hour.
INSERT INTO {database}.profile_log (platform, profile_id, handle, dimensions, metrics, source, timestamp, _event_id, _ingested_at)
SELECT
    if(profile % 5 = 0, 'YOUTUBE', 'INSTAGRAM'), toString(profile), handle,
    concat('{"handle":"', handle, '","category":"Media","is_verified":false}'),
    concat('{"followers":', toString(toInt64(exp2(7 + cityHash64(profile, 'size') % 1600 / 100)) + 400 - day + cityHash64(number) % 50),
           ',"following":', toString(cityHash64(profile, 'f') % 3000), ',"media_count":', toString(500 - day), '}'),
    if(profile % 5 = 0, 'ytapi', 'lama'), at, {first_event:UInt64} + number, at + toIntervalMinute(1)
FROM (
    SELECT
        number, if({is_new:Bool}, cityHash64(number, 'new') % {profiles:UInt64}, number % {profiles:UInt64}) AS profile,
        if({is_new:Bool}, 0, intDiv(number, {profiles:UInt64})) AS day,
        concat(if(profile % 5 = 0, 'channel_', 'creator_'), toString(profile)) AS handle,
        {now:DateTime64(6, 'UTC')} - toIntervalDay(day) - toIntervalSecond(cityHash64(number, 'second') % if({is_new:Bool}, 3000, 80000)) AS at
    FROM numbers({log_rows:UInt64})
);

-- name: post_log
INSERT INTO {database}.post_log (platform, post_id, profile_id, dimensions, metrics, source, timestamp, _event_id, _ingested_at)
SELECT
    post.platform, post.post_id, post.profile_id, '{}',
    concat('{"likes":', toString(intDiv(post.likes_count * (1 + step), 4)), ',"comments":', toString(intDiv(post.comments_count * (1 + step), 4)),
           ',"plays":', toString(intDiv(post.plays_count * (1 + step), 4)), '}'),
    post.source,
    least({now:DateTime64(6, 'UTC')}, if({is_new:Bool}, {now:DateTime64(6, 'UTC')} - toIntervalSecond(cityHash64(post.post_id) % 3000), post.published_at + toIntervalHour(1 + step * 20))) AS at,
    {first_event:UInt64} + rowNumberInAllBlocks(),
    at + toIntervalMinute(1)
FROM (
    SELECT platform, post_id, profile_id, likes_count, comments_count, plays_count, source, published_at FROM {database}.instagram_post
    UNION ALL
    SELECT platform, post_id, profile_id, likes_count, comments_count, plays_count, source, published_at FROM {database}.youtube_post
) AS post
ARRAY JOIN range({steps:UInt8}) AS step
WHERE NOT {is_new:Bool} OR cityHash64(post.post_id, 'new') % {one_of:UInt64} = 0
SETTINGS max_threads = 2;

-- name: instagram_post_again
-- Posts that were seen anew, with grown counts; `one_of` 100 takes a hundredth.
INSERT INTO {database}.instagram_post
    (platform, post_id, profile_id, handle, shortcode, post_type, caption, published_at, likes_count, comments_count, plays_count, is_paid_partnership, source, observed_at, _event_id, _ingested_at)
SELECT
    platform, post_id, profile_id, handle, shortcode, post_type, caption, published_at, likes_count + 10, comments_count + 1, plays_count + 100, is_paid_partnership,
    source, {now:DateTime64(6, 'UTC')}, {first_event:UInt64} + _event_id, {now:DateTime64(6, 'UTC')}
FROM {database}.instagram_post WHERE cityHash64(post_id, 'again') % {one_of:UInt64} = 0;

-- name: youtube_post_again
INSERT INTO {database}.youtube_post
    (platform, post_id, profile_id, handle, post_type, title, caption, published_at, likes_count, comments_count, plays_count, source, observed_at, _event_id, _ingested_at)
SELECT
    platform, post_id, profile_id, handle, post_type, title, caption, published_at, likes_count + 10, comments_count + 1, plays_count + 100,
    source, {now:DateTime64(6, 'UTC')}, {first_event:UInt64} + _event_id, {now:DateTime64(6, 'UTC')}
FROM {database}.youtube_post WHERE cityHash64(post_id, 'again') % {one_of:UInt64} = 0;
