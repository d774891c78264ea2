import { join } from 'node:path'

/** The stages of an archiver: into it, and on from there. */
export type RunStage = 'import' | 'migrate'

const NAMES = {
  import: { state: 'importer_state.json', failureLog: 'import_failures.log' },
  migrate: { state: 'migrator_state.json', failureLog: 'migrate_failures.log' },
} as const

/**
 * The files of one stage. Each stage has its own, so that neither waits for the other or undoes its work.
 * @throws {TypeError} for what is no stage.
 */
export function stageFiles(
  directory: string,
  stage: RunStage,
): { readonly state: string; readonly failureLog: string } {
  if (!Object.hasOwn(NAMES, stage)) {
    throw new TypeError(`stage must be import or migrate, got ${JSON.stringify(stage)}`)
  }
  const { state, failureLog } = NAMES[stage]
  return { state: join(directory, state), failureLog: join(directory, failureLog) }
}
