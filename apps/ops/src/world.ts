import type { Readable, Writable } from 'node:stream'
import type { Clock, Random } from '@holdfast/seams'
import type { Tree } from './command.ts'

/** Where words go. */
export interface Sink extends Writable {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly rows?: number | undefined
}

/** What surrounds one call of the command: the process in earnest, made up in tests. */
export interface World {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly stdout: Sink
  readonly stderr: Sink
  /** Opened only when it is asked for. */
  readonly stdin: () => Readable
  /** Whether a person can answer there. */
  readonly stdinIsTerminal: boolean
  readonly clock: Clock
  readonly random: Random
  /** Aborted by Ctrl-C and its like. */
  readonly interrupted: AbortSignal
  readonly tree: Tree
}
