-- Say that a worker lives, and count who does.
--
-- KEYS[1]  the sorted set of workers: id by time of the last beat, in milliseconds of this server's clock
-- ARGV[1]  this worker's id
-- ARGV[2]  milliseconds after its last beat at which a worker counts as gone
--
-- Returns the number of live workers, this one included.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
