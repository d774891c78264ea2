/** The part of vitest's JSON report that is counted. */
export interface Report {
  readonly success: boolean
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message?: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

export interface Result {
  /** Where the report was expected. */
  readonly path: string
  /** Null: nothing was written there, because the tests did not run or broke off. */
  readonly report: Report | null
}

export interface Summary {
  /** What to print; the last line is the sum. */
  readonly lines: readonly string[]
  readonly failed: number
}

export interface Extent {
  /** Every report is expected: a missing one is a failure. */
  readonly isWhole: boolean
  /** Everything else that was run with the tests has succeeded. */
  readonly isClean: boolean
}

/**
 * Adds up test reports. A file that could not be loaded, errors outside any test and a missing report
 * each count as one failed test: what did not run has not passed. So does a failed check, when no test
 * failed with it.
 */
export function summarise(results: readonly Result[], { isWhole, isClean }: Extent): Summary {
  const failures: string[] = []
  const skipped: string[] = []
  let passed = 0

  for (const { path, report } of results) {
    if (report === null) {
      if (isWhole) failures.push(`${path} is missing: these tests did not run, or broke off`)
      continue
    }
    const failuresBefore = failures.length
    for (const file of report.testResults) {
      for (const { fullName, status } of file.assertionResults) {
        if (status === 'passed') passed += 1
        else if (status === 'failed') failures.push(`${file.name}: ${fullName}`)
        else skipped.push(`${file.name}: ${fullName}`)
      }
      if (
        file.status === 'failed' &&
        !file.assertionResults.some(({ status }) => status === 'failed')
      ) {
        failures.push(`${file.name}: ${file.message ?? 'did not load'}`)
      }
    }
    if (!report.success && failures.length === failuresBefore) {
      failures.push(`${path}: errors outside any test; the output above shows them`)
    }
  }

  if (!isClean && failures.length === 0) failures.push('a check; the output above says which')
  const sum = `${passed} passed, ${failures.length} failed`
  return {
    failed: failures.length,
    lines: [
      ...skipped.map((name) => `skipped: ${name}`),
      ...failures.map((name) => `failed: ${name}`),
      skipped.length === 0 ? sum : `${sum}, ${skipped.length} skipped`,
    ],
  }
}
