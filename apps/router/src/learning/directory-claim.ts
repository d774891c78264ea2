import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { resolve } from 'node:path'

/** Thrown when another router works in the data directory. Nothing in it was touched. */
class DirectoryTakenError extends Error {
  override readonly name = 'DirectoryTakenError'
  readonly code = 'ROUTER_DIRECTORY_TAKEN'
  readonly directory: string

  constructor(directory: string) {
    super(
      `another router works in ${directory}: stop it, or give this one its own directory with --data-dir`,
    )
    this.directory = directory
  }
}

export interface DirectoryClaim {
  release(): Promise<void>
}

/**
 * Claims a directory for this process. The claim is a name that the system itself holds for a process and
 * takes back at its end, however that comes: a socket without a file on Linux (unix(7), "abstract"), a pipe
 * on Windows. Elsewhere, and between containers that share the directory, nothing is claimed.
 * @throws {DirectoryTakenError} if another process has it.
 */
export async function claimDirectory(directory: string): Promise<DirectoryClaim> {
  const name = nameFor(resolve(directory))
  if (name === null) return { release: () => Promise.resolve() }
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'EADDRINUSE' ? new DirectoryTakenError(directory) : error),
    )
    server.listen(name, done)
  })
  server.unref()
  return {
    release: () =>
      new Promise((done) => {
        server.close(() => done())
      }),
  }
}

function nameFor(path: string): string | null {
  // A name may hold 107 bytes; a hash of the path fits, whatever its length.
  const key = `holdfast-router-${createHash('sha256').update(path).digest('hex')}`
  if (process.platform === 'linux') return `\0${key}`
  return process.platform === 'win32' ? `\\\\.\\pipe\\${key}` : null
}
