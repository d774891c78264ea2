import { describe, expect, it } from 'vitest'
import { judge } from '../gates/judge.ts'
import { input, report, row, times } from '../rows.fixture.ts'
import { checkCommand } from './command-rules.ts'
import { carryOut } from './command.ts'
import { beginning } from './state.ts'

const go = judge(input(report(times(200, () => row()))))
const reason = 'by hand'
const stage = { kind: 'stage', stage: 10, reason, verdict: null, isForced: false }
const promote = { kind: 'promote', verdict: go, lacking: [], reason }
const gates = go.gates.map((gate) => ({ ...gate, verdict: 'no-go' }))

describe('a command', () => {
  it.each<readonly [unknown, string]>([
    [undefined, 'a command must be an object, got undefined'],
    [null, 'a command must be an object, got null'],
    ['stage', 'a command must be an object, got "stage"'],
    [{}, 'kind must be one of promote, stage, freeze'],
    [{ ...stage, kind: 'stag' }, 'got "stag"'],
    [{ ...stage, stage: 12 }, 'stage must be 0, 10, 25, 50, 75 or 100, got 12'],
    [{ ...stage, stage: 33, isForced: true }, 'stage must be 0, 10, 25, 50, 75 or 100, got 33'],
    [{ ...stage, stage: '10' }, 'stage must be 0, 10, 25, 50, 75 or 100, got "10"'],
    [{ ...stage, isForced: 'no' }, 'isForced must be true or false, got "no"'],
    [{ ...stage, isforced: true }, 'command stage: isforced is no field; it is written isForced'],
    [{ ...stage, reason: ' ' }, 'reason must be text that is not empty, got " "'],
    [{ ...stage, verdict: undefined }, 'verdict must be one of judge, got undefined'],
    [{ ...stage, verdict: 'go' }, 'verdict must be one of judge, got "go"'],
    [{ kind: 'promote', lacking: [], reason }, 'verdict must be one of judge, got undefined'],
    [{ ...promote, verdict: { ...go, gates: [] } }, 'verdict.gates must be what each gate says'],
    [{ ...promote, verdict: { ...go, gates: 5 } }, 'verdict.gates must be what each gate says'],
    [{ ...promote, verdict: { ...go, gates: [null] } }, 'each of verdict.gates must be'],
    [
      { ...promote, verdict: { ...go, gates } },
      'verdict.verdict must be "no-go", as its gates say',
    ],
    [{ ...promote, verdict: { ...go, verdict: 'green' } }, 'verdict.verdict must be one of go'],
    [{ ...promote, lacking: 'nothing' }, 'lacking must be a list, got "nothing"'],
    [{ ...promote, lacking: [5] }, 'each of lacking must be text, got 5'],
    [{ kind: 'begin', reason }, 'rollback must be the id of the rollback that is answered'],
    [{ kind: 'rollback', reason }, 'id must be text that is not empty, got undefined'],
    [{ kind: 'freeze', reason, until: 'noon' }, 'command freeze: until is no field'],
  ])('like %j is refused: %s', (command, message) => {
    expect(() => checkCommand(command)).toThrow(message)
    expect(() => carryOut(beginning, command as never, 0)).toThrow(message)
  })

  it('that is right is not', () => {
    for (const command of [stage, promote, { ...stage, verdict: go }]) {
      expect(() => checkCommand(command)).not.toThrow()
    }
  })

  it('is carried out on a state and at a moment, and on nothing else', () => {
    const freeze = { kind: 'freeze', reason } as const
    expect(() => carryOut({ ...beginning, stage: 33 as never }, freeze, 0)).toThrow('state must be')
    expect(() => carryOut(beginning, freeze, NaN)).toThrow('nowMs must be whole ms')
  })
})
