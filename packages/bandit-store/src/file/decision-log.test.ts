import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { PendingDecision } from '../pending-table.ts'
import { idAt, keyOf } from '../records.fixture.ts'
import { decisionLog, type DecisionLog } from './decision-log.ts'
import { armFrame, decisionFrame, headerFrame } from './frame.ts'

const directory = scratch()
const HOUR_MS = 3_600_000
const NOW_MS = Date.UTC(2026, 0, 1)
const DIM = 1

/** A segment of one decision with this note, last written at `atMs`. */
function write(at: string, name: string, note: string, atMs = NOW_MS): void {
  const path = join(at, 'decisions', `${name}.log`)
  const decision = decisionFrame(keyOf(idAt(atMs)), 0, Int16Array.from([4096]), note)
  const header = headerFrame({ version: 1, dim: DIM, epochMs: HOUR_MS })
  writeFileSync(path, Buffer.concat([header, armFrame(0, 'R1'), decision]))
  utimesSync(path, atMs / 1000, atMs / 1000)
}

function log(limit = 1000) {
  const at = directory()
  mkdirSync(join(at, 'decisions'))
  const heard: PendingDecision[] = []
  const decisions: DecisionLog = decisionLog({
    directory: at,
    dim: DIM,
    limit,
    deadlineMs: HOUR_MS,
    owns: (segment) => segment.startsWith('own.'),
    onDecision: (decision) => heard.push(decision),
  })
  const left = (): string[] => readdirSync(join(at, 'decisions')).toSorted()
  const notes = (): string[] => heard.map(({ note }) => note).toSorted()
  return { at, decisions, heard, left, notes }
}

describe('the decisions of other processes', () => {
  it('are told once, and its own not at all', async () => {
    const { at, decisions, heard, notes } = log()
    write(at, 'a.0', 'a')
    write(at, 'own.0', 'own')
    await decisions.look()
    write(at, 'b.0', 'b')
    await decisions.look()
    await decisions.look()
    expect(notes()).toEqual(['a', 'b'])
    expect(heard[0]).toMatchObject({ arm: 'R1', atMs: NOW_MS, context: Int16Array.from([4096]) })
    await decisions.close()
  })

  it('are removed when they are older than their deadline', async () => {
    const { at, decisions, left, notes } = log()
    write(at, 'old.0', 'old', NOW_MS - HOUR_MS - 1000)
    write(at, 'new.0', 'new', NOW_MS - HOUR_MS + 1000)
    await decisions.look()
    await decisions.removeOld(NOW_MS)
    await decisions.look()
    expect(left()).toEqual(['new.0.log'])
    expect(notes()).toEqual(['new', 'old'])
    await decisions.close()
  })

  it('are removed when they are more than may wait, the oldest first', async () => {
    const { at, decisions, left } = log(2)
    for (const minute of [0, 1, 2, 3, 4]) {
      write(at, `p.${minute}`, 'n'.repeat(300), NOW_MS + minute * 60_000)
    }
    await decisions.removeOld(NOW_MS)
    expect(left()).toEqual(['p.3.log', 'p.4.log'])
  })

  it('are removed when they lie in too many files, as of a process that starts again and again', async () => {
    const { at, decisions, left } = log(100_000)
    for (let i = 0; i < 510; i += 1) write(at, `p.${i}`, '', NOW_MS + i * 1000)
    await decisions.removeOld(NOW_MS)
    expect(left()).toHaveLength(500)
    expect(left()).not.toContain('p.9.log')
  })
})
