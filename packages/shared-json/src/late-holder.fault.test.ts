import { join } from 'node:path'
import { lacking, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { check, type Ledger } from './commands.fixture.ts'
import { startServants } from './process.fixture.ts'
import { readSharedJson } from './read.ts'

const directory = scratch()
const options = { fenced: true, takeover: 'lease', staleMs: 2000, waitMs: 60_000 } as const
const signals = lacking({})

describe.skipIf(signals !== '')(`a holder stopped for longer than its lease${signals}`, () => {
  it.each([
    // Its look at the lock comes after that.
    ['change', 'LOCK_LOST'],
    // And this is after its look, right before the write.
    ['schema', 'JSON_STALE_FENCE'],
  ] as const)('in %s: is replaced, and its late write is refused with %s', async (stall, code) => {
    const path = join(directory(), 'state.json')
    await using stack = new AsyncDisposableStack()
    const [sleeper, other] = await startServants(stack, 2)
    if (sleeper === undefined || other === undefined) throw new Error('two were started')
    await sleeper.ask({ do: 'add', path, writer: 'sleeper', times: 1, options })
    expect(await sleeper.ask({ do: 'stall', path, writer: 'sleeper', stall, options })).toEqual({
      done: 'inside',
    })
    sleeper.signal('SIGSTOP')
    const added = await other.ask({ do: 'add', path, writer: 'other', times: 3, options })
    expect(added).toEqual({ done: 3 })
    sleeper.signal('SIGCONT')
    expect(await sleeper.ask({ do: 'enough' })).toMatchObject({ code })

    const read = await readSharedJson<Ledger>(path, { fenced: true })
    if (read.kind !== 'ok') throw new Error(read.reason)
    check(read.value)
    expect(read.value.counts).toEqual({ sleeper: 1, other: 3 })
    await sleeper.ask({ do: 'add', path, writer: 'sleeper', times: 1, options })
    expect(await readSharedJson(path, { fenced: true })).toMatchObject({
      value: { counts: { sleeper: 2, other: 3 } },
    })
  })
})
