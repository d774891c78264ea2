import { styleText } from 'node:util'

/** How lines for people may look. The words alone must say everything: colours only help to find it. */
export interface Style {
  /** Columns that a line may take, at least 40; Infinity where there is no edge, as in a file. */
  readonly columns: number
  good(text: string): string
  notice(text: string): string
  bad(text: string): string
  faint(text: string): string
  strong(text: string): string
}

/** How something can be painted. */
export type Paint = Exclude<keyof Style, 'columns'>

/** Colours that are readable on dark and on light ground: none of them is white, black or light. */
const FORMATS = {
  good: 'green',
  notice: 'yellow',
  bad: 'red',
  faint: 'dim',
  strong: 'bold',
} as const satisfies Record<Paint, Parameters<typeof styleText>[0]>

export function createStyle(columns: number, hasColour: boolean): Style {
  const paint =
    (name: Paint) =>
    (text: string): string =>
      hasColour && text !== '' ? styleText(FORMATS[name], text, { validateStream: false }) : text
  return {
    columns: Math.max(40, columns),
    good: paint('good'),
    notice: paint('notice'),
    bad: paint('bad'),
    faint: paint('faint'),
    strong: paint('strong'),
  }
}

/**
 * Whether a stream gets colours: only a terminal that can show them, unless nobody wants them.
 *
 * Source: no-color.org; the command line guidelines, clig.dev.
 */
export function wantsColour(
  stream: { readonly isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>>,
  isWanted: boolean,
): boolean {
  if (!isWanted || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return false
  return stream.isTTY === true
}
