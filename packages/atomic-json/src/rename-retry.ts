/** Waits between attempts, in ms: 1.7 s in all, past what a virus scanner or indexer holds a file. */
const PAUSES_MS = [5, 10, 20, 40, 80, 160, 200, 200, 200, 200, 200, 200]

/**
 * Decides whether a refused rename is tried again. Windows refuses while another program, such as a
 * virus scanner, holds either file open; elsewhere the same codes mean what they say.
 * @param attempt how many have failed before this one.
 * @returns ms to wait first, or null to give up.
 */
export function renameRetryMs(attempt: number, code: string, platform: string): number | null {
  if (platform !== 'win32' || !['EPERM', 'EACCES', 'EBUSY'].includes(code)) return null
  return PAUSES_MS[attempt] ?? null
}
