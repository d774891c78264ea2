import { systemClock } from './clock.ts'

/** Has nothing left to do but one timer, of which the argument says whether it keeps the process. */
const keepsAlive = process.argv[2] === 'keeps'
systemClock.after(keepsAlive ? 1 : 3_600_000, () => process.stdout.write('ran'), { keepsAlive })
