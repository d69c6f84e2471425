"""What happens in Redis in one step. Times in milliseconds."""

from __future__ import annotations

CLAIM = """
local answer = redis.call('GET', KEYS[1])
local override = redis.call('GET', KEYS[4])
local suspicion = redis.call('GET', KEYS[5])
if answer and ARGV[2] == 'read' then
  return {answer, override, suspicion, false}
end
if redis.call('EXISTS', KEYS[2]) == 1 then
  return {false, override, suspicion, false}
end
local token = redis.call('INCR', KEYS[3])
redis.call('PEXPIRE', KEYS[3], ARGV[3])
redis.call('SET', KEYS[2], token, 'PX', ARGV[1])
return {false, override, suspicion, token}
"""
"""KEYS answer, lease, token, override, suspicion; ARGV lease time, 'read' or 'skip' (an answer that
cannot be read), life of the token counter. Returns answer, override, suspicion, token."""

RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
"""KEYS lease; ARGV token, lease time."""

STORE = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2], KEYS[3])
redis.call('PUBLISH', ARGV[4], '1')
return 1
"""
"""KEYS answer, lease, suspicion; ARGV token, answer, its life, channel. The suspicion goes: the
engine lived to give the answer."""

RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[2], '1')
return 1
"""
"""KEYS lease; ARGV token, channel."""

ACCUSE = """
local deaths, among, convicted = 1, tonumber(ARGV[1]), ARGV[2] == '1'
local read, known = pcall(cjson.decode, redis.call('GET', KEYS[1]) or '')
if read and type(known) == 'table' then
  local before = math.floor(tonumber(known['deaths']) or 0)
  if before > 0 then
    deaths = before + 1
    among = math.min(among, math.floor(tonumber(known['among']) or among))
  end
  convicted = convicted or known['convicted'] == true
end
local suspicion = string.format(
  '{"deaths":%d,"among":%d,"convicted":%s,"last_death_ms":%s}',
  deaths, among, tostring(convicted), ARGV[3])
redis.call('SET', KEYS[1], suspicion, 'PX', ARGV[4])
"""
"""KEYS suspicion; ARGV contents in the engine, 1 if the content was asked about alone, the time of
the death, life of the suspicion. The rule is ``Suspicion.after_death``; a value that cannot be read
counts as none."""
