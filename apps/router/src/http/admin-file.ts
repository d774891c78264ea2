import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceJson } from '@holdfast/atomic-json'
import type { Clock, Observe } from '@holdfast/seams'
import type { Config } from '../config/read-config.ts'
import type { RouterFact } from '../tell/facts.ts'

/** Where operators' programs on this machine find a running router, and what they show it. */
const ADMIN_FILE = 'admin.json'

/** The content of the file, which only its owner may read. */
export interface AdminFile {
  readonly version: 1
  /** To be asked from this machine. */
  readonly url: string
  /** Of the first process. */
  readonly pid: number
  /** The bearer token of `/admin`; null when it is the one that the configuration names. */
  readonly key: string | null
  readonly atMs: number
}

/** Says where this router is, as long as it runs. Where it cannot, that is told, and nothing else suffers. */
export async function publishAdmin(
  { dataDir, adminKey, adminToken }: Pick<Config, 'dataDir' | 'adminKey' | 'adminToken'>,
  url: string,
  { clock, observe }: { readonly clock: Clock; readonly observe: Observe<RouterFact> },
): Promise<{ withdraw(): Promise<void> }> {
  const path = join(dataDir, ADMIN_FILE)
  const failed = (error: unknown): void =>
    observe({ kind: 'router.admin-file-failed', path, error })
  const file: AdminFile = {
    version: 1,
    url: fromThisMachine(url),
    pid: process.pid,
    key: adminToken === null ? adminKey : null,
    atMs: clock.wallMs(),
  }
  await replaceJson(path, file, { mode: 0o600, durability: 'atomic' }).catch(failed)
  return { withdraw: () => rm(path, { force: true }).catch(failed) }
}

/** One that listens everywhere is asked where it is nearest. */
const fromThisMachine = (url: string): string =>
  url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
