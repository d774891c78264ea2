import { scratch } from '@holdfast/test-kit'
import { expect, it } from 'vitest'
import type { Bits } from './commands.fixture.ts'
import { bitsOf, expected, newIds, type Told } from './lesson.fixture.ts'
import { startServant, until, type Servant } from './process.fixture.ts'

const directory = scratch()

async function servantsIn(at: string, count: number): Promise<Servant[]> {
  const servants: Servant[] = []
  for (let i = 0; i < count; i += 1) {
    const servant = await startServant()
    await servant.have({ do: 'open', directory: at })
    servants.push(servant)
  }
  return servants
}

it('every process sees by itself what the others were told, also across snapshots', async () => {
  const at = directory()
  const servants = await servantsIn(at, 3)
  const told: Told[] = []
  for (let round = 0; round < 6; round += 1) {
    const lessons = newIds(`round ${round}`, 30).map((id): Told => ({ id, part: 'immediate' }))
    told.push(...lessons)
    const teacher = servants[round % 3]!
    await teacher.have({ do: 'teach', told: lessons })
    if (round % 2 === 1) await teacher.have({ do: 'compact' })
    const bits = bitsOf(expected(told))
    for (const servant of servants) {
      const learned = async (): Promise<string> =>
        ((await servant.have({ do: 'learned' })) as Bits).bits
      // Nobody tells them to look.
      await until(async () => (await learned()) === bits)
      expect(await learned()).toBe(bits)
    }
  }
  for (const servant of servants) await servant.kill()
})

it('a decision that one process made is found by another, and by one that starts when its maker is gone', async () => {
  const at = directory()
  const [maker, other] = await servantsIn(at, 2)
  const [id = ''] = newIds('decision', 1)
  await maker!.have({ do: 'remember', id })
  expect(await other!.have({ do: 'recall', id })).toMatchObject({ kind: 'found', note: id })
  await maker!.kill()
  const [late] = await servantsIn(at, 1)
  expect(await late!.have({ do: 'recall', id })).toMatchObject({ kind: 'found', note: id })
  await other!.kill()
  await late!.kill()
})
