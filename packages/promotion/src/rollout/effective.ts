import type { RolloutState } from './state.ts'

/** What a router finds when it looks. */
export interface RolloutSight {
  /** Null: there is no state, or it cannot be trusted. */
  readonly state: RolloutState | null
  /** The rollback file: its id; `unreadable` when it is there and cannot be read; null when there is none. */
  readonly rollback: { readonly id: string; readonly reason: string } | 'unreadable' | null
}

/** What an operator set for one process, whatever the rollout says. */
export interface Switches {
  /** `NOVA_ANR_KILL=1`. */
  readonly kill: boolean
  /** False: `NOVA_ANR_ENABLED=0`. */
  readonly enabled: boolean
}

/** How a router shall act. */
export interface EffectiveRollout {
  /** Share of the subjects that the learned policy answers for. 0: the guardrail answers everyone. */
  readonly pilot: number
  /** `rollback`: by its file, or by the state that it led to. */
  readonly because: 'stage' | 'fixed' | 'kill' | 'disabled' | 'rollback' | 'no-state'
  readonly reason: string
}

/**
 * How far the learned policy may act. Whatever is unknown means the guardrail: no state, a state that cannot be read, a rollback file
 * that cannot be read.
 * @param fixedPilot a share that was fixed by hand, 0 to 1, and stands instead of the stage's; switches and rollbacks win over it.
 */
export function effectiveRollout(
  { state, rollback }: RolloutSight,
  { kill, enabled }: Switches,
  fixedPilot: number | null = null,
): EffectiveRollout {
  const guardrail = (because: EffectiveRollout['because'], reason: string): EffectiveRollout => ({
    pilot: 0,
    because,
    reason,
  })
  if (kill) return guardrail('kill', 'the kill switch is set')
  if (!enabled) return guardrail('disabled', 'the learned policy is disabled')
  if (rollback !== null && isInForce({ state, rollback })) {
    const isKnown = rollback !== 'unreadable'
    return guardrail('rollback', isKnown ? rollback.reason : 'its file is there, and unreadable')
  }
  // Also without its file: the journal has it, and nobody has begun again.
  if (state?.standing.kind === 'rolled-back') return guardrail('rollback', state.standing.reason)
  if (fixedPilot !== null) {
    return { pilot: fixedPilot, because: 'fixed', reason: 'the share is fixed by hand' }
  }
  if (state === null) return guardrail('no-state', 'there is no rollout state that can be read')
  return { pilot: state.stage / 100, because: 'stage', reason: state.reason }
}

/** Whether the rollback file still says no: a rollout that began again after it has answered it. */
export function isInForce({ state, rollback }: RolloutSight): boolean {
  if (rollback === null) return false
  return rollback === 'unreadable' || state === null || state.clearedRollback !== rollback.id
}

/**
 * What the environment says: `NOVA_ANR_KILL` kills unless it is empty or 0, and `NOVA_ANR_ENABLED` disables unless it is missing, empty or
 * 1. A value that nobody meant is taken for the safe one.
 */
export function switchesOf(env: Readonly<Record<string, string | undefined>>): Switches {
  const kill = env['NOVA_ANR_KILL'] ?? ''
  const enabled = env['NOVA_ANR_ENABLED'] ?? ''
  return { kill: kill !== '' && kill !== '0', enabled: enabled === '' || enabled === '1' }
}

export interface EnvironmentParts {
  /** Where the learned state is. */
  readonly statePath: string
  /** Highest probability of the fast route under an anomaly, 0 to 1. */
  readonly fastCap: number
}

/** The environment that a stage amounts to, as pilot scripts and receipts write it: six names, a point in every country. */
export function environmentOf(
  pilot: number,
  { statePath, fastCap }: EnvironmentParts,
): Readonly<Record<string, string>> {
  return {
    NOVA_ANR_ENABLED: pilot > 0 ? '1' : '0',
    NOVA_ANR_PILOT: pilot.toFixed(2),
    NOVA_ANR_MAX_FAST_PROB: fastCap.toFixed(2),
    NOVA_ANR_STRICT_ON_ANOMALY: '1',
    NOVA_ANR_LEARN_SHADOW: '1',
    NOVA_ANR_STATE_PATH: statePath,
  }
}
