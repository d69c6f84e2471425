"""What happens in Redis in one step. Times in milliseconds."""

from __future__ import annotations

CLAIM = """
local answer = redis.call('GET', KEYS[1])
local override = redis.call('GET', KEYS[4])
if answer and ARGV[2] == 'read' then
  return {answer, override, false}
end
if redis.call('EXISTS', KEYS[2]) == 1 then
  return {false, override, false}
end
local token = redis.call('INCR', KEYS[3])
redis.call('PEXPIRE', KEYS[3], ARGV[3])
redis.call('SET', KEYS[2], token, 'PX', ARGV[1])
return {false, override, token}
"""
"""KEYS answer, lease, token, override; ARGV lease time, 'read' or 'skip' (an answer that cannot be
read), life of the token counter. Returns answer, override, token."""

RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
"""KEYS lease; ARGV token, lease time."""

STORE = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
redis.call('PUBLISH', ARGV[4], '1')
return 1
"""
"""KEYS answer, lease; ARGV token, answer, its life, channel."""

RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[2], '1')
return 1
"""
"""KEYS lease; ARGV token, channel."""
