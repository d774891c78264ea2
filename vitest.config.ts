import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const system = ['**/*.{process,fault,e2e}.test.ts']
const ignored = [
  '**/node_modules/**',
  '**/dist/**',
  'packages/**',
  'apps/**',
  'examples/**',
  'bench/**',
]

const isLongest = ({ moduleId }: TestSpecification): number =>
  Number(moduleId.endsWith('/operating.e2e.test.ts'))

/** The file that takes longest comes first, so that the other worker has all else meanwhile: a fresh checkout knows no durations. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- It is vitest's, and makes another list.
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => isLongest(b) - isLongest(a))
  }
}

/**
 * `unit` runs in parallel on a virtual clock; `system` uses real processes, files and servers, one at
 * a time. Each package runs both with its own folder as root, the repository's own scripts likewise.
 */
export default defineConfig({
  test: {
    reporters: ['default', 'json'],
    passWithNoTests: true,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...ignored, ...system],
          isolate: false,
          // Only an end for what hangs: on a busy machine a search through many states takes its time.
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: system,
          exclude: ignored,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
