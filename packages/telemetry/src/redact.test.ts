import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createRedact } from './redact.ts'

const clean = createRedact()

describe('a text', () => {
  const forms: readonly (readonly [string, string, string])[] = [
    ['a bearer token', 'sent Bearer abc.DEF-1_2~3== on', 'sent Bearer [redacted] on'],
    ['basic credentials', 'authorization: basic dXNlcjpwYXNz', 'authorization: basic [redacted]'],
    ['a key that begins with sk-', 'key sk-proj-abc123XYZ: no', 'key [redacted]: no'],
    ['a Stripe key', 'sk_live_abc123XYZ', '[redacted]'],
    ['a GitHub token', 'x-ghp_0123456789abcdef', 'x-[redacted]'],
    ['an AWS key id', 'AKIAIOSFODNN7EXAMPLE', '[redacted]'],
    ['a JSON Web Token', 'jwt=eyJhbGciOi.eyJzdWIi.sig-_9', 'jwt=[redacted]'],
    ['an e-mail address', 'from <ana.li+x@mail.example.org>.', 'from <[redacted]>.'],
    ['an address of other letters', 'an jürgen@bücher.example', 'an [redacted]'],
    ['who logs in in a URL', 'redis://ana:p@ss@db:6379/0', 'redis://[redacted]@db:6379/0'],
    ['a key in a query', 'GET /v1?api_key=abc&x=1', 'GET /v1?api_key=[redacted]&x=1'],
    ['a password in JSON', '{"password": "a\\"b c","x":1}', '{"password": [redacted],"x":1}'],
    [
      'a password in a connection string',
      'host=db Password=hunter2;x',
      'host=db Password=[redacted];x',
    ],
    ['one with the short word for it', 'Uid=ana;Pwd=hunter2;', 'Uid=ana;Pwd=[redacted];'],
    ['a password in YAML', "PASSWORD: hunter2\nuser: 'ana'", "PASSWORD: [redacted]\nuser: 'ana'"],
    ['one in single quotes', "secret: 'a b', x", 'secret: [redacted], x'],
    ['one in JSON within JSON', '{\\"password\\":\\"a b\\",', '{\\"password\\":[redacted],'],
    [
      'one beside half a token',
      '"token":"token="{"password":"a b"}',
      '"token":[redacted]{"password":[redacted]}',
    ],
    ['a long token after a colon', 'token: 0123456789abcdef', 'token: [redacted]'],
    ['the signature of a URL', '?X-Amz-Signature=abc&x=1', '?X-Amz-Signature=[redacted]&x=1'],
    ['a shared access signature', '/a?sv=1&sig=ab%2Bc', '/a?sv=1&sig=[redacted]'],
    [
      'a private key',
      'key -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- end',
      'key [redacted] end',
    ],
    ['one that was cut', '-----BEGIN PRIVATE KEY-----\nMIIE', '[redacted]'],
  ]

  it.each(forms)('loses %s', (_what, text, expected) => {
    expect(clean(text)).toBe(expected)
  })

  it.each([
    'admin.token: must be text, got 5',
    'task-management, disk-encryption, risk-averse',
    'R1: gpt-x: answered 500 at http://127.0.0.1:8080/v1?x=1#y',
    'user @ home, 3 tokens',
    'bypass=1, design=flat',
  ])('keeps what is no secret: %s', (text) => {
    expect(clean(text)).toBe(text)
  })

  it('too long to be read is left out as a whole', () => {
    expect(clean('a'.repeat(32_769))).toBe('[text of 32769 characters left out]')
  })

  it.each(
    [
      ['a', 'a.', 'eyJ', 'eyJa', '://', 'Bearer ', 'token=', 'token="', '@', 'a@a.', '%40'],
      [
        'token: ',
        "password: '",
        'password',
        '\\\\',
        'password\\\\',
        '-----BEGIN ',
        '-----END ',
        ' ',
      ],
      ['-----BEGIN PRIVATE KEY-----', 'signature=', 'pass '],
    ].flat(),
  )('that repeats %j to its limit is read in time linear in its length', (part) => {
    // An exponential or cubic pattern would not come back; the runner's limit is what tells.
    expect(clean(part.repeat(Math.floor(32_768 / part.length)))).toBeTypeOf('string')
  })

  it('loses what the caller says it must', () => {
    const redact = createRedact({ patterns: [/\bID\d+/] })
    expect(redact('ID1 and ID22')).toBe('[redacted] and [redacted]')
  })
})

