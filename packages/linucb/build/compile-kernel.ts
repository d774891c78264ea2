import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from 'assemblyscript/asc'

/** Compiles the kernel and writes it into src as text, so that it becomes part of the one file shipped. */
const root = join(import.meta.dirname, '..')
const directory = mkdtempSync(join(tmpdir(), 'holdfast-kernel-'))
const compiled = join(directory, 'kernel.wasm')
// Without assertions, runtime and memory of its own: nothing but the arithmetic is left.
const options =
  '-O3 --converge --noAssert --pedantic --runtime stub --enable simd --importMemory --noExportMemory'
try {
  const { error } = await main(
    ['assembly/kernel.ts', '--baseDir', root, '--outFile', compiled, ...options.split(' ')],
    { stderr: process.stderr },
  )
  if (error !== null) throw error
  const text = readFileSync(compiled).toString('base64')
  writeFileSync(
    join(root, 'src/kernel-module.generated.ts'),
    `/** \`assembly/kernel.ts\`, compiled. */\nexport const kernelModule: string =\n  '${text}'\n`,
  )
} finally {
  rmSync(directory, { recursive: true })
}
