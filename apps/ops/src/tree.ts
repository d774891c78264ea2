import type { Tree } from './command.ts'
import { completion } from './tree/completion.ts'
import { config } from './tree/config.ts'
import { gate } from './tree/gate.ts'
import { health } from './tree/health.ts'
import { locks } from './tree/locks.ts'
import { report } from './tree/report.ts'
import { runs } from './tree/runs.ts'

/** All commands, in the order in which help names them. */
export const TREE: Tree = [report, gate, runs, health, locks, config, completion]
