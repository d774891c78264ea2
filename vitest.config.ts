import { defineConfig } from 'vitest/config'

const system = ['**/*.{process,fault,e2e}.test.ts']
const ignored = [
  '**/node_modules/**',
  '**/dist/**',
  'packages/**',
  'apps/**',
  'examples/**',
  'bench/**',
]

/**
 * `unit` runs in parallel on a virtual clock; `system` uses real processes, files and servers, one at
 * a time. Each package runs both with its own folder as root, the repository's own scripts likewise.
 */
export default defineConfig({
  test: {
    reporters: ['default', 'json'],
    passWithNoTests: true,
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
