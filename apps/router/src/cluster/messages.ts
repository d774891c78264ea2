import type { Config } from '../config/read-config.ts'

/** What the first process of a router tells the others. */
export type ToWorker =
  | {
      readonly kind: 'start'
      readonly config: Config
      readonly isTrusted: boolean
      readonly log: 'info' | 'warn'
      /** Set in a replay: how this process names its decisions. */
      readonly ids: IdSeries | null
    }
  | { readonly kind: 'stop'; readonly reason: string }
  /** The lock of the data directory is gone: `/health` is to say so. */
  | { readonly kind: 'lock-lost' }
  /** Asks for this process's metrics. */
  | { readonly kind: 'values?'; readonly ask: number }
  /** Answers `metrics?`; null when they could not be put together. */
  | { readonly kind: 'metrics'; readonly ask: number; readonly text: string | null }

/** Ids that no other process of the replay gives out. */
export interface IdSeries {
  readonly seed: number
  /** A word that no other process of the run was given. */
  readonly name: string
  /** Which worker of how many this is, from 0. */
  readonly turn: { readonly of: number; readonly index: number }
  /** Decisions that were learned from before. */
  readonly after: number
}

/** An error on its way to another process: its class stays behind, and what callers branch on comes along. */
export interface Failure {
  readonly message: string
  readonly code?: string | undefined
  readonly address?: string | undefined
  readonly port?: number | undefined
}

/** What a process of a router tells the first one. */
export type FromWorker =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly error: Failure }
  /** Asks for the metrics of all processes. */
  | { readonly kind: 'metrics?'; readonly ask: number }
  /** Answers `values?`. */
  | { readonly kind: 'values'; readonly ask: number; readonly values: readonly object[] }
  /** In a replay: what the router added to an answer, in ms. */
  | { readonly kind: 'answered'; readonly addedMs: number }
