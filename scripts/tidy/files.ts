import { codeOnly, withoutComments } from './code.ts'
import { isTest, lineAt, sources, type Problem, type Tree } from './tree.ts'

const LONGEST_FILE = 250
const VAGUE = new Set([
  'manager',
  'helper',
  'helpers',
  'util',
  'utils',
  'common',
  'base',
  'service',
  'services',
])
const DECLARATION = /\b(?:class|interface|type|function)\s+([A-Za-z_$][\w$]*)/g

/** File names, declared names, length, and handlers that swallow errors. */
export function files(tree: Tree): Problem[] {
  return sources(tree).flatMap(([path, text]) => {
    const code = codeOnly(text)
    return [
      ...fileName(path),
      ...declaredNames(path, code),
      ...(isTest(path) ? [] : length(path, text)),
      ...emptyCatches(path, text, code),
    ]
  })
}

function fileName(path: string): Problem[] {
  const name = path.split('/').at(-1) ?? ''
  const problem = (message: string): Problem[] => [{ path, line: 1, rule: 'names', message }]
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)+$/.test(name)) {
    return problem(`${name} is not kebab-case; write it in lower case with hyphens`)
  }
  const vague = name.split(/[-.]/).find((word) => VAGUE.has(word))
  return vague === undefined ? [] : problem(`"${vague}" says nothing; name what the file holds`)
}

function declaredNames(path: string, code: string): Problem[] {
  return [...code.matchAll(DECLARATION)].flatMap((match): Problem[] => {
    const [, name = ''] = match
    // A base URL is a thing of its own.
    const words = name.replace(/base(?=url)/i, '').split(/(?=[A-Z])|_/)
    const vague = words.find((word) => VAGUE.has(word.toLowerCase()))
    if (vague === undefined) return []
    const message = `"${vague}" in ${name} says nothing; name what it is or does`
    return [{ path, line: lineAt(code, match.index), rule: 'names', message }]
  })
}

function length(path: string, text: string): Problem[] {
  const lines = withoutComments(text)
    .split('\n')
    .filter((line) => line.trim() !== '').length
  if (lines <= LONGEST_FILE) return []
  const message = `${lines} lines of code, and ${LONGEST_FILE} are the most; find the two ideas in it`
  return [{ path, line: 1, rule: 'length', message }]
}

function emptyCatches(path: string, text: string, code: string): Problem[] {
  return [...code.matchAll(/\bcatch\s*(?:\([^)]*\))?\s*\{\s*\}/g)]
    .filter((match) => !/\/[/*]/.test(text.slice(match.index, match.index + match[0].length)))
    .map((match) => ({
      path,
      line: lineAt(code, match.index),
      rule: 'catch',
      message: 'an empty catch; say in a sentence why nothing is to be done',
    }))
}
