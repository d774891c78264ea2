import { topicOf, type Topic } from './lexicon.ts'

/** The longest part of a prompt that is looked at, in UTF-16 units: the cost of a decision is bounded. */
export const SCANNED_CHARACTERS = 4096

/** `six`: learns fastest from nothing. `surface22`: learns more, given some thousand decisions or a prior. */
export type FeatureSet = 'six' | 'surface22'

const NAMES = {
  six: ['bias', 'math', 'upper', 'numbers', 'options', 'digits'],
  surface22: [
    'bias',
    'length',
    'line_words',
    'digits',
    'numbers',
    'math',
    'code',
    'negation',
    'options',
    'upper',
    'non_ascii',
    'question',
    'word_length',
    'quotes',
    'blank',
    'story',
    'law',
    'medicine',
    'humanities',
    'business',
    'science',
    'psychology',
  ],
} as const satisfies Record<FeatureSet, readonly string[]>

type FeatureName = (typeof NAMES)[FeatureSet][number]

export interface FeatureOptions {
  readonly set: FeatureSet
  /** Slots into which the caller's `metadata.task` is hashed. Integer ≥ 0; 0 ignores it. */
  readonly taskSlots: number
}

/** Names of the features, in the order of the vector. Its length is the bandit's dimension. */
export function featureNames({ set, taskSlots }: FeatureOptions): string[] {
  return [...NAMES[set], ...Array.from({ length: taskSlots }, (_, slot) => `task_${slot}`)]
}

/**
 * A prompt as numbers: surface marks only, no model and no network. Each is a fixed transform clamped to
 * [-1, 1]; the first is the bias, always 1. Nothing is standardised by what was seen before, because
 * that would change a context after it was learned from.
 */
export function features(
  prompt: string,
  task: string | undefined,
  { set, taskSlots }: FeatureOptions,
): Float64Array {
  const value = surface(
    prompt.length > SCANNED_CHARACTERS ? prompt.slice(0, SCANNED_CHARACTERS) : prompt,
  )
  const names = NAMES[set]
  const context = new Float64Array(names.length + taskSlots)
  for (const [i, name] of names.entries()) context[i] = Math.max(-1, Math.min(1, value[name]))
  if (task !== undefined && taskSlots > 0) context[names.length + (hash(task) % taskSlots)] = 1
  return context
}

function surface(text: string): Record<FeatureName, number> {
  const length = text.length || 1
  const marks = countMarks(text)
  const words = countWords(text)
  const { topics } = words
  const wordCount = words.count || 1
  return {
    bias: 1,
    length: Math.log(length / 300) / 3,
    line_words: Math.tanh(words.count / marks.lines / 30) - 0.5,
    digits: (marks.digits / length) * 8,
    numbers: saturating(marks.numbers, 8),
    math: saturating(topics.math + marks.mathSigns + matches(text, ARITHMETIC), 4),
    code: saturating(topics.code + matches(text, CODE_SIGNS), 2),
    negation: saturating(topics.negation, 1),
    options: matches(text, OPTION_LINE) / 10,
    upper: (marks.upper / length) * 8,
    non_ascii: (marks.nonAscii / length) * 40,
    question: /\?\s*(?:$|\n)/.test(text) ? 1 : 0,
    word_length: (words.letters / wordCount - 4.7) / 1.5,
    quotes: saturating(marks.quotes, 4),
    blank: /__|\bblank\b/.test(text) ? 1 : 0,
    story: words.persons > 0 ? 1 : 0,
    law: saturating(topics.law, 2),
    medicine: saturating(topics.medicine, 2),
    humanities: saturating(topics.humanities, 2),
    business: saturating(topics.business, 2),
    science: saturating(topics.science, 2),
    psychology: saturating(topics.psychology, 2),
  }
}

const ARITHMETIC = /\d\s?[+\-*/×÷]\s?\d|\\frac|\\sqrt|\$[^$\n]{1,200}\$|\bhow (?:many|much)\b/gi
const CODE_SIGNS = /```|=>|;\s*$|\w\(/gm
const OPTION_LINE = /^[ \t]*\(?[A-J][.)]\s/gm
const codesOf = (signs: string): ReadonlySet<number> =>
  new Set(Array.from(signs, (sign) => sign.charCodeAt(0)))
const MATH_SIGNS = codesOf('=<>≤≥^√∑∫π')
const QUOTES = codesOf('"“”')

/** 0 for none, towards 1 for many, ½ at `half`. */
const saturating = (count: number, half: number): number => count / (count + half)

const matches = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

/** Everything that one look at each character tells. */
function countMarks(text: string) {
  const marks = { lines: 1, digits: 0, numbers: 0, mathSigns: 0, upper: 0, nonAscii: 0, quotes: 0 }
  let inNumber = false
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    const isDigit = code >= 48 && code <= 57
    if (isDigit) {
      marks.digits += 1
      if (!inNumber) marks.numbers += 1
    }
    // "3.14" is one number: a point does not end it.
    inNumber = isDigit || (inNumber && code === 46)
    if (code === 10) marks.lines += 1
    if (code >= 65 && code <= 90) marks.upper += 1
    if (code > 127) marks.nonAscii += 1
    if (MATH_SIGNS.has(code)) marks.mathSigns += 1
    if (QUOTES.has(code)) marks.quotes += 1
  }
  return marks
}

const PERSONS = new Set(['he', 'she', 'her', 'his', 'they'])

function countWords(text: string) {
  const topics: Record<Topic, number> = {
    math: 0,
    code: 0,
    negation: 0,
    law: 0,
    medicine: 0,
    humanities: 0,
    business: 0,
    science: 0,
    psychology: 0,
  }
  let letters = 0
  let persons = 0
  const words = text.toLowerCase().match(/[a-z']+/g) ?? []
  for (const word of words) {
    letters += word.length
    const topic = topicOf(word)
    if (topic !== undefined) topics[topic] += 1
    else if (PERSONS.has(word)) persons += 1
  }
  return { count: words.length, letters, persons, topics }
}

/** 32-bit FNV-1a (Fowler, Noll and Vo), over UTF-16 units. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}
