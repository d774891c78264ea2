import { breakLock, type LockInspection } from '@holdfast/file-lock'
import type { Command, Plan } from '../command.ts'
import { durationText } from '../duration.ts'
import { OpsError } from '../errors.ts'
import { findLocks } from '../locks/find-locks.ts'
import { brokenLines } from '../show/locks.ts'

/** The lock as it was before it was broken. */
export interface LockBroken {
  readonly name: string
  readonly path: string
  readonly fence: number
  readonly pid: number
  readonly liveness: LockInspection['liveness']
  /** False after a dry run. */
  readonly isBroken: boolean
}

export const command: Command<LockBroken, { readonly name: string }> = {
  async run(context, { name }) {
    const { locks: found } = await findLocks(context)
    const lock = found.find((one) => one.name === name || one.name === name.replace(/\.lock$/, ''))
    if (lock === undefined) {
      const names = found.map((one) => one.name).join(', ') || 'none'
      throw new OpsError(
        'OPS_NOT_FOUND',
        `there is no lock "${name}" in ${context.dataDir}; there are: ${names}`,
        {
          next: ['holdfast locks list --all'],
        },
      )
    }
    const { path, seen } = lock
    const { owner, fence, liveness, heldMs } = seen
    if (owner === null || fence === null) {
      throw new OpsError('OPS_NOT_FOUND', `nobody holds "${lock.name}": it is ${seen.state}`, {
        next: ['holdfast locks list --all'],
      })
    }
    const { pid } = owner
    const held = heldMs === null ? '' : `, held for ${durationText(heldMs)}`
    const how = liveness === 'dead' ? 'which is dead' : `which ${livenessText(liveness)}`
    const ask: Plan['ask'] =
      liveness === 'dead' ? 'yes' : { name: lock.name, what: `take it from process ${pid}, ${how}` }
    const steps = [`take the lock "${lock.name}" from process ${pid}, ${how}${held}`]
    const data = { name: lock.name, path, fence, pid, liveness, isBroken: false }
    if (!(await context.proceed({ steps, ask }))) return { data }

    const result = await breakLock(path, { fence, observe: context.observe })
    if (result.kind === 'refused') {
      throw new OpsError(
        'OPS_LOCKED',
        `"${lock.name}" has changed hands meanwhile and is ${result.found}; nothing was changed`,
        { next: ['holdfast locks list'] },
      )
    }
    return { data: { ...data, isBroken: true }, next: ['holdfast locks list'] }
  },
  show: brokenLines,
}

const livenessText = (liveness: LockInspection['liveness']): string =>
  liveness === 'alive' ? 'is alive' : 'cannot be seen from here'
