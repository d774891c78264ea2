import { codeOnly, withoutComments } from './code.ts'
import { isShipped, lineAt, manifests, sources, type Problem, type Tree } from './tree.ts'

/** The entries of a package list what it exports by name and do nothing else; no other file passes names on. */
export function exports(tree: Tree): Problem[] {
  const entries = entriesOf(tree)
  return sources(tree).flatMap(([path, text]) => {
    const code = codeOnly(text)
    const stars = find(path, code, /\bexport\s*\*/g, 'export *: list each name')
    if (!isShipped(path)) return stars
    if (path.endsWith('/index.ts')) return [...stars, ...otherStatements(path, text)]
    if (entries.has(path)) return stars
    const passedOn = /\bexport\s+(?:type\s+)?\{[^}]*\}\s*from\b/g
    return [
      ...stars,
      ...find(path, code, passedOn, 'passes names on; only an entry of the package may'),
    ]
  })
}

/** The source files behind each package's `exports`. */
function entriesOf(tree: Tree): Set<string> {
  const entries = manifests(tree).flatMap(([path, , manifest]) =>
    Object.values(manifest.exports ?? {}).flatMap((entry) => {
      const output = typeof entry === 'string' ? entry : (entry['default'] ?? '')
      return output.replace('./dist/', path.replace('package.json', 'src/')).replace(/\.js$/, '.ts')
    }),
  )
  return new Set(entries)
}

function otherStatements(path: string, text: string): Problem[] {
  const code = withoutComments(text)
  const other = code.replaceAll(
    /export\s+(?:type\s+)?\{[^}]*\}\s*from\s*'[^']*'|export\s*\*.*/g,
    (found) => found.replaceAll(/[^\n]/g, ' '),
  )
  return find(
    path,
    other,
    /\S[^\n]*/g,
    'only lists what is exported; move this into a file of its own',
  ).slice(0, 1)
}

function find(path: string, code: string, pattern: RegExp, message: string): Problem[] {
  return [...code.matchAll(pattern)].map((match) => ({
    path,
    line: lineAt(code, match.index),
    rule: 'exports',
    message,
  }))
}
