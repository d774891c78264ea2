import { rmSync, statSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readJson, replaceJson, replaceJsonSync } from '@holdfast/atomic-json'
import { breakLock, inspectLock } from '@holdfast/file-lock'
import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import { namesIn, scratch } from '@holdfast/test-kit'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { SharedJsonFact } from './facts.ts'
import { tallySchema, type Tally } from './schema.fixture.ts'
import { unchanged, updateSharedJson, type SharedJsonUpdate } from './update.ts'

const directory = scratch()
const text = (path: string): string => readFileSync(path, 'utf8')
const one = (tally: Tally = { count: 0 }): Tally => ({ count: tally.count + 1 })
const keep = (): typeof unchanged => unchanged
const never = (): never => {
  throw new Error('change was called')
}

const engine = (autoRelease: 'lease' | 'process-death', fencing: boolean) =>
  ({ name: 'odd', capabilities: { autoRelease, fencing, crossHost: true } }) as never

/** A file that counts to 1, and how it and its lock are afterwards. */
function tally() {
  const path = join(directory(), 'state.json')
  writeFileSync(path, '{"count":1}')
  const after = async () => ({ text: text(path), lock: (await inspectLock(path)).state })
  return { path, after, untouched: { text: '{"count":1}', lock: 'free' } }
}

describe('an update', () => {
  it('is given undefined for a missing file, and makes the file', async () => {
    const path = join(directory(), 'state.json')
    const update = await updateSharedJson(path, one)
    expect(update).toEqual({
      kind: 'updated',
      path,
      value: { count: 1 },
      fence: expect.any(Number),
      file: path,
    })
    expect(namesIn(join(path, '..'))).toEqual(['state.json', 'state.json.lock'])
  })

  it('is given what the file holds, how that was found, and the lock', async () => {
    const { path, after } = tally()
    const { fence } = await updateSharedJson<Tally>(path, async (current, { read, lock }) => {
      expect(current).toEqual({ count: 1 })
      expect(read).toMatchObject({ kind: 'ok', source: { kind: 'file' } })
      expect(lock.isValid()).toBe(true)
      expect(lock.signal.aborted).toBe(false)
      return await Promise.resolve({ count: lock.fence })
    })
    expect(await after()).toEqual({ text: `{"count":${fence}}\n`, lock: 'free' })
  })

  it('waits for those that were called before it, and sees what they wrote', async () => {
    const { path } = tally()
    const fences = await Promise.all(
      Array.from({ length: 50 }, async () => (await updateSharedJson(path, one)).fence),
    )
    expect(await readJson(path)).toMatchObject({ value: { count: 51 } })
    expect(fences).toEqual(fences.toSorted((a, b) => a - b))
    expect(new Set(fences).size).toBe(50)
  })

  it('writes nothing when there is nothing to change, and says what there is', async () => {
    const { path, after, untouched } = tally()
    const before = statSync(path, { bigint: true })
    const update = await updateSharedJson<Tally>(path, keep)
    expect(update).toMatchObject({ kind: 'unchanged', value: { count: 1 } })
    expect(await after()).toEqual(untouched)
    expect(statSync(path, { bigint: true }).ino).toBe(before.ino)
    rmSync(path)
    expect(await updateSharedJson<Tally>(path, keep)).not.toHaveProperty('file')
    expect(namesIn(join(path, '..'))).toEqual(['state.json.lock'])
  })

  it('writes what change returns, also if that is the current value changed in place', async () => {
    const { path } = tally()
    await updateSharedJson<{ count: number }>(path, (current = { count: 0 }) => {
      current.count += 1
      return current
    })
    expect(text(path)).toBe('{"count":2}\n')
    await updateSharedJson<{ count: number }>(path, (current = { count: 0 }): typeof unchanged => {
      current.count += 1
      return unchanged
    })
    expect(text(path)).toBe('{"count":2}\n')
  })

  it('keeps the value whole that change goes on to change after it has returned it', async () => {
    const { path } = tally()
    const value = { count: 2 }
    // The schema is asked after change has returned, before the write.
    const schema = tallySchema((seen) => {
      if ((seen as Tally).count === 2) value.count = 3
    })
    await updateSharedJson<Tally>(path, () => value, { schema })
    expect(text(path)).toBe('{"count":2}\n')
  })

  it('has a type that says whether it may be unchanged', async () => {
    const { path } = tally()
    const always = await updateSharedJson(path, one)
    expectTypeOf(always.value).toEqualTypeOf<Tally>()
    const perhaps = await updateSharedJson<Tally>(path, (current) =>
      current === undefined ? one() : unchanged,
    )
    expectTypeOf(perhaps).toEqualTypeOf<SharedJsonUpdate<Tally>>()
    expect([always.kind, perhaps.kind]).toEqual(['updated', 'unchanged'])
  })
})

