import {
  breakerClosed,
  createHealth,
  diskSpace,
  eventLoopDelay,
  lockHeld,
  memoryPressure,
  type CheckOptions,
  type Health,
} from '@holdfast/health'
import type { Clock, Observe } from '@holdfast/seams'
import type { Config } from '../config/read-config.ts'
import type { RouterParts } from '../http/router-parts.ts'
import type { RouterFact } from '../tell/facts.ts'
import { learning, ledgerWritable, ordersReadable, stateFreshness, upstreams } from './checks.ts'
import { watchSlots } from './slot-watch.ts'

/** How the router is, and who may ask for what. */
export interface RouterHealth {
  readonly health: Health
  /** Looks at everything, from now on, once there is something to look at. */
  watch(parts: RouterParts): void
  /** Hears what becomes of lines of the ledger, and of the checks. */
  hear(fact: RouterFact): void
  close(): Promise<void>
}

/** Reading these costs nothing, and each has its own rule for when it changes its mind. */
const AT_ONCE: CheckOptions = { everyMs: 1_000, maxAgeMs: 0, failAfter: 1, okAfter: 1 }

/**
 * The checks of a router. Only what another process would do better makes it not ready: one that cannot save, or whose
 * upstreams are down, answers as well as any other would.
 */
export function createRouterHealth(
  config: Pick<Config, 'dataDir' | 'ledgerDirectory' | 'ledger' | 'slotsDirectory' | 'health'>,
  { clock, observe }: { readonly clock: Clock; readonly observe: Observe<RouterFact> },
): RouterHealth {
  const { dataDir, slotsDirectory: directory } = config
  const { stateMaxAgeMs, diskWarnBytes, diskCriticalBytes, slots } = config.health
  const health = createHealth({ clock, observe })
  const ledger = ledgerWritable(config)
  const record = watchSlots({ directory, health, slots, clock, observe })
  let delay: Disposable | null = null
  let isStarted = false
  const started = (): 'ok' | 'critical' => (isStarted ? 'ok' : 'critical')
  health.add('process', () => 'ok', { ...AT_ONCE, groups: ['live'] })
  health.add('started', started, { ...AT_ONCE, groups: ['ready', 'startup'] })

  return {
    health,
    watch(parts) {
      const { lock, breakers, guardrail } = parts
      const served: CheckOptions = { ...AT_ONCE, groups: ['ready'], onFail: 'degraded' }
      health.add('upstreams', upstreams(parts), served)
      const guardrailOpen = { whenOpen: 'critical' } as const
      health.add('guardrail', breakerClosed(breakers.of(guardrail.id), guardrailOpen), served)
      const kept: CheckOptions = { ...AT_ONCE, groups: [] }
      health.add('learning', learning(parts), kept)
      health.add('state', stateFreshness(dataDir, parts, stateMaxAgeMs), kept)
      health.add('orders', ordersReadable(parts), kept)
      health.add('lock', lockHeld({ path: dataDir, lock }), kept)
      const written: CheckOptions = { groups: [], maxAgeMs: 1_000, failAfter: 2, okAfter: 1 }
      health.add('ledger', ledger.check, written)
      const warning: CheckOptions = { groups: [], onFail: 'degraded' }
      const room = { warnBelowBytes: diskWarnBytes, criticalBelowBytes: diskCriticalBytes }
      health.add('disk', diskSpace({ path: dataDir, ...room }), warning)
      health.add('memory', memoryPressure(), warning)
      const late = (delay = eventLoopDelay())
      health.add('event-loop', late, warning)
      isStarted = true
      health.start()
      void record.start()
    },
    hear(fact) {
      ledger.hear(fact)
      record.hear(fact)
    },
    async close() {
      record.close()
      delay?.[Symbol.dispose]()
      await health.stop()
    },
  }
}
