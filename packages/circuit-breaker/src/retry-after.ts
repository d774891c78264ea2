const SECONDS = /^\d+$/
const DAY = '(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?'
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
const TIME = String.raw`\d\d:\d\d:\d\d`
/** The form of today and the two old ones that a recipient must still read. The last has no zone; it is in UTC. */
const DATES = [
  new RegExp(String.raw`^${DAY}, \d\d ${MONTH} \d{4} ${TIME} GMT$`),
  new RegExp(String.raw`^${DAY}, \d\d-${MONTH}-\d\d ${TIME} GMT$`),
]
const ASCTIME = new RegExp(String.raw`^${DAY} ${MONTH} [ \d]\d ${TIME} \d{4}$`)

/**
 * How long the header Retry-After asks to wait, in ms ≥ 0; null if there is none, or it is not in one of its forms. It may be any
 * length: put a limit to it before you obey.
 *
 * Source: RFC 9110, sections 10.2.3 and 5.6.7.
 * @param wallMs the present moment, ms since 1970-01-01T00:00:00Z, to which a date is compared.
 */
export function retryAfterMs(header: string | null | undefined, wallMs: number): number | null {
  const text = header?.trim() ?? ''
  if (SECONDS.test(text)) {
    // More digits than a number can hold would be Infinity, which is no length of time.
    return Math.min(Number(text) * 1000, Number.MAX_SAFE_INTEGER)
  }
  const atMs = dateMs(text)
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - wallMs)
}

function dateMs(text: string): number {
  if (DATES.some((form) => form.test(text))) return Date.parse(text)
  return ASCTIME.test(text) ? Date.parse(`${text} GMT`) : Number.NaN
}
