import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'

const checkouts: string[] = []
const packageManager = 'pnpm@1.0.0'

/**
 * A checkout with stand-ins for npm and pnpm, which note each call and fill their folder slowly enough
 * to be met half way. `npm` fails or dies when a file of that name is there.
 */
function checkout() {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-setup-'))
  checkouts.push(root)
  const write = (file: string, text: string): void => writeFileSync(join(root, file), text)
  for (const folder of ['bin', 'toolchain', 'packages', 'apps', 'scripts'])
    mkdirSync(join(root, folder))
  for (const name of ['dev.mjs', 'dev']) {
    cpSync(join(import.meta.dirname, name), join(root, 'scripts', name), { recursive: true })
  }
  for (const file of ['toolchain/package.json', 'toolchain/package-lock.json', 'pnpm-lock.yaml']) {
    write(file, '{}')
  }
  write('package.json', JSON.stringify({ packageManager }))
  write('pnpm-workspace.yaml', '')
  const program = (name: string, lines: string): void => {
    write(`bin/${name}`, `#!/bin/sh\necho "${name} $1" >> ${root}/calls\n${lines}\n`)
    chmodSync(join(root, 'bin', name), 0o755)
  }
  program(
    'npm',
    `if [ -e ${root}/fails ]; then exit 7; fi
     mkdir -p node_modules/@pnpm/exe.${process.platform}-${process.arch}; touch node_modules/half
     if [ -e ${root}/dies ]; then kill -9 $PPID; fi`,
  )
  program('pnpm', `mkdir -p ${root}/node_modules`)

  const env = { ...process.env, PATH: [join(root, 'bin'), process.env['PATH']].join(delimiter) }
  const args = [join(root, 'scripts', 'dev.mjs'), 'setup']
  return {
    root,
    write,
    setup: () => spawnSync(process.execPath, args, { env, encoding: 'utf8' }),
    setupBeside: () =>
      new Promise((resolve) => {
        spawn(process.execPath, args, { env, stdio: 'ignore' }).on('exit', resolve)
      }),
    has: (file: string) => existsSync(join(root, file)),
    remove: (file: string) => rmSync(join(root, file)),
    calls: () => readFileSync(join(root, 'calls'), 'utf8').trim().split('\n'),
  }
}

afterEach(() => {
  for (const root of checkouts.splice(0)) rmSync(root, { recursive: true })
})

const both = ['npm ci', 'pnpm install']

describe.skipIf(process.platform === 'win32')('setup (its stand-ins are shell scripts)', () => {
  it('fetches the toolchain, then the packages, and the second time nothing', () => {
    const { setup, calls } = checkout()
    expect(setup().status).toBe(0)
    expect(setup().status).toBe(0)
    expect(calls()).toEqual(both)
  })

  it('installs again when a manifest has changed, but leaves the toolchain', () => {
    const { setup, calls, write } = checkout()
    setup()
    write('pnpm-lock.yaml', 'changed')
    expect(setup().status).toBe(0)
    expect(calls()).toEqual([...both, 'pnpm install'])
  })

  it('names the step that failed and what to do, and does it all the next time', () => {
    const { setup, write, remove, calls, has } = checkout()
    write('fails', '')
    const { status, stderr } = setup()
    expect(status).toBe(1)
    expect(stderr.trim().split('\n').at(-1)).toBe(
      'dev: "fetch Node.js and pnpm" failed (npm ci exited 7): ' +
        'check the network and the npm registry setting, then run npm run setup again',
    )
    expect(has('.setup-lock')).toBe(false)
    remove('fails')
    expect(setup().status).toBe(0)
    expect(calls()).toEqual(['npm ci', ...both])
  })

  it('repairs what a killed setup has left: half a folder, and the lock it held', () => {
    const { setup, write, remove, calls, has } = checkout()
    write('dies', '')
    expect(setup().signal).toBe('SIGKILL')
    expect(has('.setup-lock')).toBe(true)
    remove('dies')
    write('toolchain/node_modules/rubble', '')
    expect(setup().status).toBe(0)
    expect(has('toolchain/node_modules/rubble')).toBe(false)
    expect(calls()).toEqual(['npm ci', ...both])
  })

  it('runs once when it is started four times at once', async () => {
    const { setupBeside, calls, has } = checkout()
    expect(await Promise.all([1, 2, 3, 4].map(setupBeside))).toEqual([0, 0, 0, 0])
    expect(calls()).toEqual(both)
    expect(has('.setup-lock')).toBe(false)
  })
})
