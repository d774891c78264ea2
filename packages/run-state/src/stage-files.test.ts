import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { stageFiles, type RunStage } from './stage-files.ts'
import { openRunTracker } from './tracker.ts'

const directory = scratch()

describe('the files of a stage', () => {
  it('have the names that the archiver of the first generation gave them', () => {
    expect(stageFiles('data', 'import')).toEqual({
      state: join('data', 'importer_state.json'),
      failureLog: join('data', 'import_failures.log'),
    })
    expect(stageFiles('data', 'migrate')).toEqual({
      state: join('data', 'migrator_state.json'),
      failureLog: join('data', 'migrate_failures.log'),
    })
  })

  it('keep two stages of one directory apart', async () => {
    const at = directory()
    await using importing = await openRunTracker(stageFiles(at, 'import').state)
    await using migrating = await openRunTracker(stageFiles(at, 'migrate').state)
    await importing.record({ run: 9, outcome: 'done' })
    await migrating.record({ run: 3, outcome: 'failed' })
    expect(importing.standing()).toMatchObject({ attempted: 9, failed: 0 })
    expect(migrating.standing()).toMatchObject({ attempted: 3, failed: 1 })
  })

  it('are those of import and migrate only', () => {
    expect(() => stageFiles('data', 'toString' as RunStage)).toThrow('import or migrate')
  })
})
