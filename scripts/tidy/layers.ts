import { codeOnly } from './code.ts'
import {
  isShipped,
  lineAt,
  lineOf,
  manifests,
  sources,
  TEST_KIT,
  workspaceOf,
  type Problem,
  type Tree,
} from './tree.ts'

/** Which packages there may be, row by row. A package is built on rows below its own only. */
const ROWS: readonly (readonly string[])[] = [
  ['seams', 'test-kit'],
  [
    'file-lock',
    'atomic-json',
    'linucb',
    'circuit-breaker',
    'health',
    'supervisor',
    'event-store',
    'anomaly',
    'quorum',
  ],
  ['shared-json'],
  [
    'run-state',
    'bandit-store',
    'ledger',
    'promotion',
    'watchdog',
    'backup',
    'degradation',
    'updater',
    'actors',
    'replay',
  ],
  ['sqlite-store', 'redis', 'telemetry'],
  ['ops', 'router', 'dashboard'],
]
const ADAPTERS = 4
const APPS = 5
const OUTSIDE_WORLD = new Set(['node:sqlite', 'redis', 'prom-client', 'pino'])
/** SQLite as a lock of the kernel, not as a database: that is what the package is for. */
const ALLOWED = new Set(['packages/file-lock node:sqlite'])

const rowOf = (name: string): number => ROWS.findIndex((row) => row.includes(name))

/** Every workspace has a row, and depends on and imports from lower rows only. */
export function layers(tree: Tree): Problem[] {
  return [...placement(tree), ...dependencies(tree), ...imports(tree)]
}

/** The row of a workspace; examples, bench and scripts are above everything. */
function rowOfWorkspace(workspace: string): number {
  const [folder, name = ''] = workspace.split('/')
  return folder === 'packages' || folder === 'apps' ? rowOf(name) : ROWS.length
}

function placement(tree: Tree): Problem[] {
  return manifests(tree).flatMap(([path, text, { name }]): Problem[] => {
    const [folder, expected = ''] = workspaceOf(path).split('/')
    if (folder !== 'packages' && folder !== 'apps') return []
    const problem = (message: string): Problem[] => [
      { path, line: lineOf(text, '"name"'), rule: 'layers', message },
    ]
    if (name !== `@holdfast/${expected}`) {
      return problem(`is named ${name}; name it @holdfast/${expected}, after its folder`)
    }
    const row = rowOf(expected)
    if (row < 0) return problem(`${name} has no row; give it one in scripts/tidy/layers.ts`)
    if ((row === APPS) !== (folder === 'apps')) {
      return problem(`${name} belongs in ${row === APPS ? 'apps' : 'packages'}; move it there`)
    }
    return []
  })
}

function dependencies(tree: Tree): Problem[] {
  return manifests(tree).flatMap(([path, text, manifest]) => {
    const row = rowOfWorkspace(workspaceOf(path))
    const needed = {
      ...manifest.dependencies,
      ...manifest.peerDependencies,
      ...manifest.devDependencies,
    }
    return Object.keys(needed)
      .filter((name) => name.startsWith('@holdfast/') && !isBelow(name, row))
      .map((name) => ({
        path,
        line: lineOf(text, `"${name}"`),
        rule: 'layers',
        message: `depends on ${name}, which is not in a lower row; move what is shared below both`,
      }))
  })
}

function isBelow(name: string, row: number): boolean {
  const other = rowOf(name.replace('@holdfast/', ''))
  return other >= 0 && other < row
}

function imports(tree: Tree): Problem[] {
  return sources(tree).flatMap(([path, text]) => {
    const row = rowOfWorkspace(workspaceOf(path))
    return importsOf(text).flatMap(({ specifier, line }): Problem[] => {
      const message = objection(path, row, specifier)
      return message === undefined ? [] : [{ path, line, rule: 'layers', message }]
    })
  })
}

function objection(path: string, row: number, specifier: string): string | undefined {
  if (specifier.startsWith('@holdfast/')) {
    const name = specifier.split('/').slice(0, 2).join('/')
    if (name === TEST_KIT && isShipped(path)) {
      return `imports ${name}, which is never published; only tests may`
    }
    const isItself = name.endsWith(`/${workspaceOf(path).split('/')[1]}`)
    if (!isItself && !isBelow(name, row)) {
      return `imports ${name}, which is not in a lower row; move what is shared below both`
    }
  } else if (specifier.startsWith('.')) {
    const target = new URL(specifier, `file:///${path}`).pathname.slice(1)
    if (workspaceOf(target) !== workspaceOf(path)) {
      return `imports ${specifier} out of another workspace; import its package by name`
    }
  } else if (
    row < ADAPTERS &&
    OUTSIDE_WORLD.has(specifier) &&
    !ALLOWED.has(`${workspaceOf(path)} ${specifier}`)
  ) {
    return `imports ${specifier}; only adapters and apps touch it, through a contract of the domain`
  }
  return undefined
}

function importsOf(text: string): { specifier: string; line: number }[] {
  const pattern = /\b(?:from|import)\s*\(?\s*['"]([^'"\n]+)['"]/g
  const code = codeOnly(text)
  return [...text.matchAll(pattern)]
    .filter(({ index }) => code[index] === text[index])
    .map((match) => ({ specifier: match[1] ?? '', line: lineAt(text, match.index) }))
}
