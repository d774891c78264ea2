import { describe, expect, it } from 'vitest'
import { documents } from './documents.ts'
import { exports } from './exports.ts'
import { files } from './files.ts'
import { layers } from './layers.ts'
import { machine } from './machine.ts'
import { packaging } from './packaging.ts'
import type { Rule } from './tree.ts'

/** What a rule says of some files, as `line rule: message` without the path. */
function said(rule: Rule, files: Record<string, string>): string[] {
  return rule(new Map(Object.entries(files))).map(
    ({ line, rule, message }) => `${line} ${rule}: ${message}`,
  )
}

/** Shows a rule both ways: on these files it says nothing, on those it says this. */
function shows(
  rule: Rule,
  { good, bad, says }: { good: Record<string, string>; bad: Record<string, string>; says: RegExp },
): void {
  expect(said(rule, good)).toEqual([])
  expect(said(rule, bad)).toEqual([expect.stringMatching(says)])
}

const named = (name: string, more: object = {}): string =>
  JSON.stringify({ name, ...more }, null, 2)
const file = 'packages/linucb/src/arm.ts'

/** One line of source, that is fine at one path and not at another. */
const line = (path: string, text: string): Record<string, string> => ({
  [path]: `// First.\n${text}\n`,
})

describe('layers', () => {
  it('lets a package depend on and import from lower rows only', () => {
    const seams = named('@holdfast/linucb', { dependencies: { '@holdfast/seams': 'workspace:^' } })
    const same = named('@holdfast/linucb', { dependencies: { '@holdfast/health': 'workspace:^' } })
    shows(layers, {
      good: { 'packages/linucb/package.json': seams },
      bad: { 'packages/linucb/package.json': same },
      says: /^4 layers: depends on @holdfast\/health, which is not in a lower row/,
    })
    shows(layers, {
      good: line(file, "import { Clock } from '@holdfast/seams/testing' // not '@holdfast/ledger'"),
      bad: line(file, "import { Ledger } from '@holdfast/ledger'"),
      says: /^2 layers: imports @holdfast\/ledger, which is not in a lower row/,
    })
  })

  it('lets nothing below them use examples, bench and apps', () => {
    shows(layers, {
      good: {
        ...line('bench/compare/x.ts', "await import('@holdfast/router')"),
        ...line('packages/linucb/bench/x.ts', "await import('@holdfast/linucb')"),
      },
      bad: line('apps/ops/src/x.ts', "await import('@holdfast/router')"),
      says: /^2 layers: imports @holdfast\/router/,
    })
  })

  it('knows every package by its folder and its row', () => {
    shows(layers, {
      good: { 'apps/router/package.json': named('@holdfast/router') },
      bad: { 'packages/router/package.json': named('@holdfast/router') },
      says: /belongs in apps/,
    })
    shows(layers, {
      good: { 'packages/health/package.json': named('@holdfast/health') },
      bad: { 'packages/new-thing/package.json': named('@holdfast/new-thing') },
      says: /has no row/,
    })
    shows(layers, {
      good: { 'packages/health/package.json': named('@holdfast/health') },
      bad: { 'packages/health/package.json': named('health') },
      says: /name it @holdfast\/health/,
    })
  })

  it('keeps relative imports inside their workspace', () => {
    shows(layers, {
      good: line(file, "import { a } from '../src/a.ts'"),
      bad: line(file, "import { a } from '../../seams/src/a.ts'"),
      says: /out of another workspace/,
    })
  })

  it('keeps databases and metrics in adapters and apps', () => {
    shows(layers, {
      good: line('packages/telemetry/src/x.ts', "import { Counter } from 'prom-client'"),
      bad: line('packages/health/src/x.ts', "import { Counter } from 'prom-client'"),
      says: /only adapters and apps/,
    })
  })

  it('keeps what tests need out of what is shipped', () => {
    const text = "import { run } from '@holdfast/test-kit'"
    shows(layers, {
      good: {
        ...line('packages/health/src/x.test.ts', text),
        ...line('apps/ops/src/x.fixture.ts', text),
      },
      bad: line('packages/health/src/x.ts', text),
      says: /never published; only tests may/,
    })
  })
})

