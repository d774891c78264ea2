import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Runs the comparisons one after another: all, or those named. Options are handed to each. */
const folder = join(import.meta.dirname, 'compare')
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => file.replace(/\.ts$/, ''))
const options = process.argv.slice(2).filter((argument) => argument.startsWith('-'))
const named = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))
const unknown = named.filter((name) => !known.includes(name))

if (unknown.length > 0) {
  process.stderr.write(
    `bench: no ${unknown.join(', ')}; there is ${known.join(', ') || 'nothing'}\n`,
  )
  process.exitCode = 2
} else {
  for (const name of named.length > 0 ? named : known) {
    process.stdout.write(`\n# ${name}\n`)
    const { status } = spawnSync(process.execPath, [join(folder, `${name}.ts`), ...options], {
      stdio: 'inherit',
    })
    if (status !== 0) {
      process.stderr.write(`bench: ${name} failed\n`)
      process.exitCode = 1
    }
  }
}
