import { seededRandom, type Random } from '@holdfast/seams'
import type { OutcomeRow, OutcomeTable } from './outcome-table.ts'

/** What one route is good at, costs and takes, by kind of prompt. */
interface Profile {
  readonly model: string
  /** USD per answer. */
  readonly costUsd: number
  readonly latencyMs: number
  readonly quality: Readonly<Record<Kind, number>>
}

type Kind = 'math' | 'code' | 'chat' | 'law' | 'facts'

// Made so that no one route is best for everything: the strong one earns its price on hard prompts only.
const PROFILES: readonly Profile[] = [
  {
    model: 'standard-1',
    costUsd: 0.0006,
    latencyMs: 12,
    quality: { math: 0.55, code: 0.6, chat: 0.9, law: 0.75, facts: 0.85 },
  },
  {
    model: 'strong-1',
    costUsd: 0.006,
    latencyMs: 30,
    quality: { math: 0.95, code: 0.95, chat: 0.92, law: 0.9, facts: 0.93 },
  },
  {
    model: 'fast-1',
    costUsd: 0.0001,
    latencyMs: 4,
    quality: { math: 0.2, code: 0.3, chat: 0.85, law: 0.35, facts: 0.6 },
  },
  {
    model: 'guardrail-1',
    costUsd: 0.001,
    latencyMs: 8,
    quality: { math: 0.5, code: 0.45, chat: 0.75, law: 0.8, facts: 0.7 },
  },
]

type Filler = (random: Random) => string
const number: Filler = (random) => String(2 + random.integer(98))
const from =
  (...words: string[]): Filler =>
  (random) =>
    words[random.integer(words.length)] ?? ''
const name = from('Mara', 'Tom', 'Ines', 'Yusuf', 'Lena', 'Piotr')
const topic = from('a list', 'a tree', 'a queue', 'a date', 'a price', 'a file path')
const place = from('Lisbon', 'Nairobi', 'Quito', 'Oslo', 'Hanoi', 'Perth')

const TEMPLATES: Readonly<Record<Kind, readonly (readonly (string | Filler)[])[]>> = {
  math: [
    [
      name,
      ' has ',
      number,
      ' eggs, bakes with ',
      number,
      ' and sells the rest at $',
      number,
      ' each. How much is made in total?',
    ],
    [
      'Solve the equation ',
      number,
      'x + ',
      number,
      ' = ',
      number,
      ' and compute the sum of the roots.',
    ],
    [
      'What is the probability that ',
      number,
      ' of ',
      number,
      ' dice show a prime? Calculate the ratio.',
    ],
  ],
  code: [
    [
      'Write a python function `parse(text)` that reads ',
      topic,
      ' and returns a list.\n```python\ndef parse(text):\n```',
    ],
    [
      'Why does this fail?\n```js\nconst total = items.map((x) => x * ',
      number,
      ');\nreturn total;\n```',
    ],
    ['Write SQL that counts rows per day and a class that prints ', topic, '.'],
  ],
  chat: [
    ['hi! can you suggest a name for my cat, she is called ', name, ' right now'],
    ['write a short birthday wish for my friend ', name, ' from ', place],
    ['make this sound nicer: see you at ', number],
  ],
  law: [
    [
      'The plaintiff says the defendant broke a contract signed in ',
      place,
      '. Which evidence would a court ask for, and is there liability?',
    ],
    [
      'Is a statute that taxes ',
      number,
      ' firms in ',
      place,
      ' within the constitution? Argue for the attorney.',
    ],
  ],
  facts: [
    ['What is the capital near ', place, ' and in which century was it founded?'],
    ['Which river flows through ', place, '?'],
    ['Who was the king in ', place, ' when the revolution began?'],
  ],
}
const KINDS = Object.keys(TEMPLATES) as Kind[]

/** Prompts of five kinds, with what four made-up models would answer. The same seed gives the same table. */
export function generatedTable(seed: number, count: number): OutcomeTable {
  const random = seededRandom(seed).split('generated table')
  return {
    name: 'generated',
    routes: PROFILES.map(({ model }, i) => ({ id: `R${i + 1}`, model })),
    rows: Array.from({ length: count }, (_, i) => generatedRow(random, i)),
  }
}

function generatedRow(random: Random, i: number): OutcomeRow {
  const kind = KINDS[random.integer(KINDS.length)] ?? 'chat'
  const templates = TEMPLATES[kind]
  const template = templates[random.integer(templates.length)] ?? []
  const prompt = template.map((part) => (typeof part === 'string' ? part : part(random))).join('')
  // An answer is right or it is not: the quality is a coin weighted by what the model is good at.
  return {
    id: `generated/${i}`,
    prompt,
    task: kind,
    quality: PROFILES.map(({ quality }) => (random.next() < quality[kind] ? 1 : 0)),
    costUsd: PROFILES.map((profile) => profile.costUsd * (0.5 + random.next())),
    latencyMs: PROFILES.map((profile) => profile.latencyMs * (0.7 + 0.6 * random.next())),
  }
}
