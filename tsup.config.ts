import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

/** One configuration for every package: the entries are what `exports`, `bin` and `imports` name. */
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports?: Record<string, string | { default: string }>
  bin?: Record<string, string>
  imports?: Record<string, string>
}
const outputs = [
  ...Object.values(manifest.exports ?? {}).map((entry) =>
    typeof entry === 'string' ? entry : entry.default,
  ),
  ...Object.values(manifest.bin ?? {}),
  ...Object.values(manifest.imports ?? {}),
].filter((output) => output.startsWith('./dist/'))

export default defineConfig({
  entry: outputs.map((output) => output.replace('./dist/', 'src/').replace(/\.js$/, '.ts')),
  format: ['esm'],
  target: 'node22',
  // tsc writes the types: tsup's own types step does not run under TypeScript 7.
  dts: false,
  sourcemap: true,
  clean: true,
})
