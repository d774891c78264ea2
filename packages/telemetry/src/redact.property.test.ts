import fc from 'fast-check'
import { expect, it } from 'vitest'
import { logFacts } from './log-facts.ts'

// fast-check prints the seed with every failure.

/** The part that must never be read: nothing else makes such a text. */
const core = fc.stringMatching(/^zq[A-Za-z0-9]{10,20}qz$/)

/** What has a form by which it is known, wherever it stands. */
const FORMS: readonly ((core: string) => string)[] = [
  (core) => `Bearer ${core}`,
  (core) => `bearer  ${core}.${core}`,
  (core) => `Basic ${core}=`,
  (core) => `sk-${core}`,
  (core) => `sk-proj-${core}_${core}`,
  (core) => `ghp_${core}`,
  (core) => `eyJ${core}.${core}.${core}`,
  (core) => `${core}@example.org`,
  (core) => `a.${core}+b@mail.example.org`,
  (core) => `https://${core}:x@example.org/a`,
  (core) => `postgres://user:${core}@db/name`,
  (core) => `?api_key=${core}`,
  (core) => `{"password":"${core}"}`,
]
const NAMES = [
  'password',
  'apiKey',
  'x-api-key',
  'Authorization',
  'cookie',
  'client_secret',
  'token',
]

// Beginnings of forms, which could swallow half of what comes after them.
const fragment = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom(
    'Bearer ',
    'sk-',
    '://',
    '@',
    'token=',
    '"token":"',
    'eyJabcde.',
    'a@b.',
    '%',
    '"',
    '\\',
  ),
)
const around = fc.array(fragment, { maxLength: 4 }).map((parts) => parts.join(''))
/** Something that ends a word, so that the secret begins one. */
const between = fc.constantFrom(' ', '\n', '<', '"', '=', ',', '(', '_')
const text = fc
  .tuple(
    around,
    between,
    core,
    fc.constantFrom(...FORMS),
    fc.constantFrom('', ' ', '"', '>'),
    around,
  )
  .map(([before, begin, core, form, end, after]) => ({
    core,
    value: `${before}${begin}${form(core)}${end}${after}`,
  }))

const carrier = fc.constantFrom<(value: string) => unknown>(
  (value) => value,
  (value) => [[value]],
  (value) => new Map([[value, new Set([value])]]),
  (value) => ({ [value]: { inner: value } }),
  (value) => new Error(value),
  (value) => new Error('outside', { cause: new AggregateError([new Error(value)], value) }),
  (value) => Object.assign(new Error('x'), { body: value, response: { text: value } }),
  (value) => ({ toJSON: () => ({ value }) }),
  (value) => Buffer.from(value),
)

/** The line that a fact makes. */
function lineOf(fact: { readonly kind: 'x' }, message: string): string {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const observe = logFacts<typeof fact>({ x: { level: 'info', message } }, { destination })
  observe(fact)
  expect(lines).toHaveLength(1)
  expect(() => JSON.parse(lines[0]!) as unknown).not.toThrow()
  return lines[0]!
}

it('a line never holds a secret that shows by its form, wherever it was', () => {
  fc.assert(
    fc.property(text, carrier, fc.constantFrom('error', 'note'), (secret, carry, field) => {
      const fact = { kind: 'x', [field]: carry(secret.value) } as const
      expect(lineOf(fact, secret.value)).not.toContain(secret.core)
    }),
    { numRuns: 3000 },
  )
})

it('a line never holds a secret that shows by the name it is kept under', () => {
  const holder = fc.constantFrom<(name: string, value: unknown) => unknown>(
    (name, value) => ({ [name]: value }),
    (name, value) => [{ deep: { [name]: value } }],
    (name, value) => Object.assign(new Error('x'), { headers: { [name]: value } }),
    (name, value) => new Map([[name, value]]),
    (name, value) => ({ rawHeaders: ['Host', 'db', name, value] }),
    (name, value) => [{ name, value }],
  )
  fc.assert(
    fc.property(core, fc.constantFrom(...NAMES), holder, carrier, (core, name, hold, carry) => {
      const fact = { kind: 'x', note: hold(name, carry(core)) } as const
      expect(lineOf(fact, 'a message')).not.toContain(core)
    }),
    { numRuns: 1000 },
  )
})
