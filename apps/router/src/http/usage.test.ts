import { describe, expect, it } from 'vitest'
import { meterStream, readBody } from './usage.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`

describe('the usage of an answer', () => {
  it('is what the upstream reports', () => {
    const usage = { prompt_tokens: 10, completion_tokens: 20, cost: 0.01 }
    expect(readBody(JSON.stringify({ usage })).usage(4)).toEqual({
      inputTokens: 10,
      outputTokens: 20,
      costUsd: 0.01,
    })
  })

  it('leaves out a cost that cannot be', () => {
    for (const cost of [-1, 1e300, 'free', null]) {
      const usage = { prompt_tokens: 10, completion_tokens: 20, cost }
      expect(readBody(JSON.stringify({ usage })).usage(4)).toEqual({
        inputTokens: 10,
        outputTokens: 20,
      })
    }
  })

  it('is estimated from prompt and text when nothing is reported, the envelope aside', () => {
    const body = { id: 'x'.repeat(500), choices: [{ message: { content: 'four and' } }] }
    expect(readBody(JSON.stringify(body, null, 2)).usage(400)).toEqual({
      inputTokens: 100,
      outputTokens: 2,
    })
    expect(readBody('null').usage(4)).toEqual({ inputTokens: 1, outputTokens: 1 })
    expect(readBody('not json').usage(4)).toEqual({ inputTokens: 1, outputTokens: 2 })
  })
})

describe('the usage of a stream', () => {
  it('comes from the event that has it, however the bytes are cut', () => {
    const text =
      event({ choices: [{ delta: { content: 'grüße' } }] }) +
      event({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 9 } }) +
      'data: [DONE]\n\n'
    const meter = meterStream(4)
    for (const byte of bytes(text)) meter.hear(Uint8Array.of(byte))
    expect(meter.usage()).toEqual({ inputTokens: 7, outputTokens: 9 })
    expect(meter.isDone).toBe(true)
  })

  it('is estimated from its text and its tool calls when no event has it', () => {
    const meter = meterStream(4)
    meter.hear(bytes(event({ choices: [{ delta: { content: 'x'.repeat(40) } }] })))
    expect(meter.usage().outputTokens).toBe(10)
    meter.hear(bytes(event({ choices: [{ delta: { tool_calls: [{ arguments: '{}' }] } }] })))
    expect(meter.usage().outputTokens).toBeGreaterThan(10)
    expect(meter.isDone).toBe(false)
  })

  it('survives whatever comes, in bounded memory', () => {
    const meter = meterStream(4)
    for (const text of [
      'data: null\n\n',
      'data: {"choices":5}\n\n',
      'data: {"usage":[]}\n\n',
      ': hi\n\n',
      '\u0000\n',
    ]) {
      meter.hear(bytes(text))
    }
    meter.hear(bytes(`data: ${'['.repeat(500_000)}\n\n`))
    for (let i = 0; i < 40; i += 1) meter.hear(new Uint8Array(100_000).fill(120))
    expect(meter.usage().outputTokens).toBeGreaterThan(100_000)
  })
})
