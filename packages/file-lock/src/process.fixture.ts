import { join } from 'node:path'
import { systemClock } from '@holdfast/seams'
import { startServant as start, type Program } from '@holdfast/test-kit'
import { Asked, type Answer, type Command, type Numbered, type Order } from './commands.fixture.ts'
import { inspectLock, type EngineName } from './index.ts'

export const ENGINES: readonly EngineName[] = ['proper-lockfile', 'direct', 'kernel']

/** A child that carries out commands, several at a time. */
export interface Servant extends Omit<Program<Order, Numbered>, 'ask'> {
  /** An end before the answer is an answer too: `CHILD_ENDED`. */
  ask(command: Command): Promise<Answer>
  /** As `ask`, but gives what is said when the work begins, and its end. */
  begin(command: Command): Promise<{ readonly answer: Promise<Answer> }>
}

/** Starts a child that carries out commands, by way of `wrapper`, such as `setpriv`. */
export async function startServant(wrapper: readonly string[] = []): Promise<Servant> {
  const script = join(import.meta.dirname, 'commands.fixture.ts')
  const program = await start<Order, Numbered>(script, { wrapper })
  const asked = new Asked()
  const listen = async (): Promise<never> => {
    for (;;) asked.hear(await program.hear())
  }
  listen().catch(({ message }: Error) => asked.end(message))
  const ask = (command: Command): Promise<Answer> =>
    asked.ask(command, (order) => program.tell(order))
  return {
    ...program,
    ask,
    async begin(command) {
      const answer = ask(command)
      await asked.beforeEnd()
      return { answer }
    },
  }
}

/** So many children that carry out commands. */
export function startServants(count: number): Promise<Servant[]> {
  return Promise.all(Array.from({ length: count }, () => startServant()))
}

/** Waits until it is so, by looking often. The test's time limit is the bound. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await systemClock.sleep(2)
}

/** Waits until so many are seen to wait for the lock. */
export async function untilWaiting(path: string, count: number): Promise<void> {
  await until(async () => (await inspectLock(path)).waiters.length >= count)
}
