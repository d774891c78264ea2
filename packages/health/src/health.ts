import { fanOut, ignore, systemClock } from '@holdfast/seams'
import type { Check } from './check.ts'
import type { HistoryEntry } from './history.ts'
import { aFunction, lengthMs, oneOf, onlyOptions, wholeNumber } from './option-rules.ts'
import { checkName, checkSettings, type CheckOptions, type HealthOptions } from './options.ts'
import {
  reportOf,
  STOPPING,
  stoppingReading,
  type CheckReading,
  type HealthReport,
} from './report.ts'
import { GROUPS, type Group, type Status } from './status.ts'
import { createTally } from './tally.ts'
import { createWatch, type Watch } from './watch.ts'

export interface ReportOptions {
  /** How old a result may be, in ms ≥ 0; 0 looks anew. Default: the `maxAgeMs` of each check. */
  readonly maxAgeMs?: number
}

/** The checks of a process, and what they say. */
export interface Health extends AsyncDisposable {
  /**
   * Adds a check. Disposing of what is returned takes it away.
   * @throws {TypeError | RangeError} if the name is taken, or an option is wrong or unknown.
   */
  add(name: string, check: Check, options?: CheckOptions): Disposable
  /**
   * How a group is, or everything, after looking where what is known is too old. While no check is of `startup`, it is as
   * `live` is. Never rejects for a check's sake.
   */
  report(group?: Group, options?: ReportOptions): Promise<HealthReport>
  /** What is known now, without looking. */
  status(group?: Group): HealthReport
  /** The last results of a check, oldest first; empty for a name there is not. */
  history(name: string): readonly HistoryEntry[]
  /** Makes `ready` critical from now on, for the process is about to end. The first reason stays. */
  setStopping(reason: string): void
  /** Looks in the background from now on, also for checks that are added later. Keeps no process alive. */
  start(): void
  /** Looks no more in the background, and cuts off what is under way. Resolves when that has ended, at the latest by its deadline. */
  stop(): Promise<void>
}

/**
 * Asks whether a process is well. It does nothing by itself until `start()` or the first report.
 * @throws {TypeError | RangeError} naming the option, what it may be and what it was.
 */
export function createHealth(options: HealthOptions = {}): Health {
  onlyOptions('createHealth', options, ['clock', 'observe', 'historyEntries'])
  const { clock = systemClock, historyEntries = 100 } = options
  wholeNumber('historyEntries', historyEntries, 0)
  aFunction('observe', options.observe ?? ignore)
  // A listener that throws is a bug, and surfaces as one; it must not cost a check.
  const observe = options.observe === undefined ? ignore : fanOut(options.observe)
  const watches = new Map<string, Watch>()
  const tally = createTally()
  const told = new Map<Group, Status>(GROUPS.map((group) => [group, 'unknown']))
  let stopping: CheckReading | null = null
  let isStarted = false

  const readings = (): [string, CheckReading][] => {
    const known = [...watches].map(([name, watch]): [string, CheckReading] => [
      name,
      watch.reading(),
    ])
    return stopping === null ? known : [...known, [STOPPING, stopping]]
  }
  /** The group that answers. Without checks of its own, a service has started as soon as it lives. */
  const answering = (group: Group | undefined): Group | null => {
    const asked = checkedGroup(group)
    if (asked !== 'startup') return asked
    const starts = [...watches.values()].some(({ settings }) => settings.groups.includes('startup'))
    return starts ? 'startup' : 'live'
  }
  const status = (group?: Group): HealthReport =>
    reportOf(answering(group), readings(), clock.wallMs())

  const tellGroups = (): void => {
    for (const group of GROUPS) {
      const from = told.get(group) ?? 'unknown'
      const to = tally.worst(group)
      told.set(group, to)
      if (from !== to) observe({ kind: 'health.group-changed', group, from, to })
    }
  }

  const add = (name: string, check: Check, options: CheckOptions = {}): Disposable => {
    checkName(name)
    aFunction(`check ${name}`, check)
    const settings = checkSettings(name, options)
    if (watches.has(name) || name === STOPPING) {
      throw new TypeError(`name must be one that is free, and there is a check named ${name}`)
    }
    const hold = (status: Status): void => {
      tally.set(name, { ...settings, status })
      tellGroups()
    }
    const recorded = (status: Status): void => {
      // It may have answered in the very moment it was taken away.
      if (watches.get(name) === watch) hold(status)
    }
    const watch = createWatch(name, check, settings, { clock, observe, historyEntries, recorded })
    watches.set(name, watch)
    hold('unknown')
    if (isStarted) watch.start()
    return {
      [Symbol.dispose]() {
        if (watches.get(name) !== watch) return
        watches.delete(name)
        tally.delete(name)
        void watch.stop()
        tellGroups()
      },
    }
  }

  const report = async (group?: Group, options: ReportOptions = {}): Promise<HealthReport> => {
    onlyOptions('report', options, ['maxAgeMs'])
    const { maxAgeMs } = options
    if (maxAgeMs !== undefined) lengthMs('maxAgeMs', maxAgeMs)
    const asked = answering(group)
    const wanted = [...watches.values()].filter(
      ({ settings }) => asked === null || settings.groups.includes(asked),
    )
    await Promise.all(wanted.map((watch) => watch.refresh(maxAgeMs)))
    return status(group)
  }

  const stop = async (): Promise<void> => {
    isStarted = false
    await Promise.all([...watches.values()].map((watch) => watch.stop()))
  }

  return {
    add,
    report,
    status,
    history: (name) => watches.get(name)?.history() ?? [],
    setStopping(reason) {
      stopping ??= stoppingReading(reason, clock.wallMs())
      tally.set(STOPPING, stopping)
      tellGroups()
    },
    start() {
      isStarted = true
      for (const watch of watches.values()) watch.start()
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** @throws {TypeError} for a group there is not. */
function checkedGroup(group: Group | undefined): Group | null {
  if (group === undefined) return null
  oneOf('group', group, GROUPS)
  return group
}
