-- How full limits are, and when their requests went out. Writes nothing.
--
-- KEYS[1..n]     the limits' keys, as in acquire.lua
-- KEYS[n+1..2n]  their penalty keys
-- ARGV[1]        JSON: [[amount, period in microseconds], ...], one pair per limit
-- ARGV[2]        into how many equal parts (at most) a window's grants are split
--
-- Returns JSON: [[grants in the window, microseconds to wait, of them penalty, age of the newest grant of each part, oldest part
-- first, ...], ...], one entry per limit; ages in microseconds. Part j of m ends with grant ceil(grants * j / m).

local n = #KEYS / 2
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]

local function time_at(key, index) return tonumber(redis.call('LINDEX', key, index)) end

-- Times only grow, so the first one inside the window is found by halving.
local function first_inside(key, length, period)
  local low, high = 0, length
  while low < high do
    local middle = math.floor((low + high) / 2)
    if time_at(key, middle) + period > now then high = middle else low = middle + 1 end
  end
  return low
end

local answers = {}
for i, limit in ipairs(cjson.decode(ARGV[1])) do
  local key, amount, period = KEYS[i], limit[1], limit[2]
  local length = redis.call('LLEN', key)
  local first = first_inside(key, length, period)
  local used = length - first
  local penalty = math.max(0, (redis.call('GET', KEYS[n + i]) or now) - now)
  local wait = penalty
  if used >= amount then wait = math.max(wait, time_at(key, length - amount) + period - now) end
  local answer = { used, wait, penalty }
  local parts = math.min(used, tonumber(ARGV[2]))
  for j = 1, parts do
    answer[#answer + 1] = now - time_at(key, first + math.ceil(used * j / parts) - 1)
  end
  answers[i] = answer
end
return cjson.encode(answers)
