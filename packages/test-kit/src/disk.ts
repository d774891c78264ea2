import { closeSync, openSync, writeSync } from 'node:fs'

/** Fills the disk that a file is on: writes to the file until nothing more fits. */
export function fill(path: string): void {
  const file = openSync(path, 'w')
  try {
    for (let length = 65_536; length >= 1; length = Math.floor(length / 2)) {
      try {
        for (;;) writeSync(file, Buffer.alloc(length))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    }
  } finally {
    closeSync(file)
  }
}
