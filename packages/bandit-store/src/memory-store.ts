import type { BanditStore, Recalled } from './bandit-store.ts'
import { broadcast } from './broadcast.ts'
import { BanditStoreClosedError } from './errors.ts'
import { Fold } from './fold.ts'
import { checkSameDecision, checkSums, pendingOf, readMadeId, recordOf } from './input.ts'
import { checkedStoreOptions, type StoreOptions } from './options.ts'
import { pendingTable } from './pending-table.ts'
import { contextOf } from './quantum.ts'

/** A store that lasts as long as its process. */
export interface MemoryStore extends BanditStore {
  /** Another user of the same lessons, as another process would be of a store that lasts. */
  another(): MemoryStore
}

/**
 * Makes a store in memory, with the rules of those that last: for tests, and for a process that is alone.
 * @throws {RangeError} naming an option out of range.
 */
export function createMemoryStore(options: StoreOptions): MemoryStore {
  const { dim, epochMs, keepEpochs, deadlineMs, dedupeLimit, pendingLimit, clock, observe } =
    checkedStoreOptions(options)
  const fold = new Fold({ dim, epochMs, keepEpochs })
  const pending = pendingTable({
    limit: pendingLimit,
    deadlineMs,
    clock,
    isRewarded: (key) => fold.partsOf(key).length > 0,
    onGivenUp: (count) => observe({ kind: 'bandit-store.decisions-given-up', count }),
  })
  const users = new Set<ReturnType<typeof broadcast>>()
  const isTooOld = (atMs: number): boolean =>
    atMs < Math.max(clock.wallMs() - deadlineMs, fold.contents.droppedBeforeMs)

  /** Which ids are forgotten is a matter of their number alone: what a wrong clock made it forget would stay forgotten. */
  const forgetOldIds = (): void => {
    const { ids } = fold.contents
    if (ids.size <= dedupeLimit * 2) return
    fold.dropIdsBefore(ids.timeOfNewest(dedupeLimit))
  }

  const open = (): MemoryStore => {
    const news = broadcast()
    users.add(news)
    let isClosed = false
    const checkOpen = (): void => {
      if (isClosed) throw new BanditStoreClosedError()
    }
    const close = (): Promise<void> => {
      isClosed = true
      news.end()
      users.delete(news)
      return Promise.resolve()
    }
    const recall = (decisionId: string): Recalled => {
      checkOpen()
      const { bytes, atMs } = readMadeId(decisionId, clock)
      if (isTooOld(atMs)) return { kind: 'expired' }
      const found = pending.find(bytes)
      if (found === undefined) return { kind: 'unknown' }
      const { arm, context, note } = found
      return {
        kind: 'found',
        arm,
        context: contextOf(context),
        note,
        rewarded: fold.partsOf(bytes),
      }
    }
    return {
      dim,
      epochMs,
      async reward(decisionId, lesson) {
        checkOpen()
        const record = recordOf(readMadeId(decisionId, clock), lesson, dim)
        checkSameDecision(fold, record, lesson)
        const counted = isTooOld(record.atMs) ? null : fold.count(record)
        if (counted?.kind === 'applied') {
          for (const user of users) user.tell({ kind: 'lessons', lessons: [counted.learnt] })
          forgetOldIds()
        }
        const result = counted === null || counted.kind === 'late' ? 'expired' : counted.kind
        observe({ kind: 'bandit-store.reward', result, part: record.part })
        return result
      },
      remember(decisionId, decided) {
        checkOpen()
        pending.add(pendingOf(readMadeId(decisionId, clock), decided, dim), true)
      },
      recall: async (decisionId) => recall(decisionId),
      get awaiting() {
        return pending.awaiting
      },
      read() {
        checkOpen()
        return fold
      },
      watch(signal) {
        checkOpen()
        return news.watch(signal)
      },
      async catchUp() {
        checkOpen()
      },
      async importSums(sums) {
        checkOpen()
        checkSums(sums, dim)
        if (!fold.isEmpty) return 'taken'
        fold.adoptImported(new Map(sums))
        for (const user of users) user.tell({ kind: 'reset' })
        return 'imported'
      },
      async compact() {
        checkOpen()
        return { kind: 'done', decisions: fold.decisions }
      },
      async verify() {
        checkOpen()
        return { isSound: true, problems: [], decisions: fold.decisions, sizeBytes: 0 }
      },
      health: () => ({ status: 'ok', unsaved: 0, error: null, savedAtMs: null }),
      close,
      [Symbol.asyncDispose]: close,
      another: open,
    }
  }
  return open()
}
