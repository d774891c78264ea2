import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const packages = join(import.meta.dirname, '..', 'packages')
const programs = readdirSync(import.meta.dirname).filter((file) => /^[a-z-]+\.ts$/.test(file))
/** Programs that join several packages, and whose README links to them. */
const JOINING: Readonly<Record<string, string>> = { 'daily-job.ts': 'promotion' }

/** Packages that people install; a private one is for tests. */
const published = readdirSync(packages).filter((name) => {
  const manifest = readFileSync(join(packages, name, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { readonly private?: boolean }).private !== true
})

/** Runs a program in a folder of its own, which is also where it finds its temporary directory. */
function run(program: string) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-example-'))
  try {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, program)],
      { cwd: folder, env: { ...process.env, TMPDIR: folder, TEMP: folder }, encoding: 'utf8' },
    )
    return { status, stdout, stderr, left: readdirSync(folder) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The first block of code below `## Use`. */
function useBlock(readme: string): string | undefined {
  const [, use = ''] = /^## Use\n([^]*?)(?=^## )/m.exec(readme) ?? []
  return /^```ts\n([^]*?)^```$/m.exec(use)?.[1]
}

describe('the examples', () => {
  it('are one for each package that is published', () => {
    const single = programs.filter((program) => JOINING[program] === undefined)
    expect(single).toEqual(published.map((name) => `${name}.ts`))
  })
})

describe.each(programs)('%s', (program) => {
  it('runs, prints something and leaves nothing behind', () => {
    expect(run(program)).toEqual({
      status: 0,
      stdout: expect.stringMatching(/\S/),
      stderr: '',
      left: [],
    })
  })

  it('is what the README shows, or links to', () => {
    const joining = JOINING[program]
    const name = joining ?? program.replace('.ts', '')
    const readme = readFileSync(join(packages, name, 'README.md'), 'utf8')
    const text = readFileSync(join(import.meta.dirname, program), 'utf8')
    const isThere =
      joining === undefined
        ? useBlock(readme) === text
        : readme.includes(`../../examples/${program}`)
    expect(isThere).toBe(true)
  })
})
