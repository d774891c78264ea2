import { mkdir, open, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { inScratch } from '../scratch-directory.ts'
import { mustRun, schedulerError, type RunProgram } from './run-program.ts'
import { utf16 } from './windows.ts'

/** Where a scheduler keeps something: a file, the crontab, a task. */
export interface Store {
  /** Its path, or what it is. */
  readonly what: string
  /** Null: it is not there. */
  read(): Promise<string | null>
  /** Writes it whole, or not at all; null takes it away. */
  write(text: string | null): Promise<void>
}

export function fileStore(path: string): Store {
  return {
    what: path,
    read: () => readFile(path, 'utf8').catch(nullIfMissing),
    async write(text) {
      if (text === null) return await rm(path, { force: true })
      await mkdir(dirname(path), { recursive: true })
      // Beside it, because a rename is whole only on one file system. The name says to schedulers that it is none of theirs.
      const copy = join(dirname(path), `.holdfast-${process.pid}.tmp`)
      try {
        const file = await open(copy, 'w', 0o644)
        try {
          await file.writeFile(text)
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(copy, path)
      } finally {
        await rm(copy, { force: true })
      }
    },
  }
}

/** A link; its text is where it points to. */
export function linkStore(path: string): Store {
  return {
    what: path,
    read: () => readlink(path).catch(nullIfMissing),
    async write(text) {
      await rm(path, { force: true })
      if (text === null) return
      await mkdir(dirname(path), { recursive: true })
      await symlink(text, path)
    },
  }
}

/** All of a crontab: its program gives and takes nothing less. */
export function crontabStore(run: RunProgram, account: string | null): Store {
  const whose = account === null ? [] : ['-u', account]
  return {
    what: account === null ? 'your crontab' : `the crontab of ${account}`,
    async read() {
      const args = [...whose, '-l']
      const ended = await run('crontab', args)
      if (ended.code === 0) return ended.out
      if (/no crontab for/i.test(ended.err)) return null
      throw schedulerError('crontab', args, ended)
    },
    async write(text) {
      const args = text === null ? ['-r'] : ['-']
      await mustRun(run, 'crontab', [...whose, ...args], text ?? '')
    },
  }
}

/** A task of the Task Scheduler, as XML. What is read of it has fields that were not written. */
export function taskStore(run: RunProgram, name: string): Store {
  return {
    what: `the task ${name}`,
    async read() {
      const { code, out } = await run('schtasks', ['/Query', '/TN', name, '/XML'])
      // Why it fails is said in the language of the machine; most often there is no such task.
      return code === 0 ? out : null
    },
    async write(text) {
      if (text === null) {
        await mustRun(run, 'schtasks', ['/Delete', '/TN', name, '/F'])
        return
      }
      await inScratch('task', async (folder) => {
        const path = join(folder, 'task.xml')
        await writeFile(path, utf16(text.replace(/encoding="[^"]*"/, 'encoding="UTF-16"')))
        await mustRun(run, 'schtasks', ['/Create', '/TN', name, '/XML', path, '/F'])
      })
    },
  }
}

function nullIfMissing(error: unknown): null {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') return null
  throw error
}