describe('a field', () => {
  it.each(
    [
      [
        'password',
        'apiKey',
        'x-api-key',
        'DB_PASSWORD',
        'Authorization',
        'set-cookie',
        'adminToken',
      ],
      ['client_secret', 'privateKey', 'credentials', 'accessKeys', 'session_jwt'],
      ['pass', 'db_pass', 'pwd', 'auth', 'proxyAuth', 'passcode', 'otp', 'sessionId'],
      ['privateKeyPem', 'passwordHash', 'secretKey', 'encryption_key'],
    ].flat(),
  )('named %s is a secret whatever it holds', (name) => {
    expect(clean({ [name]: ['x', { y: 1 }] })).toEqual({ [name]: '[redacted]' })
  })

  it('that is empty shows that it is', () => {
    const fields = { password: '', token: null, cookie: undefined }
    expect(clean(fields)).toEqual({ password: '', token: null })
  })

  it('that counts tokens is no secret', () => {
    const usage = { inputTokens: 5, tokens: { input: 5 }, tokenEnv: 'ADMIN', key: 'R1' }
    const alike = { bypass: 1, compass: 'N', author: 'ana', session: 5 }
    expect(clean(alike)).toEqual(alike)
    expect(clean(usage)).toEqual(usage)
  })

  it('is a secret also as a pair, in a list of names and values, and as an object with both', () => {
    const redacted = '[redacted]'
    expect(clean(new Map([['password', 'hunter2']]))).toEqual([['password', redacted]])
    expect(clean([['x-api-key', { y: 1 }]])).toEqual([['x-api-key', redacted]])
    const rawHeaders = ['Host', 'db', 'Cookie', 'a=1', 'Accept', '*/*']
    expect(clean({ rawHeaders })).toEqual({
      rawHeaders: ['Host', 'db', 'Cookie', redacted, 'Accept', '*/*'],
    })
    for (const name of ['name', 'key', 'Key', 'header', 'field', 'path', 'param']) {
      const field = { value: 'hunter2', [name]: 'DB_PASSWORD' }
      expect(clean([field])).toEqual([{ ...field, value: redacted }])
    }
    expect(clean([{ Name: 'token', Value: 'x' }])).toEqual([{ Name: 'token', Value: redacted }])
    const own = createRedact({ keys: ['user-name'] })
    expect(own([{ name: 'userName', value: 'ana' }])).toEqual([
      { name: 'userName', value: redacted },
    ])
  })

  it('that is no name, or names nothing secret, hides nothing', () => {
    const values = [
      ['forgot the password', 'next'],
      ['host', 'db'],
      { name: 'host', value: 'db' },
      { name: 'password', minimum: 8 },
    ]
    expect(clean(values)).toEqual(values)
  })

  it('named by the caller is a secret, however it is written', () => {
    const redact = createRedact({ keys: ['user-name'] })
    expect(redact({ user_name: 'ana', UserName: 'ana', name: 'R1' })).toEqual({
      user_name: '[redacted]',
      UserName: '[redacted]',
      name: 'R1',
    })
  })

  it('whose name is itself a secret loses it', () => {
    expect(clean({ 'ana@example.org': 1 })).toEqual({ '[redacted]': 1 })
  })

  it('may have any name', () => {
    const odd = JSON.parse('{"__proto__": "sk-abcdefgh", "constructor": 1}') as object
    expect(JSON.stringify(clean(odd))).toBe('{"__proto__":"[redacted]","constructor":1}')
  })
})

