import { expect, it } from 'vitest'
import { retryAfterMs } from './index.ts'

const WALL_MS = Date.UTC(1994, 10, 6, 8, 49, 30)

it.each([
  ['120', 120_000],
  ['0', 0],
  [' 7 ', 7_000],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 7_000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 7_000],
  ['Sun Nov  6 08:49:37 1994', 7_000],
  ['Sun, 06 Nov 1994 08:49:00 GMT', 0],
  ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
])('Retry-After: %s is %d ms', (header, ms) => {
  expect(retryAfterMs(header, WALL_MS)).toBe(ms)
})

it.each([
  null,
  undefined,
  '',
  '-1',
  '1.5',
  '1e3',
  'soon',
  'November',
  '2026-11-21T00:00:00Z',
  'Sun, 99 Nov 1994 08:49:37 GMT',
])('Retry-After: %s asks for nothing', (header) => {
  expect(retryAfterMs(header, WALL_MS)).toBeNull()
})
