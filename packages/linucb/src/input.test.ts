import { describe, expect, it } from 'vitest'
import { createLinUCB, type LinUCB } from './linucb.ts'

function taught(): LinUCB {
  const model = createLinUCB({ arms: ['R1', 'R2'], dim: 2, guardrail: 'R2' })
  model.learn('R1', [1, 0.5], 1)
  model.removeArm('R1')
  model.addArm('R3')
  model.learn('R3', [1, 0.25], 0.5)
  return model
}

const context: [string, unknown, RegExp][] = [
  ['too short', [1], /context\.length must be 2, got 1/],
  ['too long', [1, 2, 3], /context\.length must be 2, got 3/],
  ['missing', undefined, /context\.length must be 2, got undefined/],
  ['NaN', [1, Number.NaN], /context\[1\] must be a number of size at most 1000000000, got NaN/],
  ['infinite', [-Infinity, 1], /context\[0\] must be .*, got -Infinity/],
  ['too large', [1, 2e9], /context\[1\] must be .*, got 2000000000/],
  ['null, as JSON writes NaN', [1, null], /context\[1\] must be .*, got null/],
  ['text', ['1', 2], /context\[0\] must be .*, got "1"/],
]

const reward: [string, unknown][] = [
  ['NaN', Number.NaN],
  ['infinite', Infinity],
  ['too large', 1e10],
  ['missing', undefined],
  ['text', '1'],
]

const refusals: [string, (model: LinUCB) => unknown, string, RegExp][] = [
  ...context.flatMap(([what, value, message]): typeof refusals => [
    [
      `a context to learn that is ${what}`,
      (m) => m.learn('R3', value as number[], 1),
      'LINUCB_INPUT',
      message,
    ],
    [
      `a context to learn more of that is ${what}`,
      (m) => m.learnMore('R3', value as number[], 1),
      'LINUCB_INPUT',
      message,
    ],
    [
      `a context to decide that is ${what}`,
      (m) => m.decide(value as number[]),
      'LINUCB_INPUT',
      message,
    ],
  ]),
  ...reward.map(([what, value]): (typeof refusals)[number] => [
    `a reward that is ${what}`,
    (m) => m.learn('R3', [1, 1], value as number),
    'LINUCB_INPUT',
    /reward must be a number of size at most 1000000000, got /,
  ]),
  [
    'a later part that is NaN',
    (m) => m.learnMore('R3', [1, 1], Number.NaN),
    'LINUCB_INPUT',
    /reward must be .*, got NaN/,
  ],
  [
    'a later part for a removed arm',
    (m) => m.learnMore('R1', [1, 1], 1),
    'LINUCB_UNKNOWN_ARM',
    /arm "R1" was removed/,
  ],
  [
    'an unknown arm',
    (m) => m.learn('R9', [1, 1], 1),
    'LINUCB_UNKNOWN_ARM',
    /arm: arm "R9" is unknown; known arms are R2, R3/,
  ],
  ['a removed arm', (m) => m.learn('R1', [1, 1], 1), 'LINUCB_UNKNOWN_ARM', /arm "R1" was removed/],
  [
    'an unknown arm in the mask',
    (m) => m.decide([1, 1], { mask: ['R9'] }),
    'LINUCB_UNKNOWN_ARM',
    /mask: arm "R9" is unknown/,
  ],
  [
    'an unknown arm in the caps',
    (m) => m.decide([1, 1], { caps: { R9: 1 } }),
    'LINUCB_UNKNOWN_ARM',
    /caps: arm "R9" is unknown/,
  ],
  [
    'a cap above 1',
    (m) => m.decide([1, 1], { caps: { R3: 1.5 } }),
    'LINUCB_INPUT',
    /caps\.R3 must be a number from 0 to 1, got 1\.5/,
  ],
  [
    'a cap of NaN',
    (m) => m.decide([1, 1], { caps: { R3: Number.NaN } }),
    'LINUCB_INPUT',
    /caps\.R3 must be .*, got NaN/,
  ],
  [
    'an epsilon above 1',
    (m) => m.decide([1, 1], { epsilon: 1.5 }),
    'LINUCB_INPUT',
    /^epsilon must be a number from 0 to 1, got 1\.5/,
  ],
  [
    'an epsilon of NaN',
    (m) => m.decide([1, 1], { epsilon: Number.NaN }),
    'LINUCB_INPUT',
    /^epsilon must be .*, got NaN/,
  ],
  [
    'an empty id',
    (m) => m.decide([1, 1], { id: '' }),
    'LINUCB_INPUT',
    /id must be a non-empty string, got ""/,
  ],
  [
    'adding an arm in play',
    (m) => m.addArm('R3'),
    'LINUCB_INPUT',
    /id must be an arm that is not in play, got "R3"/,
  ],
  [
    'adding a removed arm',
    (m) => m.addArm('R1'),
    'LINUCB_INPUT',
    /id must be an id that was never removed, got "R1"/,
  ],
  [
    'adding with a prior of another shape',
    (m) => m.addArm('R4', { a: [1], b: [1, 2], count: 1 }),
    'LINUCB_INPUT',
    /prior\.a must be an array of 3, got an array of 1/,
  ],
  [
    'adding with a prior that no observations make',
    (m) => m.addArm('R4', { a: [1, 9, 1], b: [1, 2], count: 1 }),
    'LINUCB_INPUT',
    /prior\.arms\.R4\.a must be a sum of squares/,
  ],
  [
    'removing an unknown arm',
    (m) => m.removeArm('R9'),
    'LINUCB_UNKNOWN_ARM',
    /id: arm "R9" is unknown/,
  ],
  [
    'removing the guardrail',
    (m) => m.removeArm('R2'),
    'LINUCB_INPUT',
    /id must be another arm than the guardrail, got "R2"/,
  ],
]

describe('a model', () => {
  it.each(refusals)('refuses %s, says why, and stays as it was', (_, act, code, message) => {
    const model = taught()
    const before = [
      model.arms,
      model.snapshot(),
      model.diagnostics().decisions,
      model.decide([1, 1], { id: 'x' }),
    ]
    const decisions = model.diagnostics().decisions
    expect(() => act(model)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
    expect(model.diagnostics().decisions).toBe(decisions)
    expect([
      model.arms,
      model.snapshot(),
      decisions - 1,
      model.decide([1, 1], { id: 'x' }),
    ]).toEqual(before)
  })
})
