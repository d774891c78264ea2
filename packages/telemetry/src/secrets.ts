/** What stands in the place of what nobody may read. */
export const REDACTED = '[redacted]'

/** Longer texts are left out as a whole: nothing hides in what is not looked at. In characters. */
const LONGEST_TEXT = 32_768

// Names are compared without `-`, `_` and case. `tokens` is a count (`inputTokens`), `token` never is.
const SECRET_NAME =
  /(?:(?:password|passwd|passphrase|passcode|secret|(?:api|access|private|signing|secret|encryption|session)key|credential|cookie|connectionstring)s?|token|authorization|jwt|dsn|sessionid)(?:pem|hash)?$/
/** Short words are looked for as words: `dbPass` and `DB_PASS`, not `bypass`. */
const SECRET_WORD =
  /(?:(?:^|[^A-Za-z])(?:pass|Pass|PASS|pwd|Pwd|PWD|auth|Auth|AUTH|otp|Otp|OTP)|[a-z](?:Pass|Pwd|Auth|Otp|OTP))$/

/** Whether what is kept under a name is a secret whatever it looks like: `apiKey`, `x-api-key`, `DB_PASSWORD`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(plainName(name)) || SECRET_WORD.test(name)
}

/** A name without what writers of names differ in. */
export const plainName = (name: string): string => name.replaceAll(/[-_\s]/g, '').toLowerCase()

// Each finds a secret within a text by its form alone, in time linear in the length of the text, which is not searched unless
// it holds what is `needed`. The first takes the part before the @ of a URL, so that the one for e-mail addresses does not
// leave half of it.
const SECRETS: readonly (readonly [needed: string, pattern: RegExp, instead: string])[] = [
  // RFC 3986 §3.2.1: who and with what password, before the host.
  ['@', /:\/\/[^\s/?#]*@/g, `://${REDACTED}@`],
  // RFC 6750 §2.1 and RFC 7617. What comes after the word ends where such a word begins anew.
  ['', /(Bearer|Basic)(\s+)(?:(?!(?:Bearer|Basic)\s)[\w.~+/=-])+/gi, `$1$2${REDACTED}`],
  // Parts of base64url, the first of which is a JSON object: RFC 7519, three of them; RFC 7516, five.
  ['eyJ', /eyJ[\w-]{5,2048}(?:\.[\w-]*){2,}/g, REDACTED],
  // Keys that say themselves what they are: OpenAI, Anthropic, Stripe; GitHub, Slack, AWS, Google.
  ['', /(?<![A-Za-z0-9])(?:sk|pk|rk)(?:-|_live_|_test_)[\w-]{6,}/g, REDACTED],
  ['', /(?<![A-Za-z0-9])(?:gh[opsur]_|github_pat_|glpat-|xox[abeoprs]-)[\w-]{10,}/g, REDACTED],
  ['', /(?<![A-Za-z0-9])(?:AKIA|ASIA|AIza)[\w-]{16,}/g, REDACTED],
  // RFC 7468. One that was cut ends with the text.
  [
    '-----BEGIN ',
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY[\s\S]*?(?:-----END [A-Z ]{0,60}-----|$)/g,
    REDACTED,
  ],
  ['', givenToName(), `$1${REDACTED}`],
]

/**
 * What a text gives to the name of a secret: `password=…` in a query or a connection string, `password: …` in YAML,
 * `"password":"…"` in JSON, also within JSON. One pattern for all, because a second would find what the first has left half of.
 */
function givenToName(): RegExp {
  const names = [
    'password|passwd|passphrase|passcode|secret|(?:api|access)[-_]?key',
    // After `token:` may stand what is said of it; but no word is so long.
    String.raw`token(?=[\\"']*\s*(?:=|:\s*(?:[\\"']|[^\s"']{16})))`,
    String.raw`(?<![a-z])(?:pass|pwd|sig|signature)(?==)`,
  ].join('|')
  const value = String.raw`\\+"[^"]*"?|"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[^\s"'&,;]+`
  return new RegExp(String.raw`((?:${names})\\*["']?\s*[=:]\s*)(?:${value})`, 'gi')
}

const EMAIL = /[\p{L}\p{N}._%+'-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu

/** A text without the secrets that show by their form. @param more patterns of the caller's, with the flag `g`. */
export function redactedText(text: string, more: readonly RegExp[]): string {
  if (text.length > LONGEST_TEXT) return `[text of ${text.length} characters left out]`
  let clean = text
  for (const pattern of more) clean = clean.replaceAll(pattern, REDACTED)
  for (const [needed, pattern, instead] of SECRETS) {
    if (clean.includes(needed)) clean = clean.replaceAll(pattern, instead)
  }
  // It costs as much as all the others together, and few texts have an @.
  return clean.includes('@') ? clean.replaceAll(EMAIL, REDACTED) : clean
}
