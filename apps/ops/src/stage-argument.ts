const STAGES = [0, 10, 25, 50, 75, 100] as const

/** What completions offer. */
export const STAGE_CHOICES: readonly string[] = STAGES.map(String)

/**
 * A stage as percent, `25` or `25%`. It does not come from the package of stages, which would have to be loaded to read a command line.
 * @throws {RangeError} saying what it may be.
 */
export function readStage(text: string): (typeof STAGES)[number] {
  const stage = STAGES.find((one) => String(one) === text.trim().replace(/\s*%$/, ''))
  if (stage === undefined) throw new RangeError(`It must be one of ${STAGES.join(', ')}.`)
  return stage
}
