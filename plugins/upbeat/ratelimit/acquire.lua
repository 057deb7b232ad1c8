-- Decide a batch of requests, each over its whole stack of limits, in the order given.
--
-- KEYS[1..n]     the limits' keys: lists of the times of grants, oldest first, in microseconds of this server's clock
-- KEYS[n+1..2n]  the penalty of each: the time before which nothing passes (absent: none)
-- ARGV[1]        the requests as JSON: [[key's index, amount, period in microseconds, key's index, ...], ...]
--
-- Returns JSON: [microseconds to wait, index of the key waited for, ...] for each request; 0, 0 when it is granted.
-- A refused request writes nothing. Keys expire by themselves one period after their last grant.

local n = #KEYS / 2
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local penalties = redis.call('MGET', unpack(KEYS, n + 1))
local used, grants, keep, period_of = {}, {}, {}, {}
for k = 1, n do
  used[k], grants[k], keep[k], period_of[k] = redis.call('LLEN', KEYS[k]), {}, 0, 0
end

-- There is room when the amount-th newest grant, with this batch's own, is a whole period old.
local function wait_at(k, amount, period)
  local wait = penalties[k] and penalties[k] - now or 0
  local nth = used[k] + #grants[k] - amount
  if nth >= used[k] then
    return math.max(wait, period)
  elseif nth >= 0 then
    return math.max(wait, redis.call('LINDEX', KEYS[k], nth) + period - now)
  end
  return wait
end

local answers = {}
for _, request in ipairs(cjson.decode(ARGV[1])) do
  local longest, at = 0, 0
  for i = 1, #request, 3 do
    local wait = wait_at(request[i], request[i + 1], request[i + 2])
    if wait > longest then longest, at = wait, request[i] end
  end
  if longest == 0 then
    for i = 1, #request, 3 do
      local k = request[i]
      grants[k][#grants[k] + 1] = now
      keep[k] = math.max(keep[k], request[i + 1])
      period_of[k] = math.max(period_of[k], request[i + 2])
    end
  end
  answers[#answers + 1] = longest
  answers[#answers + 1] = at
end

for k = 1, n do
  if #grants[k] > 0 then
    local length = redis.call('RPUSH', KEYS[k], unpack(grants[k]))
    if length > keep[k] then redis.call('LTRIM', KEYS[k], -keep[k], -1) end
    -- A second more: expiry counts from the script's start, in milliseconds.
    redis.call('PEXPIRE', KEYS[k], math.ceil(period_of[k] / 1000) + 1000)
  end
end
return cjson.encode(answers)
