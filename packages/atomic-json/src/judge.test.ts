import { isDeepStrictEqual } from 'node:util'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { compressed } from './encoding.ts'
import { printEnvelope } from './envelope.ts'
import { judge } from './judge.ts'
import { printJson } from './print-json.ts'

const limits = { envelope: false, maxBytes: 100_000 }
const judged = (text: string | Uint8Array, options = limits) =>
  judge(typeof text === 'string' ? Buffer.from(text) : text, options)

const value = { arms: [1, 2.5, 'öl 😀'], nested: { list: Array.from({ length: 30 }, (_, i) => i) } }

describe('judging the bytes of a file', () => {
  it('calls no bytes and mere white space empty', () => {
    expect(judged('')).toMatchObject({ kind: 'empty' })
    expect(judged('\ufeff \n')).toMatchObject({ kind: 'empty' })
  })

  it('takes off a byte order mark', () => {
    expect(judged('\ufeff{"a":1}\n')).toEqual({ kind: 'ok', value: { a: 1 }, generation: null })
  })

  it('calls invalid UTF-8, UTF-16 and NUL bytes invalid', () => {
    expect(judged(Buffer.from([0x22, 0xff, 0x22]))).toEqual({
      kind: 'invalid',
      reason: 'not UTF-8',
    })
    expect(judged(Buffer.from('\ufeff{}', 'utf16le'))).toMatchObject({ kind: 'invalid' })
    expect(judged(Buffer.alloc(50))).toMatchObject({ kind: 'invalid' })
  })

  it('does not repeat the content in the reason', () => {
    const answer = judged('{"key": secret-token}')
    expect(answer).toMatchObject({ kind: 'invalid' })
    expect(JSON.stringify(answer)).not.toContain('secret')
  })

  it('limits the bytes, and the bytes once unpacked', () => {
    expect(judged(`"${'x'.repeat(100)}"`, { envelope: false, maxBytes: 101 })).toMatchObject({
      kind: 'too-large',
    })
    const bomb = gzipSync(Buffer.alloc(1_000_000, ' '))
    expect(bomb.length).toBeLessThan(2000)
    expect(judged(bomb)).toMatchObject({ kind: 'too-large' })
    expect(judged(zstdCompressSync(Buffer.alloc(1_000_000, ' ')))).toMatchObject({
      kind: 'too-large',
    })
  })

  it('calls an envelope invalid whose value its writer would have refused', () => {
    const deep = '['.repeat(5000) + ']'.repeat(5000)
    const text = `{"checksum":"crc32:00000000","generation":1,"value":${deep},"version":1}`
    expect(judged(text, { ...limits, envelope: true })).toMatchObject({ kind: 'invalid' })
  })
})

describe('a file cut at every byte', () => {
  const plain = `${printJson(value)}\n`
  const pretty = `${printJson(value, { pretty: true })}\n`
  const sealed = `${printEnvelope(printJson(value), 3, false)}\n`
  const forms: [string, Buffer, boolean][] = [
    ['plain', Buffer.from(plain), false],
    ['pretty', Buffer.from(pretty), false],
    ['in an envelope', Buffer.from(sealed), true],
    ['gzip', compressed(Buffer.from(plain), { method: 'gzip', fromBytes: 0 }), false],
    ['zstd', compressed(Buffer.from(plain), { method: 'zstd', fromBytes: 0 }), false],
    ['a number', Buffer.from('123456\n'), false],
    ['a string', Buffer.from('"123456"\n'), false],
  ]

  it.each(forms)('%s: is the whole value or no value', (_, bytes, envelope) => {
    const whole = judged(bytes, { ...limits, envelope })
    expect(whole.kind).toBe('ok')
    for (let length = 0; length < bytes.length; length += 1) {
      const cut = judged(bytes.subarray(0, length), { ...limits, envelope })
      // Without its line end most text is still whole; nothing else may pass.
      const isSafe =
        cut.kind === (length === 0 ? 'empty' : 'invalid') || isDeepStrictEqual(cut, whole)
      expect(isSafe, `cut at ${length}`).toBe(true)
    }
  })

  it('and any byte turned over is noticed in an envelope and in zstd', () => {
    const zstd = compressed(Buffer.from(plain), { method: 'zstd', fromBytes: 0 })
    for (const [bytes, envelope] of [
      [Buffer.from(sealed), true],
      [zstd, false],
    ] as const) {
      const whole = judged(bytes, { ...limits, envelope })
      for (let at = 0; at < bytes.length; at += 1) {
        const turned = Buffer.from(bytes)
        turned[at] = (turned[at] ?? 0) ^ 4
        const answer = judged(turned, { ...limits, envelope })
        const isSafe = answer.kind !== 'ok' || isDeepStrictEqual(answer, whole)
        expect(isSafe, `byte ${at}`).toBe(true)
      }
    }
  })
})
