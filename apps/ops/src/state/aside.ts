import { basename } from 'node:path'
import { learnedIn } from './places.ts'
import { namesIn } from './store-files.ts'

/** The names of states that were put aside, by a command or by a router, the newest first. */
export async function asideIn(dataDir: string): Promise<string[]> {
  const prefix = `${basename(learnedIn(dataDir))}.aside-`
  return (await namesIn(dataDir))
    .filter((name) => name.startsWith(prefix))
    .toSorted()
    .toReversed()
}
