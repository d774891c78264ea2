import type { Command, Context, ValueKind } from '../command.ts'

/** Names that a shell can take as they are; others are left out. */
export interface CompletionValues {
  readonly kind: ValueKind
  readonly values: readonly string[]
}

// Each loads its own, because someone waits with a finger on the key.
const VALUES: Readonly<Record<ValueKind, (context: Context) => Promise<readonly string[]>>> = {
  async backup({ dataDir }) {
    const { findBackups } = await import('../state/backups.ts')
    return ['latest', ...(await findBackups(dataDir)).map(({ id }) => id)]
  },
  async lock(context) {
    const { findLocks } = await import('../locks/find-locks.ts')
    const { locks } = await findLocks(context)
    return locks.filter(({ seen }) => seen.state === 'held').map(({ name }) => name)
  },
  async receipt({ settings }) {
    const { receiptFiles } = await import('../receipts/read.ts')
    const files = await receiptFiles(settings.receipts.directory)
    return ['last', ...files.map(({ seq }) => String(seq)).toReversed()]
  },
  async route(context) {
    const { lookAtRoutes } = await import('../breakers/look.ts')
    return (await lookAtRoutes(context)).routes.map(({ route }) => route)
  },
  async run(context) {
    const { openStages } = await import('../runs/stages.ts')
    const open = await openStages(context, undefined)
    const runs = open.flatMap(({ tracker }) => tracker.failures().map(({ run }) => String(run)))
    return [...new Set(runs)]
  },
}

/** Shells take these for words of their own. A name that they would take apart, or worse, carry out, is not offered. */
const isWord = (text: string): boolean => /^[\w@%+=:,./][\w@%+=:,./-]*$/.test(text)

export const command: Command<CompletionValues, { readonly kind: ValueKind }> = {
  async run(context, { kind }) {
    return { data: { kind, values: (await VALUES[kind](context)).filter(isWord) } }
  },
  show: ({ values }) => values,
}
