import { replaceJson, type ReplaceJsonOptions } from '@holdfast/atomic-json'
import type { ChangeContext } from '@holdfast/shared-json'
import { systemCode } from '../errors.ts'
import type { RolloutFiles } from './files.ts'
import { appendTo, cutBack, type Truth } from './journal-file.ts'
import type { RolloutState } from './state.ts'
import type { Steps } from './steps.ts'

/**
 * Writes what a rollout went through: the journal first, then the state, which is what routers go by.
 * @throws what either write throws; then neither has it, unless only `JSON_NOT_DURABLE` could not be confirmed.
 */
export async function writeMove(
  files: RolloutFiles,
  truth: Truth,
  { entries, state }: Steps,
  lock: ChangeContext<unknown>['lock'],
  options: ReplaceJsonOptions<RolloutState>,
): Promise<void> {
  lock.assertValid()
  await appendTo(files.journal, truth, entries)
  try {
    await replaceJson(files.state, state, { ...options, pretty: true })
  } catch (error) {
    const isWritten = systemCode(error) === 'JSON_NOT_DURABLE'
    // Left in the journal, it would be put in force by the next command, after this one was said to have failed.
    if (!isWritten && lock.isValid()) await cutBack(files.journal, truth)
    throw error
  }
}
