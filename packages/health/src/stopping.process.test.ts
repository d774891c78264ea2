import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import type { Program } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { start } from './process.fixture.ts'

const windows = process.platform === 'win32' ? ' (skipped: no SIGTERM on Windows)' : ''

/** What the program says until it ends. */
async function restOf(program: Program<string, unknown>): Promise<unknown[]> {
  const said: unknown[] = []
  for (;;) {
    const line = await program.hear().catch(() => null)
    if (line === null) return said
    said.push(line)
  }
}

async function portOf(program: Program<string, unknown>): Promise<number> {
  const { port } = (await program.hear()) as { port: number }
  return port
}

const kinds = (said: readonly unknown[]): string[] =>
  said.map((fact) => {
    if (typeof fact === 'string') return fact
    const { kind, phase } = fact as { kind: string; phase?: string }
    return phase === undefined ? kind : `${kind} ${phase}`
  })

describe.skipIf(windows !== '')(`a process that gets SIGTERM${windows}`, () => {
  it('stops in order and ends with 0', async () => {
    await using program = start('stopping.fixture.ts', 'clean')
    const port = await portOf(program)
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
    program.signal('SIGTERM')
    const said = kinds(await restOf(program))
    expect(said.slice(0, 2)).toEqual(['lifecycle.stopping', 'lifecycle.phase-done server'])
    expect(said.slice(2, 4).toSorted()).toEqual([
      'lifecycle.phase-done queue',
      'lifecycle.phase-done store',
    ])
    expect(said.slice(4)).toEqual([
      'lock given back',
      'lifecycle.phase-done lock',
      'lifecycle.stopped',
    ])
    expect(await program.ended).toMatchObject({ code: 0 })
  })

  it('answers what a client that keeps its connection has asked for, and is done then', async () => {
    await using program = start('stopping.fixture.ts', 'clean')
    const at = { port: await portOf(program), host: '127.0.0.1' }
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const answer = once(get({ ...at, path: '/slow', agent }), 'response')
    expect(await program.hear()).toBe('asked')
    program.signal('SIGTERM')
    expect(kinds([await program.hear()])).toEqual(['lifecycle.stopping'])
    program.tell('now')
    const [{ statusCode }] = (await answer) as [IncomingMessage]
    expect(statusCode).toBe(200)
    expect(kinds(await restOf(program))[0]).toBe('lifecycle.phase-done server')
    expect(await program.ended).toMatchObject({ code: 0 })
  })

  it('names the phase that hangs, goes on without it, and ends with 1', async () => {
    await using program = start('stopping.fixture.ts', 'hangs')
    await portOf(program)
    program.signal('SIGTERM')
    const said = kinds(await restOf(program))
    expect(said).toContain('lifecycle.phase-hung queue')
    expect(said).toContain('lock given back')
    expect(said.indexOf('lifecycle.phase-hung queue')).toBeLessThan(said.indexOf('lock given back'))
    expect(await program.ended).toMatchObject({ code: 1 })
  })

  it('ends by its deadline, also when what hangs is not to be moved, and says what was skipped', async () => {
    await using program = start('stopping.fixture.ts', 'ignores')
    await portOf(program)
    program.signal('SIGTERM')
    const said = await restOf(program)
    expect(kinds(said)).toEqual([
      'lifecycle.stopping',
      'lifecycle.phase-hung server',
      'lifecycle.phase-skipped store',
      'lifecycle.phase-skipped queue',
      'lifecycle.phase-skipped lock',
      'lifecycle.stopped',
    ])
    expect(said).toContainEqual({
      kind: 'lifecycle.phase-skipped',
      phase: 'lock',
      waitedFor: ['store', 'queue'],
    })
    expect(await program.ended).toMatchObject({ code: 1 })
  })

  it('is not ready any more during the drain, but lives and answers', async () => {
    await using program = start('stopping.fixture.ts', 'drains')
    const url = `http://127.0.0.1:${await portOf(program)}`
    program.signal('SIGTERM')
    expect(kinds([await program.hear()])).toEqual(['lifecycle.stopping'])
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect(await (await fetch(`${url}/work`)).text()).toBe('served')
    program.signal('SIGINT')
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })
})

describe('a process with nothing to do but its health', () => {
  it.each([
    ['ends at once, whatever its checks wait for in the background', 'background', ['end']],
    [
      'stays until a report is there that waits for a check that hangs',
      'report',
      ['critical', 'end'],
    ],
    ['stays until a stop is over that waits for a check that hangs', 'stop', ['end']],
  ])('%s', async (_rule, manner, said) => {
    await using program = start('idle.fixture.ts', manner)
    expect(await program.ended).toMatchObject({ code: 0 })
    expect(program.said).toEqual(said)
  })
})
