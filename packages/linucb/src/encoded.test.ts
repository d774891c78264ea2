import { crc32 } from 'node:zlib'
import { seededRandom } from '@holdfast/seams'
import { describe, expect, it } from 'vitest'
import { createLinUCB, restoreLinUCB, type LinUCB } from './linucb.ts'
import { readSnapshot } from './snapshot.ts'

const options = { arms: ['R1', 'Zürich', 'R3'], dim: 5 }

function taught(dim = options.dim): LinUCB {
  const model = createLinUCB({ ...options, dim })
  const random = seededRandom('encoded')
  for (let i = 0; i < 60; i += 1) {
    const context = Array.from({ length: dim }, () => random.next() - 0.5)
    model.learn(options.arms[i % 3]!, context, random.next())
  }
  model.removeArm('R1')
  return model
}

const restored = (state: unknown): LinUCB =>
  restoreLinUCB(state, { ...options, arms: ['Zürich', 'R3'] })

/** A whole encoding of this header and these numbers. */
function encoded(header: unknown, numbers: readonly number[]): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header))
  const at = 24 + Math.ceil(text.length / 8) * 8
  const bytes = new Uint8Array(at + numbers.length * 8).fill(0x20, 0, at)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode('linucb/2'))
  bytes.set(text, 24)
  view.setUint32(12, at - 24, true)
  view.setFloat64(16, bytes.length, true)
  for (const [i, value] of numbers.entries()) view.setFloat64(at + i * 8, value, true)
  view.setUint32(8, crc32(bytes.subarray(12)), true)
  return bytes
}

const arm = { id: 'R1', pulls: 1, rewardSum: 2 }
const header = { version: '2.0', dim: 1, arms: [arm], retired: [], lastUpdateAtMs: null }

describe('an encoded model', () => {
  it('comes back bit for bit, with arms at rest, removed arms and its date', () => {
    const model = taught()
    const bytes = model.encode()
    expect(restored(bytes).snapshot()).toEqual(model.snapshot())
    expect(restoreLinUCB(bytes, { ...options, arms: ['R3'] }).encode()).toEqual(bytes)
    expect(restored(bytes).decide([1, 0, 0, 0, 0], { id: 'x' })).toEqual(
      restored(model.snapshot()).decide([1, 0, 0, 0, 0], { id: 'x' }),
    )
  })

  it('is what its description says, byte for byte', () => {
    const model = createLinUCB({ arms: ['R1'], dim: 1 })
    model.adopt('R1', { a: Float64Array.of(0.25), b: Float64Array.of(-3), pulls: 1, rewardSum: 2 })
    const { lastUpdateAtMs } = model.snapshot()
    expect(model.encode()).toEqual(encoded({ ...header, lastUpdateAtMs }, [0.25, -3]))
  })

  it('may lie anywhere in a larger buffer', () => {
    const bytes = taught().encode()
    const buffer = Buffer.concat([Buffer.from('abc'), bytes, Buffer.from('d')])
    const inside = buffer.subarray(3, 3 + bytes.length)
    expect(restored(inside).encode()).toEqual(bytes)
  })

  it('shares nothing with the model, nor the model with it', () => {
    const model = taught()
    const bytes = model.encode()
    const before = bytes.slice()
    const other = restoreLinUCB(bytes, { ...options, arms: ['R3'] })
    for (const each of [model, other]) each.learn('Zürich', [1, 1, 1, 1, 1], 1)
    expect(bytes).toEqual(before)
  })

  it('can be read without a model', () => {
    const { dim, arms, retired } = readSnapshot(taught().encode())
    expect({ dim, retired }).toEqual({ dim: 5, retired: ['R1'] })
    expect([...arms.keys()]).toEqual(['Zürich', 'R3'])
    expect([...arms.get('R3')!.a]).toEqual(taught().snapshot().arms['R3']?.a)
  })

  it('is a fraction of its JSON', () => {
    const model = taught(64)
    expect(model.encode().length).toBeLessThan(JSON.stringify(model.snapshot()).length / 2)
  })

  it('cut at any byte is refused, and so is one with more', () => {
    const bytes = taught().encode()
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => restored(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({
          code: 'LINUCB_SNAPSHOT',
          field: length < 8 ? 'beginning' : 'length',
        }),
      )
    }
    expect(() => restored(Uint8Array.of(...bytes, 0))).toThrow(
      `snapshot length must be ${bytes.length}, got ${bytes.length + 1}`,
    )
  })

  it('with any bit turned is refused', () => {
    const bytes = taught().encode()
    for (let at = 0; at < bytes.length; at += 1) {
      const broken = bytes.slice()
      broken[at]! ^= 1 << (at % 8)
      expect(() => restored(broken)).toThrow(
        expect.objectContaining({
          code: 'LINUCB_SNAPSHOT',
          field: expect.stringMatching(at < 8 ? /beginning/ : /crc32|length/),
        }),
      )
    }
  })

  it.each([
    [{ ...header, version: '3.0' }, [1, 1], /version must be "2\.0", got "3\.0"/],
    [[], [1, 1], /header must be an object/],
    [{ ...header, dim: 0 }, [1, 1], /dim must be from 1 to 4096, got 0/],
    [{ ...header, dim: 2 }, [1, 1], /length must be \d+, got \d+/],
    [{ ...header, arms: {} }, [1, 1], /arms must be an array, got an object/],
    [{ ...header, arms: [null] }, [1, 1], /arms\[0\] must be an object, got null/],
    [{ ...header, arms: [{ ...arm, id: '' }] }, [1, 1], /arms\[0\]\.id must be an arm with/],
    [{ ...header, arms: [arm, arm] }, [1, 1, 1, 1], /arms\[1\]\.id must be there once, got "R1"/],
    [{ ...header, arms: [{ ...arm, pulls: -1 }] }, [1, 1], /arms\.R1\.pulls must be .*, got -1/],
    [{ ...header, arms: [{ ...arm, rewardSum: null }] }, [1, 1], /arms\.R1\.rewardSum must be/],
    [{ ...header, retired: ['R1'] }, [1, 1], /retired\[0\] must be no arm of/],
    [{ ...header, lastUpdateAtMs: 'now' }, [1, 1], /lastUpdateAtMs must be a number/],
    [header, [Number.NaN, 1], /arms\.R1\.a\[0\] must be a number of size .*, got NaN/],
    [header, [1, Infinity], /arms\.R1\.b\[0\] must be .*, got Infinity/],
    [header, [1, 1e37], /arms\.R1\.b\[0\] must be .*, got 1e\+37/],
    [header, [-1, 1], /arms\.R1\.a, diagonal 0 must be a sum of squares, got -1/],
  ])('%# that is whole but wrong is refused by the name of its field', (head, numbers, message) => {
    expect(() => restoreLinUCB(encoded(head, numbers), { arms: ['R1'], dim: 1 })).toThrow(
      expect.objectContaining({ code: 'LINUCB_SNAPSHOT', message: expect.stringMatching(message) }),
    )
  })

  it('whose header is no JSON is refused', () => {
    const bytes = encoded(header, [1, 1])
    bytes[24] = 0x21
    new DataView(bytes.buffer).setUint32(8, crc32(bytes.subarray(12)), true)
    expect(() => restored(bytes)).toThrow(/snapshot header must be JSON, got "Unexpected token/)
  })

  it('of other contexts is refused with both lengths', () => {
    expect(() => restoreLinUCB(taught().encode(), { ...options, dim: 6 })).toThrow(
      'snapshot was learned from contexts of length 5, but options.dim is 6',
    )
  })
})
