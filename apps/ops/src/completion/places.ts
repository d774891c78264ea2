import type { CommandEntry, OptionEntry, Tree, ValueKind } from '../command.ts'
import { GLOBAL_OPTIONS } from '../global-options.ts'
import { optionsOf } from '../program.ts'

/** A place in a command line, and what may come there. */
export interface Place {
  /** The words that lead there: '', 'runs', 'runs show'. */
  readonly words: string
  /** What may follow: commands, or the choices of an argument. */
  readonly next: readonly Word[]
  /** What may follow as well, and is asked for when it is wanted: of this kind; null: nothing. */
  readonly asks: ValueKind | null
  readonly options: readonly OptionWord[]
}

/** A word that may stand somewhere, and what it is. */
export interface Word {
  readonly word: string
  readonly summary: string
}

/** An option, and what may follow it. */
export interface OptionWord extends Word {
  /** What may come after it. `none`: it takes no value. `any`: nobody knows. */
  readonly value: 'none' | 'any' | 'file' | 'directory' | readonly string[]
}

/** All places of the tree, the shorter first. */
export function placesOf(tree: Tree): Place[] {
  const nodes = tree
    .filter((node) => !('path' in node && node.isHidden === true))
    .map((node) =>
      'path' in node ? { noun: node.path[0] ?? '', node } : { noun: node.noun, node },
    )
  const root: Place = {
    words: '',
    next: nodes.map(({ noun, node }) => ({ word: noun, summary: node.summary })),
    asks: null,
    options: words(GLOBAL_OPTIONS),
  }
  const deeper = nodes.flatMap(({ noun, node }) => {
    if ('path' in node) return [placeOf(node)]
    const next = node.commands.map(({ path, summary }) => ({ word: path[1] ?? '', summary }))
    const group: Place = { words: noun, next, asks: null, options: words(GLOBAL_OPTIONS) }
    return [group, ...node.commands.map(placeOf)]
  })
  return [root, ...deeper]
}

function placeOf(entry: CommandEntry): Place {
  const choices = (entry.arguments ?? []).flatMap(({ choices = [], summary }) =>
    choices.map((word) => ({ word, summary })),
  )
  return {
    words: entry.path.join(' '),
    next: choices,
    asks: entry.arguments?.find(({ values }) => values !== undefined)?.values ?? null,
    options: words([...optionsOf(entry), ...GLOBAL_OPTIONS]),
  }
}

function words(options: readonly OptionEntry[]): OptionWord[] {
  return options.map(({ flags, summary, choices }) => {
    const [word = '', value = ''] = flags.split(' ')
    return { word, summary, value: choices ?? valueOf(value) }
  })
}

function valueOf(value: string): 'none' | 'any' | 'file' | 'directory' {
  if (value === '') return 'none'
  if (value === '<file>') return 'file'
  return value === '<dir>' ? 'directory' : 'any'
}

/** The options that swallow the next word, so that it is no command. Those with an optional value do not. */
export function swallowing(places: readonly Place[]): string[] {
  const all = places.flatMap(({ options }) => options)
  return [
    ...new Set(
      all
        .filter(({ value, word }) => value !== 'none' && word !== '--watch')
        .map(({ word }) => word),
    ),
  ]
}

/** The options that say where values are to be looked for. */
export const WHERE: readonly string[] = ['--data-dir', '--config']

/** What asks for values; the kind comes behind. Whoever presses Tab does not wait for long. */
export const ASK: readonly string[] = ['completion-values', '--timeout', '2s']

/** The places that are options with known values: by the words that lead there, and the option. */
export function valued(
  places: readonly Place[],
): { readonly words: string; readonly option: string; readonly values: readonly string[] }[] {
  return places.flatMap(({ words, options }) =>
    options.flatMap(({ word, value }) =>
      typeof value === 'string' ? [] : [{ words, option: word, values: value }],
    ),
  )
}

export const optionsWith = (places: readonly Place[], value: OptionWord['value']): string[] => [
  ...new Set(
    places
      .flatMap(({ options }) => options.filter((one) => one.value === value))
      .map(({ word }) => word),
  ),
]