describe('an update that fails writes nothing, gives the lock back, and says why:', () => {
  it('what change throws comes out unchanged', async () => {
    const { path, after, untouched } = tally()
    const reason = new Error('no')
    const fail = (): Tally => {
      throw reason
    }
    await expect(updateSharedJson(path, fail)).rejects.toBe(reason)
    await expect(updateSharedJson(path, async () => fail())).rejects.toBe(reason)
    expect(await after()).toEqual(untouched)
  })

  it('change returned undefined', async () => {
    const { path, after, untouched } = tally()
    // @ts-expect-error It has forgotten its return.
    const forgetful = updateSharedJson<Tally>(path, () => {})
    await expect(forgetful).rejects.toThrow(
      new TypeError('change must return the new value, or unchanged, got undefined'),
    )
    expect(await after()).toEqual(untouched)
  })

  it('the value has no JSON form, or the schema refuses it', async () => {
    const { path, after, untouched } = tally()
    const schema = tallySchema()
    await expect(updateSharedJson(path, () => Number.NaN)).rejects.toMatchObject({
      code: 'JSON_VALUE',
    })
    await expect(updateSharedJson(path, () => ({ count: 0.5 }), { schema })).rejects.toMatchObject({
      code: 'JSON_SCHEMA',
    })
    expect(await after()).toEqual(untouched)
  })

  it('the file is broken: change is not even called', async () => {
    const { path, after } = tally()
    writeFileSync(path, '{"count":')
    await expect(updateSharedJson(path, never)).rejects.toMatchObject({ code: 'JSON_CORRUPT' })
    expect(await after()).toEqual({ text: '{"count":', lock: 'free' })
  })

  it('the lock was lost while change ran', async () => {
    const { path, after, untouched } = tally()
    const change = async (_: unknown, { lock }: { lock: { fence: number } }) => {
      await breakLock(path, { fence: lock.fence })
      return { count: 2 }
    }
    await expect(updateSharedJson(path, change)).rejects.toMatchObject({ code: 'LOCK_LOST' })
    expect(await after()).toEqual(untouched)
  })

  it('the call came within a change of the same file: at once, and the outer one goes on', async () => {
    const { path } = tally()
    await updateSharedJson<Tally>(path, async (current) => {
      await expect(updateSharedJson(path, never)).rejects.toMatchObject({ code: 'LOCK_REENTRANT' })
      const asIfCounted = { nested: 'count' } as object
      await expect(updateSharedJson(path, never, asIfCounted)).rejects.toMatchObject({
        code: 'LOCK_REENTRANT',
      })
      return one(current)
    })
    expect(text(path)).toBe('{"count":2}\n')
  })

  it('others kept the lock for waitMs, or the signal ended the wait', async () => {
    const { path, after } = tally()
    let goOn: (() => void) | undefined
    let holder: Promise<unknown> | undefined
    await new Promise<void>((resolve) => {
      holder = updateSharedJson<Tally>(path, async (current) => {
        resolve()
        await new Promise<void>((gate) => (goOn = gate))
        return one(current)
      })
    })
    await expect(updateSharedJson(path, never, { waitMs: 0 })).rejects.toMatchObject({
      code: 'LOCK_TIMEOUT',
    })
    const clock = new VirtualClock()
    const late = updateSharedJson(path, never, { waitMs: 50, clock })
    await Promise.allSettled([late, clock.advance(50)])
    await expect(late).rejects.toMatchObject({ code: 'LOCK_TIMEOUT', waitedMs: 50 })
    const controller = new AbortController()
    const reason = new Error('enough')
    const waiting = updateSharedJson(path, never, { signal: controller.signal })
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    goOn?.()
    await holder
    expect(await after()).toEqual({ text: '{"count":2}\n', lock: 'free' })
  })

  it('the signal was aborted while change ran', async () => {
    const { path, after, untouched } = tally()
    const controller = new AbortController()
    const reason = new Error('enough')
    const change = (): Tally => {
      controller.abort(reason)
      return { count: 2 }
    }
    const { signal } = controller
    await expect(updateSharedJson(path, change, { signal })).rejects.toBe(reason)
    expect(await after()).toEqual(untouched)
  })

  it('someone in this process replaced the file meanwhile without the lock', async () => {
    const { path, after } = tally()
    const schema = tallySchema((value) => {
      if ((value as Tally).count === 2) replaceJsonSync(path, { count: 7 })
    })
    await expect(updateSharedJson(path, one, { schema })).rejects.toMatchObject({
      code: 'SHARED_JSON_OVERTAKEN',
    })
    expect(await after()).toEqual({ text: '{"count":7}\n', lock: 'free' })
  })

  it('an option is not what it may be', async () => {
    const { path, after } = tally()
    const wrong: [object, RegExp][] = [
      [{ takeover: 'lease' }, /^takeover must be 'dead' unless fenced is true, got 'lease'$/],
      [{ engine: engine('lease', true) }, /^engine must free a lock on proof .* got odd/],
      [{ engine: engine('lease', false), fenced: true }, /^engine must number .* got odd$/],
      [{ onCorrupt: 'answer' }, /^onCorrupt must be one of throw, backup, default, got answer$/],
      [{ onCorrupt: 'backup' }, /^default must be a function when onCorrupt is 'backup', got un/],
      [{ fenced: 1 }, /^fenced must be true or false, got 1$/],
    ]
    for (const [options, message] of wrong) {
      await expect(updateSharedJson(path, never, options)).rejects.toThrow(message)
    }
    await expect(updateSharedJson(path, null as never)).rejects.toThrow(
      'change must be a function, got null',
    )
    expect(namesIn(join(path, '..'))).toEqual(['state.json'])
    await expect(updateSharedJson(path, one, { generations: -1 })).rejects.toThrow(/^generations/)
    expect(await after()).toEqual({ text: '{"count":1}', lock: 'free' })
  })
})

