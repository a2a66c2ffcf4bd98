-- Takes from, or gives back to, several counts at once: all or nothing when it takes.
-- KEYS: one a count. ARGV: "take" or "give", then six a count: kind (0 rate, 1 sum, 2 hold), n, limit, window in microseconds,
-- until in milliseconds, holder. Answer: the index of the first that was refused (-1: none), then left, reset and retry in
-- microseconds for each.
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000000 + tonumber(t[2])
local HELD = 10000 -- milliseconds that a place is held without being renewed

local function text(v) return string.format('%.0f', v) end

local function look(i)
  local key, at = KEYS[i], 2 + (i - 1) * 6
  local kind, n, limit = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local window, till, id = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), ARGV[at + 5]
  if kind == '0' then
    local full = tonumber(redis.call('GET', key) or '0')
    if full < now then full = now end
    local used, cost = full - now, n * window / limit
    local over = used + cost - window
    local function free(u) return math.max(0, math.floor((window - u) / window * limit + 0.000001)) end
    return over <= 1, free(used), used, math.max(0, over), function(by)
      local f = math.max(now, full + by * window / limit)
      if f > now then
        redis.call('SET', key, text(f), 'PX', text(math.ceil((f - now) / 1000) + 1000))
      else
        redis.call('DEL', key)
      end
      return free(f - now), f - now
    end
  elseif kind == '1' then
    local sum = tonumber(redis.call('GET', key) or '0')
    local reset = math.max(0, till * 1000 - now)
    return sum + n <= limit, math.max(0, limit - sum), reset, reset, function(by)
      local after = redis.call('INCRBY', key, text(by))
      if after < 0 then
        redis.call('SET', key, '0')
        after = 0
      end
      redis.call('PEXPIREAT', key, text(till))
      return math.max(0, limit - after), reset
    end
  end
  redis.call('ZREMRANGEBYSCORE', key, '-inf', text(now / 1000))
  local held = redis.call('ZCARD', key)
  local mine = redis.call('ZSCORE', key, id)
  return mine or held < limit, math.max(0, limit - held), 0, 1000000, function(by)
    if by < 0 then
      redis.call('ZREM', key, id)
    else
      redis.call('ZADD', key, text(now / 1000 + HELD), id)
      redis.call('PEXPIRE', key, text(2 * HELD))
    end
    return math.max(0, limit - redis.call('ZCARD', key)), 0
  end
end

local out, apply = {'-1'}, {}
for i = 1, #KEYS do
  local ok, left, reset, retry, add = look(i)
  out[#out + 1], out[#out + 2], out[#out + 3] = text(left), text(reset), ok and '0' or text(retry)
  if not ok and ARGV[1] == 'take' then
    out[1] = text(i - 1)
    return out
  end
  apply[i] = add
end
for i = 1, #KEYS do
  local n = tonumber(ARGV[3 + (i - 1) * 6])
  if ARGV[1] == 'give' then n = -n end
  if ARGV[2 + (i - 1) * 6] == '2' and ARGV[1] == 'give' then n = -1 end
  local left, reset = apply[i](n)
  out[2 + (i - 1) * 3], out[3 + (i - 1) * 3] = text(left), text(reset)
end
return out
