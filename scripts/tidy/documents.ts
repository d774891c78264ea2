import { withoutComments } from './code.ts'
import { isShipped, isTest, lineAt, lineOf, sources, type Problem, type Tree } from './tree.ts'

const SECTIONS = [
  'Use',
  'Promises',
  'Limits',
  'Options',
  'Errors',
  'Facts',
  'How it works',
  'Measured',
]
const ERRORS = 'docs/ERRORS.md'
const ABSOLUTE = /(?<![\w.:/~$}-])\/(?:home|root|Users|work)\/[\w.-]+|\b[A-Z]:\\Users\\/g

/** READMEs keep their shape and their promises, errors are listed, and no path of one machine is written down. */
export function documents(tree: Tree): Problem[] {
  return [...readmes(tree), ...errorCodes(tree), ...machinePaths(tree)]
}

function readmes(tree: Tree): Problem[] {
  const packages = [...tree.keys()].flatMap(
    (path) => /^(?:packages|apps)\/[^/]+(?=\/package\.json$)/.exec(path) ?? [],
  )
  return packages.flatMap((folder): Problem[] => {
    const path = `${folder}/README.md`
    const text = tree.get(path)
    if (text === undefined) {
      return [
        { path, line: 1, rule: 'readme', message: `is missing; write ${SECTIONS.join(', ')}` },
      ]
    }
    // What only tests use promises nothing to anyone else.
    return isTest(path) ? [] : [...sections(path, text), ...promises(tree, folder, path, text)]
  })
}

function sections(path: string, text: string): Problem[] {
  const found = [...withoutFences(text).matchAll(/^## (.*)$/gm)].map(([, title]) => title)
  if (found.join() === SECTIONS.join()) return []
  const message = `has the sections ${found.join(', ') || '(none)'}; they are ${SECTIONS.join(', ')}`
  return [{ path, line: 1, rule: 'readme', message }]
}

function promises(tree: Tree, folder: string, path: string, text: string): Problem[] {
  const start = text.indexOf('## Promises')
  if (start < 0) return []
  const section = text.slice(start).split(/^## /m)[1] ?? ''
  const items = [...section.matchAll(/^\d+\. .*(?:\n(?!\d+\. ).*)*/gm)]
  const problem = (index: number, message: string): Problem => ({
    path,
    line: lineAt(text, start + 3 + index),
    rule: 'promises',
    message,
  })
  const files = [...tree.keys()].filter((file) => file.startsWith(`${folder}/`))
  const isThere = (test: string): boolean => files.some((file) => file.endsWith(`/${test}`))
  if (items.length === 0) return [problem(0, 'promises nothing; number what is promised')]
  return items.flatMap((item): Problem[] => {
    const tests = item[0].match(/[\w.-]+\.test\.ts/g) ?? []
    if (tests.length === 0)
      return [problem(item.index, 'names no test; name the file that shows it')]
    return tests
      .filter((test) => !isThere(test))
      .map((test) =>
        problem(item.index, `${test} is not in ${folder}; name the test that shows it`),
      )
  })
}

/** Code blocks may hold lines that look like headings. */
const withoutFences = (text: string): string => text.replaceAll(/^```[^]*?^```/gm, '')

function errorCodes(tree: Tree): Problem[] {
  const list = tree.get(ERRORS)
  if (list === undefined) return []
  return sources(tree)
    .filter(([path]) => isShipped(path))
    .flatMap(([path, text]) => {
      const code = withoutComments(text)
      const fields = [
        ...code.matchAll(/\breadonly code(?::|\s*=)((?:\s*\|?\s*'[A-Z][A-Z0-9_]*')+)/g),
      ]
      const codes = fields.flatMap(([field]) => field.match(/(?<=')[A-Z][A-Z0-9_]*/g) ?? [])
      return codes
        .filter((name) => !new RegExp(`\\b${name}\\b`).test(list))
        .map((name) => ({
          path,
          line: lineOf(code, `'${name}'`),
          rule: 'errors',
          message: `${name} is not in ${ERRORS}; add when it comes, what is true then, what to do`,
        }))
    })
}

function machinePaths(tree: Tree): Problem[] {
  return [...tree]
    .filter(([path]) => !path.startsWith('scripts/tidy/'))
    .flatMap(([path, text]) =>
      [...text.matchAll(ABSOLUTE)].map((match) => ({
        path,
        line: lineAt(text, match.index),
        rule: 'paths',
        message: `${match[0]} is on one machine only; write it from the root of the repository`,
      })),
    )
}
