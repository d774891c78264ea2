import type { Tree } from './command.ts'
import { completion } from './tree/completion.ts'
import { config } from './tree/config.ts'
import { locks } from './tree/locks.ts'
import { runs } from './tree/runs.ts'

/** All commands, in the order in which help names them. */
export const TREE: Tree = [runs, locks, config, completion]
