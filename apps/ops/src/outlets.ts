import { OpsError } from './errors.ts'
import type { Sink, World } from './world.ts'

/** Whether what is printed arrives. */
export interface Outlets {
  /** Aborted when standard output takes no more, as after `| head` or on a full disk. */
  readonly closed: AbortSignal
  /**
   * Waits until all that was printed has left, and says why some of it could not be written. Null when all was, or its reader went away:
   * that is the reader's own doing.
   */
  trouble(): Promise<OpsError | null>
}

export function watchOutlets({ stdout, stderr }: Pick<World, 'stdout' | 'stderr'>): Outlets {
  const closed = new AbortController()
  let trouble: OpsError | null = null
  const watch = (sink: Sink, name: string, then: (error: Error) => void): void => {
    sink.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') {
        const message = `not everything could be printed to ${name}: ${error.message}; what was done stays done`
        trouble ??= new OpsError('OPS_NOT_PRINTED', message, { cause: error })
      }
      then(error)
    })
  }
  watch(stdout, 'standard output', (error) => closed.abort(error))
  watch(stderr, 'standard error', () => {})
  return {
    closed: closed.signal,
    async trouble() {
      await Promise.all([left(stdout), left(stderr)])
      return trouble
    },
  }
}

/** Not even nothing is written where nothing waits: of that, too, a full disk would complain. */
async function left(sink: Sink): Promise<void> {
  await new Promise<void>((resolve) => process.nextTick(resolve))
  if (sink.writableLength === 0) return
  await new Promise<void>((resolve) => void sink.write('', () => resolve()))
}