describe('a value', () => {
  it('is copied and never changed', () => {
    const value = { list: ['sk-abcdefgh'], at: { n: 1, yes: true, no: null } }
    const before = structuredClone(value)
    expect(clean(value)).toEqual({ list: ['[redacted]'], at: { n: 1, yes: true, no: null } })
    expect(value).toEqual(before)
  })

  it('of any kind becomes what JSON can hold', () => {
    const url = new URL('http://ana:hunter2@example.org/')
    const kinds = { big: 5n, date: new Date(0), url, map: new Map([['a', 1]]), set: new Set([2]) }
    expect(clean(kinds)).toEqual({
      big: '5',
      date: '1970-01-01T00:00:00.000Z',
      url: 'http://[redacted]@example.org/',
      map: [['a', 1]],
      set: [2],
    })
    expect(clean({ bytes: Buffer.from('sk-abcdefgh'), f: () => 1, s: Symbol('s') })).toEqual({
      bytes: '[11 bytes]',
    })
  })

  it('that holds itself, or goes on for too long, is cut there', () => {
    const ring: Record<string, unknown> = {}
    ring['again'] = ring
    expect(clean(ring)).toEqual({ again: '[circular]' })
    let deep: unknown = 'x'
    for (let i = 0; i < 20; i += 1) deep = [deep]
    expect(JSON.stringify(clean(deep))).toBe('[[[[[[[["[too deep]"]]]]]]]]')
    expect((clean(Array.from({ length: 1000 }, () => 1)) as unknown[]).slice(-2)).toEqual([
      1,
      '[800 more]',
    ])
    const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i]))
    expect(Object.keys(clean(wide) as object)).toHaveLength(200)
  })

  it('that has too much in it is cut, though no part of it is long', () => {
    let wide: unknown = 'x'
    for (let i = 0; i < 7; i += 1) wide = Array.from({ length: 200 }, () => wide)
    const line = JSON.stringify(clean(wide))
    expect(line).toContain('[left out]')
    expect(line.length).toBeLessThan(400_000)
    const long = 'x'.repeat(30_000)
    expect(JSON.stringify(clean(Array.from({ length: 200 }, () => long))).length).toBeLessThan(
      400_000,
    )
    expect(clean(long)).toBe(long)
  })

  it('that is a primitive in a box is taken out of it', () => {
    const boxes = [new String('sk-abcdefgh'), new Number(5), new Boolean(false), Object(5n)]
    expect(clean(boxes)).toEqual(['[redacted]', 5, false, '5'])
  })

  it('that stands in two places is no circle', () => {
    const one = { n: 1 }
    expect(clean([one, one])).toEqual([one, one])
  })

  it('that cannot be read is said to be so', () => {
    const bad = {
      get trap() {
        throw new Error('no')
      },
      toFail: {
        toJSON() {
          throw new Error('no')
        },
      },
      gone: Proxy.revocable({}, {}),
    }
    bad.gone.revoke()
    expect(clean(bad)).toMatchObject({
      trap: '[unreadable]',
      toFail: '[unreadable]',
      gone: { proxy: '[unreadable]' },
    })
  })
})

describe('an error', () => {
  it('shows its type, message, stack, fields and causes, without secrets', () => {
    class UpstreamError extends Error {
      override readonly name = 'UpstreamError'
      readonly code = 'UPSTREAM'
      readonly apiKey = 'abc'
    }
    const cause = new TypeError('sent Bearer abcdef')
    const error = new UpstreamError('refused sk-abcdefgh', { cause })
    expect(clean({ error })).toEqual({
      error: {
        type: 'UpstreamError',
        message: 'refused [redacted]',
        stack: expect.stringMatching(/^UpstreamError|^Error: refused \[redacted\]\n +at /),
        code: 'UPSTREAM',
        apiKey: '[redacted]',
        cause: {
          type: 'TypeError',
          message: 'sent Bearer [redacted]',
          stack: expect.stringContaining('[redacted]'),
        },
      },
    })
  })

  it('of several, or of another realm, shows them as well', () => {
    const both = new AggregateError([new Error('one'), new Error('two')], 'both')
    expect(clean(both)).toMatchObject({ errors: [{ message: 'one' }, { message: 'two' }] })
    const foreign = runInNewContext('new RangeError("far")') as unknown
    expect(clean(foreign)).toMatchObject({ type: 'RangeError', message: 'far' })
  })
})

it('an option that there is not is refused', () => {
  const unknown = { fields: ['x'] } as object
  expect(() => createRedact(unknown)).toThrow(
    'redact has no option fields; there is keys, patterns',
  )
  const text = ['sk-'] as unknown as RegExp[]
  expect(() => createRedact({ patterns: text })).toThrow(
    new TypeError('patterns must be regular expressions, got sk-'),
  )
})
