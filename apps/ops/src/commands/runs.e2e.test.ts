import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock } from '@holdfast/seams'
import { VirtualClock } from '@holdfast/seams/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Envelope } from '../envelope.ts'
import { runCli, type Call } from '../fixtures/cli.fixture.ts'
import { hashesOf, makePlaces, type Places } from '../fixtures/data-directory.fixture.ts'
import { wallClockAt } from '../fixtures/evidence.fixture.ts'
import { holderOf } from '../fixtures/locks.fixture.ts'
import type { Place } from '../fixtures/place.fixture.ts'
import { play } from '../fixtures/world.fixture.ts'
import { TREE } from '../tree.ts'
import type { FailuresListed } from './runs-failures.ts'

const RECORDER = fileURLToPath(new URL('../fixtures/recorder.fixture.ts', import.meta.url))

let places: Places
beforeAll(async () => {
  places = await makePlaces()
})
afterAll(() => places[Symbol.dispose]())

/** The data of a call's answer. */
async function dataOf(args: readonly string[], place: Place, call?: Call): Promise<unknown> {
  const { out } = await runCli([...args, '--json'], place, call)
  return (JSON.parse(out) as Envelope).data
}

/** What is due now, one run a line. */
const due = async (place: Place): Promise<string> =>
  (await runCli(['runs', 'failures', '--due'], place)).out

describe('holdfast runs', () => {
  it('shows how far each stage is', async () => {
    expect(await dataOf(['runs', 'show'], places.fresh())).toEqual({
      stages: [
        {
          stage: 'import',
          firstRun: 100,
          contiguous: 102,
          attempted: 109,
          startRun: 109,
          done: 7,
          absent: 0,
          failed: 2,
          waiting: 0,
          missing: 3,
        },
      ],
    })
  })

  it('lists gaps, and how many of them failed', async () => {
    const { out } = await runCli(['runs', 'gaps'], places.fresh())
    expect(out.split('\n').slice(1, 3)).toEqual([
      'import   103  103     1       1',
      'import   106  107     2       1',
    ])
  })

  it('says of failures what is to be done now, by the policy that it is given', async () => {
    const place = places.fresh()
    const failed = {
      stage: 'import',
      failures: [
        { run: 103, retry: 'given-up' },
        { run: 106, retry: 'permanent' },
      ],
    }
    expect(await dataOf(['runs', 'failures'], place)).toMatchObject({ stages: [failed] })
    const policy = ['--attempts', '9', '--wait', '1ms']
    const { out } = await runCli(['runs', 'failures', ...policy, '--due'], place)
    expect(out).toBe('103\n')
  })

  it('says which stage has no state', async () => {
    const { code, err } = await runCli(['runs', 'show', '--stage', 'migrate'], places.fresh())
    expect([code, err]).toEqual([3, expect.stringContaining('migrator_state.json')])
  })

  it('names the way out of a state that cannot be trusted', async () => {
    const place = places.fresh()
    writeFileSync(join(place.dataDir, 'importer_state.json'), '{"last_con')
    const { code, err } = await runCli(['runs', 'show'], place)
    expect([code, err]).toEqual([
      8,
      expect.stringContaining('holdfast runs recover --stage import'),
    ])
  })
})

