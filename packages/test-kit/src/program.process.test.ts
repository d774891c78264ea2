import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startProgram, type Program } from './program.ts'

const start = (): Program<number, number> =>
  startProgram(join(import.meta.dirname, 'echo.fixture.ts'))

describe('a program', () => {
  it('is heard line by line, in the order of asking, however many lines come at once', async () => {
    await using program = start()
    for (const line of [1, 2, 3]) program.tell(line)
    expect(await Promise.all([program.hear(), program.hear(), program.ask(4)])).toEqual([1, 2, 3])
    expect(await program.hear()).toBe(4)
  })

  it('that has ended has said its whole lines, which can still be heard, and then what it complained of', async () => {
    await using program = start()
    program.tell(1)
    await program.end()
    expect(program.said).toEqual([1])
    expect(await program.hear()).toBe(1)
    await expect(program.hear()).rejects.toThrow('the child has ended: it was cut off')
    expect(await program.ended).toMatchObject({ code: 3, signal: null })
  })

  it('that is killed ends for whoever waits to hear of it', async () => {
    await using program = start()
    const heard = program.hear()
    await Promise.all([program.kill(), expect(heard).rejects.toThrow('the child has ended')])
    expect(await program.ended).toMatchObject({ code: null, signal: 'SIGKILL' })
  })
})
