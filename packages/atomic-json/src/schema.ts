import type { StandardSchemaV1 } from '@standard-schema/spec'
import { settle, type Steps } from './steps.ts'

export type Validated<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | {
      readonly kind: 'schema'
      readonly reason: string
      readonly issues: readonly StandardSchemaV1.Issue[]
    }

/**
 * Asks a schema about a value. Without one, every value is as good as its type claims.
 *
 * Source: Standard Schema 1.1, standardschema.dev.
 */
export function* validate<T>(
  schema: StandardSchemaV1<unknown, T> | undefined,
  value: unknown,
): Steps<Validated<T>> {
  if (schema === undefined) return { kind: 'ok', value: value as T }
  const answer = schema['~standard'].validate(value)
  const result = answer instanceof Promise ? yield* settle(answer) : answer
  if (result.issues === undefined) return { kind: 'ok', value: result.value }
  return { kind: 'schema', reason: summary(result.issues), issues: result.issues }
}

/** The first issue and how many more there are: `at arms.3: expected number (and 2 more)`. */
function summary(issues: readonly StandardSchemaV1.Issue[]): string {
  const [first] = issues
  if (first === undefined) return 'the schema refuses it without a reason'
  const keys = (first.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step))
  const place = keys.length === 0 ? '' : `at ${keys.join('.')}: `
  const more = issues.length === 1 ? '' : ` (and ${issues.length - 1} more)`
  return `the schema refuses it: ${place}${first.message}${more}`
}