describe('an update of a broken file', () => {
  it('goes on from the newest whole generation, or from a default, and knows it', async () => {
    const { path } = tally()
    const options = { generations: 1, onCorrupt: 'backup', default: () => ({ count: 40 }) } as const
    await updateSharedJson(path, one, options)
    writeFileSync(path, 'broken')
    const sources: string[] = []
    const change = (current: Tally | undefined, { read }: { read: { kind: string } }): Tally => {
      sources.push(JSON.stringify(read))
      return one(current)
    }
    await updateSharedJson(path, change, options)
    expect(text(path)).toBe('{"count":2}\n')
    rmSync(`${path}.bak.1`)
    writeFileSync(path, 'broken')
    await updateSharedJson(path, change, options)
    expect(text(path)).toBe('{"count":41}\n')
    expect(sources).toEqual([
      expect.stringContaining('"kind":"generation"'),
      expect.stringContaining('"kind":"default"'),
    ])
    expect(namesIn(join(path, '..')).filter((name) => name.includes('corrupt'))).toHaveLength(2)
  })
})

describe('an update whose lock is lost after it was written', () => {
  it('says that it is written and not confirmed, and touches no successor', async () => {
    const { path } = tally()
    const facts = recordedFacts<SharedJsonFact>()
    const lose = (fact: SharedJsonFact): void => {
      facts.observe(fact)
      if (fact.kind === 'json.replaced') rmSync(`${path}.lock`, { recursive: true })
    }
    await expect(updateSharedJson(path, one, { observe: lose })).rejects.toMatchObject({
      code: 'SHARED_JSON_UNCONFIRMED',
      path,
      cause: expect.objectContaining({ code: 'LOCK_LOST' }),
    })
    expect(text(path)).toBe('{"count":2}\n')
    expect(facts.ofKind('shared-json.unconfirmed')).toMatchObject([{ path, code: 'LOCK_LOST' }])
    expect(facts.ofKind('shared-json.updated')).toEqual([])
  })

  it('says only that the lock is lost when it wrote nothing', async () => {
    const { path } = tally()
    const change = (): typeof unchanged => {
      rmSync(`${path}.lock`, { recursive: true })
      return unchanged
    }
    await expect(updateSharedJson<Tally>(path, change)).rejects.toMatchObject({ code: 'LOCK_LOST' })
  })
})

describe('the facts of updates', () => {
  it('are those of the lock, of the file, and its own: how long it waited and held', async () => {
    const { path } = tally()
    await updateSharedJson<Tally>(path, keep) // The first of all waits a moment for the number it begins with.
    const clock = new VirtualClock()
    const facts = recordedFacts<SharedJsonFact>()
    const { observe } = facts
    const change = async (current?: Tally) => {
      await clock.advance(30)
      return one(current)
    }
    const { fence } = await updateSharedJson(path, change, { clock, observe })
    expect(facts.all.map(({ kind }) => kind)).toEqual([
      'lock.won',
      'json.replaced',
      'lock.released',
      'shared-json.updated',
    ])
    const told = { path, fence, waitedMs: 0, heldMs: 30 }
    expect(facts.all.at(-1)).toEqual({ kind: 'shared-json.updated', ...told })
    await updateSharedJson<Tally>(path, keep, { clock, observe })
    expect(facts.all.at(-1)).toMatchObject({ kind: 'shared-json.unchanged', path, heldMs: 0 })
  })
})

describe('a process that writes without the lock', () => {
  it('is not kept out: the lock binds those who ask for it', async () => {
    const { path } = tally()
    await updateSharedJson<Tally>(path, async (current) => {
      await replaceJson(path, { count: 100 })
      return one(current)
    })
    expect(text(path)).toBe('{"count":2}\n')
  })
})
