import { codeOnly } from './code.ts'
import { isShipped, lineAt, sources, type Problem, type Tree } from './tree.ts'

interface Ban {
  readonly rule: string
  readonly pattern: RegExp
  readonly instead: string
  readonly applies: (path: string) => boolean
}

// Setup runs before anything is installed, so it cannot be given its clock.
const isSetup = (path: string): boolean => /^scripts\/dev(\.mjs$|\/.*\.mjs$)/.test(path)
const isInSeams = (path: string): boolean => path.startsWith('packages/seams/src/')
const hasNoSeam = (path: string): boolean => !isSetup(path) && !isInSeams(path)
const isInPackage = (path: string): boolean => path.startsWith('packages/')
const readsConfig = (path: string): boolean =>
  /^apps\/[^/]+\/src\/((?:[\w-]+\/)?main\.ts$|config)/.test(path)

const BANS: readonly Ban[] = [
  {
    rule: 'clock',
    pattern:
      /(?<![\w$])(?:Date\.now|performance\.(?:now|timeOrigin)|process\.(?:hrtime|uptime))\b|\bnew\s+Date\s*(?:\(\s*\)|(?![\s\w(]))/g,
    instead: 'take a Clock from @holdfast/seams',
    applies: hasNoSeam,
  },
  {
    rule: 'timers',
    pattern:
      /(?<![\w$.])(?:globalThis\.)?(?:setTimeout|setInterval|setImmediate)\b|\bAbortSignal\.timeout\b/g,
    instead: 'use clock.after or clock.sleep of @holdfast/seams',
    applies: hasNoSeam,
  },
  {
    rule: 'chance',
    pattern:
      /\bMath\.random\b|(?<![\w$])(?:randomBytes|randomUUID|randomUUIDv7|randomInt|randomFill|randomFillSync|getRandomValues)\b/g,
    instead: 'take a Random from @holdfast/seams',
    applies: hasNoSeam,
  },
  {
    rule: 'process',
    pattern: /\bprocess\.(?:env|argv|argv0|execArgv|exit|exitCode|abort)\b/g,
    instead: "take it as an option; only an app's main.ts and config read it",
    applies: (path) => isShipped(path) && !readsConfig(path),
  },
  {
    rule: 'silence',
    pattern: /(?<![\w$.])console\.\w+/g,
    instead: 'give a fact to observe',
    applies: (path) => /^(packages|apps)\//.test(path),
  },
  {
    rule: 'silence',
    pattern: /\bprocess\.(?:stdout|stderr)\b/g,
    instead: 'give a fact to observe; a package never writes to the terminal',
    applies: (path) => isShipped(path) && isInPackage(path),
  },
]

// `process` by import would hide the same things under shorter names.
const PROCESS_IMPORT = /\bfrom\s+['"](?:node:)?(process|timers|timers\/promises)['"]/g

/** Only seams touches the machine's clock, timers and chance; only apps the process; nobody logs. */
export function machine(tree: Tree): Problem[] {
  return sources(tree).flatMap(([path, text]) => {
    const code = codeOnly(text)
    const found = BANS.filter(({ applies }) => applies(path)).flatMap(
      ({ rule, pattern, instead }) =>
        [...code.matchAll(pattern)].map((match) => ({
          path,
          line: lineAt(code, match.index),
          rule,
          message: `${match[0]}: ${instead}`,
        })),
    )
    return hasNoSeam(path) ? [...found, ...importsOfMachine(path, text, code)] : found
  })
}

function importsOfMachine(path: string, text: string, code: string): Problem[] {
  return [...text.matchAll(PROCESS_IMPORT)]
    .filter(({ index }) => code[index] === text[index])
    .filter(([, name]) => name !== 'process' || isShipped(path))
    .map((match) => ({
      path,
      line: lineAt(text, match.index),
      rule: match[1] === 'process' ? 'process' : 'timers',
      message:
        match[1] === 'process'
          ? 'use the global process, so that what is read of it can be seen'
          : 'use clock.after or clock.sleep of @holdfast/seams',
    }))
}