describe('holdfast runs retry', () => {
  it('makes given-up runs due again, and leaves alone what no other try mends', async () => {
    const place = places.fresh()
    expect(await due(place)).toBe('')
    const { code, out, err } = await runCli(['runs', 'retry', '--yes'], place)
    expect([code, err]).toEqual([
      0,
      expect.stringContaining('make 1 failed run of the import stage'),
    ])
    expect(out).toContain('Due now in the import stage, with tries counted from 0: 103')
    expect(out).toContain('Left as it is, because no other try mends it, unless it is named: 106')
    expect(await due(place)).toBe('103\n')
    const { stages } = (await dataOf(['runs', 'failures'], place)) as FailuresListed
    expect(stages[0]?.failures[0]).toMatchObject({ attempts: 0, earlierAttempts: 3 })
  })

  it('tries a run that is named, though no other try was of use', async () => {
    const place = places.fresh()
    const retried = await dataOf(['runs', 'retry', '106', '104', '--yes'], place)
    const stage = { stage: 'import', retried: [106], permanent: [] }
    expect(retried).toEqual({ stages: [stage], isDone: true })
    expect(await due(place)).toBe('106\n')
  })

  it('refuses runs that did not fail, and says how they stand', async () => {
    const { code, err } = await runCli(['runs', 'retry', '104', '107', '--yes'], places.fresh())
    expect([code, err]).toEqual([
      3,
      expect.stringContaining('104 107 did not fail: done or unknown in the import stage'),
    ])
  })

  it('says that another has the state to itself, and changes nothing', async () => {
    const place = places.fresh()
    const holder = await holderOf(join(place.dataDir, 'importer_state.json'))
    try {
      const before = hashesOf(place.dataDir)
      const clock = new VirtualClock()
      const played = play(['runs', 'retry', '--yes', '--data-dir', place.dataDir], {
        tree: TREE,
        clock,
      })
      const state = { isOver: false }
      const ended = played.ended.finally(() => (state.isOver = true))
      while (!state.isOver) await clock.advance(1_000)
      expect([await ended, played.err()]).toEqual([
        6,
        expect.stringContaining('nothing is tried anew of the import stage, which is as it was'),
      ])
      expect(hashesOf(place.dataDir)).toEqual(before)
    } finally {
      holder.kill('SIGKILL')
      await once(holder, 'exit')
    }
  })

  it('loses nothing that a job at work records meanwhile, and takes nothing from it', async () => {
    const place = places.fresh()
    const state = join(place.dataDir, 'importer_state.json')
    const job = fork(RECORDER, [state, '110', '409'], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const ended = once(job, 'close')
    await once(job, 'message')
    let calls = 0
    while (job.exitCode === null) {
      expect((await runCli(['runs', 'retry', '--yes'], place)).code).toBe(0)
      calls += 1
    }
    expect([(await ended)[0], calls > 0]).toEqual([0, true])
    expect(await dataOf(['runs', 'show'], place)).toMatchObject({
      stages: [{ contiguous: 102, attempted: 409, done: 307, failed: 2 }],
    })
    expect(await due(place)).toBe('103\n')
  })
})

describe('holdfast runs recover', () => {
  const recover = ['runs', 'recover', '--stage', 'import', '--source', 'all.txt', '--yes']

  it('makes the state anew from listings, one of them on standard input, and keeps what was there', async () => {
    const place = places.fresh()
    const before = readFileSync(join(place.dataDir, 'importer_state.json'), 'utf8')
    const input = '100\n101\n102\n103\n105\n'
    const recovered = await dataOf([...recover, '--destination', '-'], place, { input })
    expect(recovered).toMatchObject({
      contiguous: 103,
      attempted: 105,
      failures: [104],
      isDone: true,
    })
    expect(readFileSync(join(place.dataDir, 'import_failures.log'), 'utf8')).toBe('104\n')
    const kept = readdirSync(place.dataDir).find((name) =>
      /^importer_state\.json\..*\.bak$/.test(name),
    )
    expect(readFileSync(join(place.dataDir, kept ?? ''), 'utf8')).toBe(before)
  })

  it('keeps every state that was there, also of two recoveries in one second', async () => {
    const { folder, dataDir } = places.fresh()
    const scene = {
      tree: TREE,
      cwd: folder,
      env: { HOLDFAST_DATA_DIR: dataDir },
      clock: wallClockAt(systemClock.wallMs()),
    }
    const state = join(dataDir, 'importer_state.json')
    const states: string[] = []
    for (let turn = 0; turn < 2; turn += 1) {
      states.push(readFileSync(state, 'utf8'))
      expect(await play([...recover, '--destination', 'done.txt'], scene).ended).toBe(0)
    }
    const kept = readdirSync(dataDir).filter((name) => /^importer_state\.json\..*\.bak$/.test(name))
    const texts = kept.map((name) => readFileSync(join(dataDir, name), 'utf8'))
    expect(texts.toSorted()).toEqual(states.toSorted())
  })

  it('says which runs are new, and takes none of them for a failure', async () => {
    const place = places.fresh()
    const listing = (name: string, last: number): void =>
      writeFileSync(
        join(place.folder, name),
        Array.from({ length: last }, (_, i) => `${i + 1}\n`).join(''),
      )
    listing('all.txt', 20)
    listing('done.txt', 12)
    const { err, out } = await runCli([...recover, '--destination', 'done.txt'], place)
    expect(err).toContain('import_failures.log: 0 runs to be tried again')
    expect(err).toContain('leave what the source has after 12 as new, to be done next: 8 runs')
    expect(out).toContain('To be tried again: 0 runs. Numbers that exist nowhere: 0.')
    expect(out).toContain('New at the source, to be done next: 8 runs.')
  })

  it('recovers from a corrupt state too', async () => {
    const place = places.fresh()
    writeFileSync(join(place.dataDir, 'importer_state.json'), '')
    expect((await runCli([...recover, '--destination', 'done.txt'], place)).code).toBe(0)
    expect(await dataOf(['runs', 'show'], place)).toMatchObject({ stages: [{ contiguous: 102 }] })
  })

  it('refuses a listing with a line that is no run, and names the line', async () => {
    const place = places.fresh()
    writeFileSync(join(place.folder, 'bad.txt'), '100\nten\n')
    const { code, err } = await runCli([...recover, '--destination', 'bad.txt'], place)
    expect([code, err]).toEqual([2, expect.stringContaining('line 2 "ten"')])
  })

  it('refuses two listings on standard input, and one that is not there', async () => {
    const place = places.fresh()
    const both = ['runs', 'recover', '--stage', 'import', '--source', '-', '--destination', '-']
    expect((await runCli([...both, '--yes'], place, { input: '' })).code).toBe(2)
    expect((await runCli([...recover, '--destination', 'none.txt'], place)).code).toBe(3)
  })
})
