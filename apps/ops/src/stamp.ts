/** A moment as file names have it: `yyyyMMdd_HHmmss`, UTC. */
export function stampOf(atMs: number): string {
  const [date = '', time = ''] = new Date(atMs).toISOString().split(/[T.]/)
  return `${date.replaceAll('-', '')}_${time.replaceAll(':', '')}`
}
