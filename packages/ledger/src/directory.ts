import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes the names in a directory last. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows keeps the names of a directory by itself, and opens none.
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** Makes a directory and those above it that are missing, so that they outlive a power cut. */
export async function createDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  // The name of each new directory is content of the one above it.
  for (let made = path; made !== dirname(made); made = dirname(made)) {
    await syncDirectory(dirname(made))
    if (made === first) return
  }
}
