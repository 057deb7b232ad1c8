-- Let nothing pass a limit for a while. A longer penalty that stands is kept.
--
-- KEYS[1]  the limit's penalty key
-- ARGV[1]  microseconds from now

local clock = redis.call('TIME')
local ends = clock[1] * 1000000 + clock[2] + ARGV[1]
local stands = redis.call('GET', KEYS[1])
if not stands or tonumber(stands) < ends then
  redis.call('SET', KEYS[1], ends, 'PX', math.ceil(ARGV[1] / 1000) + 1000)
end