describe('the machine', () => {
  it.each([
    ['Date.now()', 'clock'],
    ['new Date()', 'clock'],
    ['performance.now()', 'clock'],
    ['process.hrtime.bigint()', 'clock'],
    ['setTimeout(f, 1)', 'timers'],
    ['new Promise(setImmediate)', 'timers'],
    ['globalThis.setInterval(f, 1)', 'timers'],
    ['AbortSignal.timeout(5)', 'timers'],
    ["import { setTimeout as sleep } from 'node:timers/promises'", 'timers'],
    ['Math.random()', 'chance'],
    ['crypto.randomUUID()', 'chance'],
    ['process.env', 'process'],
    ["import { env } from 'node:process'", 'process'],
    ['console.log(1)', 'silence'],
    ['process.stdout.write(text)', 'silence'],
  ])('is not touched by %s', (code, rule) => {
    const found = said(machine, line(file, code))
    expect(found.length).toBeGreaterThan(0)
    for (const problem of found)
      expect(problem).toMatch(/^2 (clock|timers|chance|process|silence): /)
    expect(found.join()).toContain(` ${rule}: `)
  })

  it.each([
    '// Date.now() may jump.',
    "const text = 'Math.random()'",
    'const text = `process.env`',
    'new Date(atMs)',
    'clock.setTimeout(f)',
    "import { sleep } from './timers.ts'",
    'const date = /Date.now()/',
  ])('is not touched by %s', (code) => {
    expect(said(machine, line(file, code))).toEqual([])
  })

  it('is for seams, and for setup, which runs before anything is installed', () => {
    shows(machine, {
      good: {
        ...line('packages/seams/src/clock.ts', 'Date.now()'),
        'scripts/dev.mjs': 'Date.now()',
      },
      bad: line('scripts/tidy.ts', 'Date.now()'),
      says: /^2 clock: Date\.now/,
    })
  })

  it("gives environment and arguments to an app's main and config, and to tests", () => {
    const reads = 'process.env'
    for (const path of [
      'apps/ops/src/main.ts',
      'apps/ops/src/config.ts',
      'packages/a/src/b.test.ts',
    ]) {
      expect(said(machine, line(path, reads))).toEqual([])
    }
    const imports = "import { argv } from 'node:process'"
    expect(said(machine, line('packages/a/src/b.fixture.ts', imports))).toEqual([])
    expect(said(machine, line('apps/ops/src/server.ts', reads))).toHaveLength(1)
  })
})

describe('files', () => {
  it('have kebab-case names that say something', () => {
    shows(files, {
      good: { 'packages/a/src/claim-rules.ts': '' },
      bad: { 'packages/a/src/claimRules.ts': '' },
      says: /not kebab-case/,
    })
    shows(files, {
      good: { 'packages/a/src/claim.ts': '' },
      bad: { 'packages/a/src/claim-utils.ts': '' },
      says: /"utils" says nothing/,
    })
  })

  it('declare names that say something', () => {
    shows(files, {
      good: line(file, 'function readBaseUrl() {} // class LockManager'),
      bad: line(file, 'export class LockManager {}'),
      says: /^2 names: "Manager" in LockManager/,
    })
  })

  it('hold at most 250 lines of code, comments and tests apart', () => {
    const code = 'a\n'.repeat(250)
    shows(files, {
      good: {
        [file]: `${'// why\n\n'.repeat(50)}${code}`,
        'packages/a/src/a.test.ts': code + code,
      },
      bad: { [file]: `${code}a\n` },
      says: /251 lines of code/,
    })
  })

  it('do not swallow an error without a word', () => {
    shows(files, {
      good: line(file, 'try { a() } catch {\n// It was removed first.\n}'),
      bad: line(file, 'try { a() } catch (error) { }'),
      says: /^2 catch: /,
    })
  })
})

describe('exports', () => {
  const index = 'packages/linucb/src/index.ts'

  it('are listed by name', () => {
    shows(exports, {
      good: line(index, "export { a } from './a.ts'\nexport type { A } from './a.ts'"),
      bad: line(index, "export * from './a.ts'"),
      says: /^2 exports: export \*/,
    })
  })

  it('are all that index.ts holds', () => {
    shows(exports, {
      good: line(index, '/** Which arm next? */'),
      bad: line(index, 'export const a = 1'),
      says: /^2 exports: only lists/,
    })
  })

  it('pass names on in the entries of a package only', () => {
    const entries = { exports: { './testing': { types: '', default: './dist/testing.js' } } }
    const passesOn = line('packages/linucb/src/testing.ts', "export { a } from './a.ts'")
    shows(exports, {
      good: { 'packages/linucb/package.json': JSON.stringify(entries), ...passesOn },
      bad: passesOn,
      says: /^2 exports: passes names on/,
    })
  })
})

