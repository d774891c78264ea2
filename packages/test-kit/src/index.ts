/** What the tests of several packages need of the machine. */
export { fill } from './disk.ts'
export { lacking } from './needs.ts'
export type { Needs } from './needs.ts'
export { startProgram, startServant } from './program.ts'
export type { End, Program, StartOptions } from './program.ts'
export { run } from './run.ts'
export { namesIn, scratch } from './scratch.ts'
export { callsIn, trace } from './strace.ts'
