import { renameSync } from 'node:fs'
import { scratch } from '@holdfast/test-kit'
import { expect, it } from 'vitest'
import { readHead } from './head.ts'
import { lineText } from './line.ts'
import { decision } from './lines.fixture.ts'
import { openPath, sealedPath } from './names.ts'
import { createSegment } from './segment.ts'
import { verifyLedger } from './verify.ts'

const directory = scratch()
const NAME = '2026-01-15.0123456789ab-0'

it('a segment that was sealed by someone else before its first line keeps its head', async () => {
  const at = directory()
  const segment = await createSegment(at, NAME)
  renameSync(openPath(at, NAME), sealedPath(at, NAME))
  expect(await segment.write([lineText(decision('a'))])).toBe(false)
  await segment.abandon()
  expect(await readHead(at, NAME)).toMatchObject({ kind: 'found', head: { lines: 0 } })
  expect(await verifyLedger(at)).toMatchObject({ isSound: true })
})