/** A README of the settled shape with these promises. */
const readme = (promises: string): string =>
  `# a\n\n## Use\n\n\`\`\`sh\n## not a section\n\`\`\`\n\n## Promises\n\n${promises}\n\n` +
  ['Limits', 'Options', 'Errors', 'Facts', 'How it works', 'Measured']
    .map((section) => `## ${section}\n`)
    .join('\n')

describe('documents', () => {
  const folder = { 'packages/a/package.json': '{}', 'packages/a/src/a.test.ts': '' }

  it('include a README of the settled shape for every package', () => {
    const good = { ...folder, 'packages/a/README.md': readme('1. Holds. `a.test.ts`') }
    shows(documents, { good, bad: folder, says: /README|is missing/ })
    const short = readme('1. Holds. `a.test.ts`').replace('## Facts', '## Events')
    shows(documents, {
      good,
      bad: { ...folder, 'packages/a/README.md': short },
      says: /has the sections .*Events/,
    })
  })

  it('may take any shape for what only tests use, but are there', () => {
    const kit = { 'packages/test-kit/package.json': '{}' }
    shows(documents, {
      good: { ...kit, 'packages/test-kit/README.md': '# For tests' },
      bad: kit,
      says: /is missing/,
    })
  })

  it('name for each promise a test that exists', () => {
    const good = { ...folder, 'packages/a/README.md': readme('1. Holds,\n   always. a.test.ts') }
    shows(documents, {
      good,
      bad: { ...folder, 'packages/a/README.md': readme('1. Holds. `a.test.ts`\n2. Lasts.') },
      says: /^12 promises: names no test/,
    })
    shows(documents, {
      good,
      bad: { ...folder, 'packages/a/README.md': readme('1. Holds. `b.test.ts`') },
      says: /^11 promises: b\.test\.ts is not in packages\/a/,
    })
  })

  it('list the code of every error, once there is a list', () => {
    const error = line(file, "readonly code = 'ARM_GONE'")
    expect(said(documents, error)).toEqual([])
    shows(documents, {
      good: { ...error, 'docs/ERRORS.md': '| `ARM_GONE` |' },
      bad: {
        ...line(file, "readonly code: 'ARM_GONE' | 'ARM_NEW'"),
        'docs/ERRORS.md': '| `ARM_GONE` |',
      },
      says: /^2 errors: ARM_NEW is not in docs\/ERRORS\.md/,
    })
  })

  it('hold no path of one machine', () => {
    shows(documents, {
      good: { 'docs/a.md': 'See https://example.org/home/a and ./home/a and src/work/a.' },
      bad: { 'docs/a.md': 'See /home/ana/holdfast.' },
      says: /^1 paths: \/home\/ana/,
    })
  })
})

describe('packaging', () => {
  const path = 'packages/a/package.json'
  const whole = {
    name: '@holdfast/a',
    license: 'MIT',
    repository: { directory: 'packages/a' },
    type: 'module',
    sideEffects: false,
    engines: { node: '>=22.18' },
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    files: ['dist'],
  }
  const manifest = (more: object): Record<string, string> => ({
    [path]: JSON.stringify({ ...whole, ...more }, null, 2),
  })

  it.each([
    ['type', { type: 'commonjs' }],
    ['license', { license: 'ISC' }],
    ['sideEffects', { sideEffects: true }],
    ['engines', { engines: {} }],
    ['files', { files: ['src'] }],
    ['directory', { repository: {} }],
    ['exports', { exports: {} }],
    ['types', { exports: { '.': { default: './a.js', types: './a.d.ts' } } }],
    ['postinstall', { scripts: { postinstall: 'node a.js' } }],
    ['workspace:', { dependencies: { '@holdfast/seams': 'workspace:*' } }],
    ['catalog:', { devDependencies: { zod: '4.6.7' } }],
    ['never published', { dependencies: { '@holdfast/test-kit': 'workspace:^' } }],
  ])('of a package says what it must: %s', (word, more) => {
    shows(packaging, { good: manifest({}), bad: manifest(more), says: new RegExp(word) })
  })

  it('lets the root pin its tools, and private workspaces export nothing', () => {
    const { sideEffects: _, exports: __, files: ___, ...rest } = whole
    const tools = { ...rest, private: true, devDependencies: { turbo: '2.11.9' } }
    expect(said(packaging, { 'package.json': JSON.stringify(tools) })).toEqual([])
  })
})
