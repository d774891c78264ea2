import type { DailyReport } from '@holdfast/promotion'

/** Whether a value that was read from a file has the form of a report. */
export function isReport(value: unknown): value is DailyReport {
  const { version, window, decisions, quality, fast_cap, tri } = (value ??
    {}) as Partial<DailyReport>
  return (
    version === 1 &&
    typeof decisions === 'number' &&
    isObject(quality) &&
    isObject(fast_cap) &&
    isObject(tri) &&
    Number.isFinite(Date.parse(window?.from ?? '')) &&
    Number.isFinite(Date.parse(window?.to ?? ''))
  )
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null
