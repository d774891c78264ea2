/** One holder at a time, whatever becomes of it: one that is killed is replaced at once, under a higher number. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { acquireLock, inspectLock, tryLock, withLock } from '@holdfast/file-lock'

const [, , given] = process.argv
if (given === undefined) await parent()
else await child(given)

async function parent(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-example-'))
  const path = join(directory, 'stock.json')
  const other = fork(import.meta.filename, [path])
  try {
    const [fence] = (await once(other, 'message')) as [number]
    const isItsLock = (await inspectLock(path)).owner?.pid === other.pid
    console.log(`the other process has it: ${isItsLock}`)
    await tryLock(path).catch((error: { code: string }) => console.log(`tryLock: ${error.code}`))

    other.kill('SIGKILL')
    await withLock(path, { waitMs: 5_000 }, async (lock) => {
      console.log(`ours after its kill -9, under a higher fence: ${lock.fence > fence}`)
      await writeFile(path, '{"apples":7}')
      lock.assertValid() // Throws if someone broke the lock meanwhile.
    })
    console.log(`now it is ${(await inspectLock(path)).state}`)
  } finally {
    other.kill('SIGKILL')
    await rm(directory, { recursive: true })
  }
}

/** Takes the lock and keeps it until it is killed. */
async function child(path: string): Promise<void> {
  const lock = await acquireLock(path)
  process.send?.(lock.fence)
  await once(process, 'disconnect')
}
