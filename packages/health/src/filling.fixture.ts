import { memoryPressure } from './index.ts'

/** Says how its memory is, before and after it has filled so many MiB of it. */
const mebibytes = Number(process.argv[2])
const check = memoryPressure()
const { signal } = new AbortController()
const before = await check({ signal })
const held = Buffer.alloc(mebibytes * 2 ** 20, 1)
const after = await check({ signal })
process.stdout.write(JSON.stringify({ before, after, held: held.length }))
