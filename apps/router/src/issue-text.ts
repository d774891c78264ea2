import type { z } from 'zod'

const LONGEST_SHOWN = 100

/** One problem in one line: the field, what it may be, and what it was. */
export function issueText(issue: z.core.$ZodIssue, whole: string): string {
  const field = issue.path.join('.') || whole
  if (issue.code === 'unrecognized_keys') {
    const got = issue.keys.map((key) => JSON.stringify(key)).join(', ')
    const may = issue.message.startsWith('must') ? issue.message : 'must have known fields only'
    return `${field}: ${may}, got ${got}`
  }
  const seen = written(issue.input)
  const shown = seen.length > LONGEST_SHOWN ? `${seen.slice(0, LONGEST_SHOWN)}…` : seen
  return `${field}: ${mayBe(issue)}, got ${shown}`
}

/** Says which fields there are where one is not: for the option `error` of a schema's `safeParse`. */
export function knownFields(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined
  const { def } = (issue.inst as z.core.$ZodObject)._zod
  return `must have no fields but ${Object.keys(def.shape).join(', ')}`
}

/** Our own messages begin with "must"; those of the library are put into the same words. */
function mayBe(issue: z.core.$ZodIssue): string {
  // Of a name in a record only what is wrong with the name says anything.
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message
  if (issue.message.startsWith('must')) return issue.message
  if (issue.code !== 'invalid_type') return issue.message
  const expected = issue.expected === 'record' ? 'object' : issue.expected
  return `must be ${/^[aeio]/.test(expected) ? 'an' : 'a'} ${expected}`
}

function written(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'nothing'
  } catch (error) {
    // Nested deeper than it can be written out.
    if (error instanceof RangeError) return '…'
    throw error
  }
}
