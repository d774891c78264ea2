import { describe, expect, it } from 'vitest'
import { environmentSnapshot, redacted, REMOVED } from './redact.ts'

describe('secrets', () => {
  it.each([
    'NOVA_API_KEY',
    'apiKey',
    'access-key',
    'DB_PASSWORD',
    'passwd',
    'clientSecret',
    'NOVA_AUTH',
    'session_id',
    'Authorization',
    'privateKey',
    'SENTRY_DSN',
    'key',
  ])('go by the name %s', (name) => {
    expect(redacted({ [name]: 'x' })).toEqual({ [name]: REMOVED })
  })

  it.each([
    ['Bearer abcdefgh12345678', REMOVED],
    ['https://user:pass@host/path', `https://${REMOVED}@host/path`],
    ['redis://:pass@host', `redis://${REMOVED}@host`],
    ['https://host/?api_token=abc&page=2', `https://host/?api_token=${REMOVED}&page=2`],
    ['sk-abcdefghijklmnop', REMOVED],
    ['ghp_abcdefghijklmnopqrst', REMOVED],
    ['AKIAABCDEFGHIJKLMNOP', REMOVED],
    ['eyJhbGciOiJI.eyJzdWIi.abc-def', REMOVED],
    ['-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----', REMOVED],
  ])('go by the form %s', (text, expected) => {
    expect(redacted(text)).toBe(expected)
  })

  it('go wherever they are, and nothing else does', () => {
    const value = {
      list: [{ token: 'x' }, 'https://a:b@c'],
      keyboard: 'qwerty',
      authors: ['ana'],
      build: 'abc1234',
      count: 3,
      none: null,
    }
    expect(redacted(value)).toEqual({
      ...value,
      list: [{ token: REMOVED }, `https://${REMOVED}@c`],
    })
  })

  it('are not in the snapshot of an environment, which has the NOVA_ variables only', () => {
    const env = { NOVA_B: '2', NOVA_A: '1', HOME: '/root', NOVA_TOKEN: 'x', NOVA_U: undefined }
    expect(environmentSnapshot(env)).toEqual({ NOVA_A: '1', NOVA_B: '2', NOVA_TOKEN: REMOVED })
    expect(Object.keys(environmentSnapshot(env))).toEqual(['NOVA_A', 'NOVA_B', 'NOVA_TOKEN'])
  })
})
