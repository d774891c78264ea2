/** What stands where a secret was. */
export const REMOVED = '[removed]'

const SECRET_NAME =
  /secret|token|passw|passphrase|credential|authori[sz]ation|cookie|session|private|signature|api.?key|access.?key|(?:^|[_.-])(?:key|auth|pwd|dsn|sas)(?:$|[_.-])/i

/** Forms that give a secret away whatever it is called. */
const SECRET_FORMS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(?:bearer|basic)\s+[\w.~+/=-]{8,}/gi,
  /\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*/g,
  /\b(?:sk|pk|rk|ghp|gho|ghs|github_pat|glpat|xox[abprs])[-_][\w-]{12,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bAIza[\w-]{30,}/g,
]

/** Names and passwords within an address, and values of its parameters that are called like a secret. */
const USER_INFO = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]+@/gi
const PARAMETER = /([?&;\s][\w.-]*(?:secret|token|passw|key|auth|sig)[\w.-]*=)[^\s&;#]+/gi

/**
 * A copy without secrets: values under names like `…_TOKEN` or `apiKey`, and texts that look like keys, tokens or addresses with a
 * password. It is a net, and a net has holes: put nothing secret where it would be needed.
 */
export function redacted<T>(value: T): T {
  return clean(value, '') as T
}

function clean(value: unknown, name: string): unknown {
  if (typeof value === 'string') return SECRET_NAME.test(name) ? REMOVED : cleanText(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => clean(item, name))
  const entries = Object.entries(value).map(([key, item]) => [key, clean(item, key)] as const)
  return Object.fromEntries(entries)
}

function cleanText(text: string): string {
  const formless = SECRET_FORMS.reduce((rest, form) => rest.replace(form, REMOVED), text)
  return formless.replace(USER_INFO, `$1${REMOVED}@`).replace(PARAMETER, `$1${REMOVED}`)
}

/** The variables of an environment that belong to the rollout, without secrets, sorted by name. */
export function environmentSnapshot(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const own = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[0].startsWith('NOVA_') && entry[1] !== undefined,
  )
  return redacted(Object.fromEntries(own.toSorted(([a], [b]) => (a < b ? -1 : 1))))
}
