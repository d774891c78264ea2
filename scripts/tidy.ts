import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { documents } from './tidy/documents.ts'
import { exports } from './tidy/exports.ts'
import { files } from './tidy/files.ts'
import { layers } from './tidy/layers.ts'
import { machine } from './tidy/machine.ts'
import { packaging } from './tidy/packaging.ts'
import type { Rule } from './tidy/tree.ts'

/** Checks the house rules a machine can check. Prints every problem there is; exit code 1 if any. */
const RULES: readonly Rule[] = [layers, machine, files, exports, documents, packaging]

const MADE = /\/(?:node_modules|dist|coverage|test-results)$|^\.\/(?:toolchain|run|bench\/results)$/
const READ = /\.(?:ts|mjs|json|md|ya?ml)$|\/\.ci\/run$/

/** The files of a folder and below; what was made, fetched or hidden is left out. */
function read(folder: string): [path: string, text: string][] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) {
      const isHidden = entry.name.startsWith('.') && !/^\.(?:ci|github|changeset)$/.test(entry.name)
      return isHidden || MADE.test(path) ? [] : read(path)
    }
    return READ.test(path) ? [[path.slice(2), readFileSync(join(root, path), 'utf8')]] : []
  })
}

const root = join(import.meta.dirname, '..')
const tree = new Map(read('.'))
const problems = RULES.flatMap((rule) => rule(tree)).toSorted(
  (a, b) => a.path.localeCompare(b.path) || a.line - b.line,
)
for (const { path, line, rule, message } of problems) {
  process.stdout.write(`${path}:${line} ${rule}: ${message}\n`)
}
if (problems.length > 0) process.stdout.write(`\ntidy: ${problems.length} problems\n`)
process.exitCode = problems.length > 0 ? 1 : 0
