import type { GlobalFlags } from './global-options.ts'
import { shellWord } from './shell-word.ts'

/** Rewrites what is advised. */
export type Aim = <T>(value: T) => T

/**
 * Whoever names the data directory or the configuration in a call is advised commands that name the same: typed as they are, they are about
 * what this one was about. Every `next` is rewritten, however deep it stands; all else stays as it is.
 */
export function aimOf({ dataDir, config }: Pick<GlobalFlags, 'dataDir' | 'config'>): Aim {
  const named = Object.entries({ '--data-dir': dataDir, '--config': config })
  const flags = named.flatMap(([flag, path]) =>
    path === undefined ? [] : [`${flag} ${shellWord(path)}`],
  )
  if (flags.length === 0) return (value) => value
  const aimed = (command: string): string =>
    /^holdfast (?!.* --(?:data-dir|config) )/.test(command)
      ? `${command} ${flags.join(' ')}`
      : command
  return (value) => withNext(value, aimed)
}

function withNext<T>(value: T, aimed: (command: string) => string): T {
  if (Array.isArray(value)) return value.map((one: unknown) => withNext(one, aimed)) as T
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(([name, field]: [string, unknown]) => {
    if (name !== 'next') return [name, withNext(field, aimed)]
    if (typeof field === 'string') return [name, aimed(field)]
    return [name, Array.isArray(field) ? (field as string[]).map(aimed) : field]
  })
  return Object.fromEntries(fields) as T
}
