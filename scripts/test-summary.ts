import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { summarise, type Report, type Result } from './test-summary/summarise.ts'

/** Adds up the test results of every workspace. Arguments: passed|failed, whole|part, workspaces. */
const [turbo, extent, ...workspaces] = process.argv.slice(2)

const results = workspaces.flatMap((workspace): Result[] => {
  const { scripts = {} } = JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8')) as {
    scripts?: Record<string, string>
  }
  // A script that runs tests says where vitest writes what it found.
  const files = Object.values(scripts).flatMap(
    (script) => script.match(/test-results\/\S+\.json/) ?? [],
  )
  return files.map((file) => {
    const path = join(workspace, file)
    return {
      path,
      report: existsSync(path) ? read(path) : null,
    }
  })
})

const isClean = turbo === 'passed'
const { lines, failed } = summarise(results, { isWhole: extent === 'whole', isClean })
process.stdout.write(`\n${lines.join('\n')}\n`)
process.exitCode = failed > 0 ? 1 : 0

/** A report with the names of its files as seen from here. */
function read(path: string): Report {
  return JSON.parse(readFileSync(path, 'utf8').replaceAll(`${process.cwd()}/`, '')) as Report
}
