interface Region {
  readonly kind: 'comment' | 'literal'
  readonly start: number
  readonly end: number
}

/** The text with its comments turned into spaces. Everything else stays at its place. */
export const withoutComments = (text: string): string => blank(text, ['comment'])

/** The text with its comments and the insides of its strings and patterns turned into spaces. */
export const codeOnly = (text: string): string => blank(text, ['comment', 'literal'])

function blank(text: string, kinds: readonly Region['kind'][]): string {
  let result = ''
  let from = 0
  for (const { kind, start, end } of regions(text)) {
    if (!kinds.includes(kind)) continue
    result += text.slice(from, start) + text.slice(start, end).replaceAll(/[^\n]/g, ' ')
    from = end
  }
  return result + text.slice(from)
}

// Each matches at a place where it begins, up to its end or, if it never ends, as far as it can.
const COMMENT = /\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|^#![^\n]*/y
const STRING = /'(?:\\[^]|[^'\\\n])*|"(?:\\[^]|[^"\\\n])*/y
const PATTERN = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+(?=\/)/y
const TEMPLATE = /(?:\\[^]|\$(?!\{)|[^`\\$])*/y
// A slash after one of these begins a pattern; after a value it divides.
const BEFORE_PATTERN =
  /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|of|in|await|yield))\s*$/

/** Where comments and literals are. Enough of the grammar for that, and no more. */
function regions(text: string): Region[] {
  const found: Region[] = []
  // For each template we are inside of: how many braces are open in its current `${}`.
  const templates: number[] = []
  let code = ''
  let at = 0

  const lengthOf = (pattern: RegExp): number => {
    pattern.lastIndex = at
    return pattern.exec(text)?.[0].length ?? 0
  }
  const take = (kind: Region['kind'], length: number): void => {
    found.push({ kind, start: at, end: at + length })
    at += length
  }
  /** From a backtick, or the brace that closes a `${}`, to the next backtick or `${`. */
  const takeTemplate = (): void => {
    at += 1
    take('literal', lengthOf(TEMPLATE))
    const isOpen = text[at] === '$'
    if (isOpen) templates.push(0)
    code += isOpen ? '(' : '"'
    at += isOpen ? 2 : 1
  }
  /** Between its two marks, of which the first is a character long. */
  const takeLiteral = (length: number): void => {
    at += 1
    take('literal', length - 1)
    code += '"'
    at += 1
  }
  const takeCode = (char: string): void => {
    const open = templates.at(-1)
    if (open !== undefined && char === '{') templates[templates.length - 1] = open + 1
    if (open !== undefined && char === '}') templates[templates.length - 1] = open - 1
    code += char
    at += 1
  }

  while (at < text.length) {
    const char = text[at] ?? ''
    const comment = char === '/' || char === '#' ? lengthOf(COMMENT) : 0
    if (comment > 0) take('comment', comment)
    else if (char === "'" || char === '"') takeLiteral(lengthOf(STRING))
    else if (char === '`') takeTemplate()
    else if (char === '}' && templates.at(-1) === 0) {
      templates.pop()
      takeTemplate()
    } else if (char === '/' && BEFORE_PATTERN.test(code.slice(-40)) && lengthOf(PATTERN) > 0) {
      takeLiteral(lengthOf(PATTERN))
    } else takeCode(char)
  }
  return found
}
