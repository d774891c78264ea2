/** What stands in the place of what nobody may read. */
export const REDACTED = '[redacted]'

/** Longer texts are left out as a whole: nothing hides in what is not looked at. In characters. */
const LONGEST_TEXT = 32_768

// Names are compared without `-`, `_` and case. `tokens` is a count (`inputTokens`), `token` never is.
const SECRET_NAME =
  /(?:(?:password|passwd|passphrase|secret|apikey|accesskey|privatekey|signingkey|credential|cookie|connectionstring)s?|(?:token|authorization|jwt|dsn))$/

/** Whether what is kept under a name is a secret whatever it looks like: `apiKey`, `x-api-key`, `DB_PASSWORD`. */
export function isSecretName(name: string, more: ReadonlySet<string>): boolean {
  const plain = plainName(name)
  return SECRET_NAME.test(plain) || more.has(plain)
}

/** A name without what writers of names differ in. */
export const plainName = (name: string): string => name.replaceAll(/[-_\s]/g, '').toLowerCase()

// Each finds a secret within a text by its form alone, in time linear in the length of the text. The first takes the part
// before the @ of a URL, so that the one for e-mail addresses does not leave half of it.
const SECRETS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  // RFC 3986 §3.2.1: who and with what password, before the host.
  [/:\/\/[^\s/?#]*@/g, `://${REDACTED}@`],
  // RFC 6750 §2.1 and RFC 7617. What comes after the word ends where such a word begins anew.
  [/(Bearer|Basic)(\s+)(?:(?!(?:Bearer|Basic)\s)[\w.~+/=-])+/gi, `$1$2${REDACTED}`],
  // Parts of base64url, the first of which is a JSON object: RFC 7519, three of them; RFC 7516, five.
  [/eyJ[\w-]{5,2048}(?:\.[\w-]*){2,}/g, REDACTED],
  // Keys that say themselves what they are: OpenAI, Anthropic, Stripe; GitHub, Slack, AWS, Google.
  [/(?<![A-Za-z0-9])(?:sk|pk|rk)(?:-|_live_|_test_)[\w-]{6,}/g, REDACTED],
  [/(?<![A-Za-z0-9])(?:gh[opsur]_|github_pat_|glpat-|xox[abeoprs]-)[\w-]{10,}/g, REDACTED],
  [/(?<![A-Za-z0-9])(?:AKIA|ASIA|AIza)[\w-]{16,}/g, REDACTED],
  // `password=…` in a query or a connection string, and `"password":"…"` in JSON.
  [
    /((?:password|passwd|passphrase|secret|api[-_]?key|access[-_]?key|token)"?\s*(?:=|:(?=\s*"))\s*)(?:"(?:[^"\\]|\\.)*"?|[^\s"'&,;]+)/gi,
    `$1${REDACTED}`,
  ],
]

const EMAIL = /[\p{L}\p{N}._%+'-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu

/** A text without the secrets that show by their form. @param more patterns of the caller's, with the flag `g`. */
export function redactedText(text: string, more: readonly RegExp[]): string {
  if (text.length > LONGEST_TEXT) return `[text of ${text.length} characters left out]`
  let clean = text
  for (const pattern of more) clean = clean.replaceAll(pattern, REDACTED)
  for (const [pattern, instead] of SECRETS) clean = clean.replaceAll(pattern, instead)
  // It costs as much as all the others together, and few texts have an @.
  return clean.includes('@') ? clean.replaceAll(EMAIL, REDACTED) : clean
}
