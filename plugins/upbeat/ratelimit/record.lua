-- Write down grants that were made while this server was away.
--
-- KEYS[1..n]  the limits' keys, as in acquire.lua
-- ARGV[1]     JSON: [[period in microseconds, age of a grant in microseconds, ...], ...], one entry per key

local CHUNK = 1000 -- arguments of one call; Lua's stack bounds them
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]

-- The list stays in order of time: what is newer than the oldest of ours is taken off and put back, merged.
local function take_newer_than(key, time, into)
  local last = redis.call('LINDEX', key, -1)
  while last and tonumber(last) > time do
    into[#into + 1] = tonumber(redis.call('RPOP', key))
    last = redis.call('LINDEX', key, -1)
  end
end

for i, entry in ipairs(cjson.decode(ARGV[1])) do
  local key, times = KEYS[i], {}
  for j = 2, #entry do times[j - 1] = now - entry[j] end
  table.sort(times)
  take_newer_than(key, times[1], times)
  table.sort(times)
  for start = 1, #times, CHUNK do
    redis.call('RPUSH', key, unpack(times, start, math.min(start + CHUNK - 1, #times)))
  end
  redis.call('PEXPIRE', key, math.ceil(entry[1] / 1000) + 1000)
end
