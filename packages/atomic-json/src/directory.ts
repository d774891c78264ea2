import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { syncDirectory, type Durability } from './replace-file.ts'
import type { Steps } from './steps.ts'

/** Makes a directory and those above it that are missing, as durable as the file it is made for. */
export function* createMissing(directory: string, durability: Durability): Steps<void> {
  const first = mkdirSync(directory, { recursive: true })
  if (first === undefined || durability !== 'full') return
  // The name of each new directory is content of the one above it.
  for (let made = directory; made !== dirname(made); made = dirname(made)) {
    yield* syncDirectory(dirname(made))
    if (made === first) return
  }
}
