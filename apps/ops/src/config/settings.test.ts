import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gateSettings } from '@holdfast/promotion'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findConfigFile } from './find-file.ts'
import { readSettings } from './settings.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-settings-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function file(path: string, content: unknown = { version: 1 }): string {
  const whole = join(root, path)
  mkdirSync(join(whole, '..'), { recursive: true })
  writeFileSync(whole, typeof content === 'string' ? content : JSON.stringify(content))
  return whole
}

describe('the configuration file', () => {
  it('is the one that is named by --config, then by HOLDFAST_CONFIG, then the nearest upwards, then the user’s', () => {
    const cwd = join(root, 'a', 'b')
    const env = { HOLDFAST_CONFIG: 'c.json', XDG_CONFIG_HOME: join(root, 'xdg') }
    expect(findConfigFile(undefined, {}, cwd)).toBeNull()
    const users = file('xdg/holdfast/holdfast.json')
    const { HOLDFAST_CONFIG: _named, ...xdg } = env
    expect(findConfigFile(undefined, xdg, cwd)?.path).toBe(users)
    const upwards = file('a/holdfast.json')
    expect(findConfigFile(undefined, xdg, cwd)?.path).toBe(upwards)
    expect(findConfigFile(undefined, env, cwd)?.path).toBe(join(cwd, 'c.json'))
    expect(findConfigFile('d.json', env, cwd)?.path).toBe(join(cwd, 'd.json'))
  })
})

describe('a setting', () => {
  it('comes from the flag, else the environment, else the file, else its default; and says which', async () => {
    file('holdfast.json', { version: 1, dataDir: 'data', keep: { stateBackups: 3 } })
    const env = { HOLDFAST_DATA_DIR: 'env' }
    const seen = async (flags: object, env: Readonly<Record<string, string>>) => {
      const { dataDir, origins } = await readSettings(flags, env, root)
      return [dataDir, origins['dataDir']?.origin]
    }
    expect(await seen({ dataDir: 'flag' }, env)).toEqual([join(root, 'flag'), 'flag'])
    expect(await seen({}, env)).toEqual([join(root, 'env'), 'environment'])
    expect(await seen({}, {})).toEqual([join(root, 'data'), 'file'])
    rmSync(join(root, 'holdfast.json'))
    expect(await seen({}, {})).toEqual([join(root, 'run'), undefined])
  })

  it('is no path that is empty, as of a variable that is not set', async () => {
    for (const [flag, flags] of [
      ['--data-dir', { dataDir: '' }],
      ['--config', { config: '' }],
    ] as const) {
      await expect(readSettings(flags, {}, root)).rejects.toMatchObject({
        code: 'OPS_USAGE',
        message: `${flag} must name a path, got nothing`,
      })
    }
    expect((await readSettings({}, { HOLDFAST_DATA_DIR: '' }, root)).dataDir).toBe(
      join(root, 'run'),
    )
  })

  it('that is a path in a file begins at the directory of the file', async () => {
    file('holdfast.json', { version: 1, dataDir: 'data', receipts: { directory: 'kept' } })
    mkdirSync(join(root, 'deep'))
    const { dataDir, receipts } = await readSettings({}, {}, join(root, 'deep'))
    expect([dataDir, receipts.directory]).toEqual([join(root, 'data'), join(root, 'kept')])
  })
})

it('every setting of the gates may be in the file', async () => {
  const gates = gateSettings()
  file('holdfast.json', { version: 1, gates })
  expect((await readSettings({}, {}, root)).gates).toEqual(gates)
})

describe('a file that cannot be used', () => {
  it('is refused with everything that is wrong with it', async () => {
    const path = file('holdfast.json', {
      version: 2,
      measure: 'luck',
      gates: { rsi: 2 },
      colour: 1,
    })
    const error = await readSettings({}, {}, root).catch((error: unknown) => error as Error)
    expect(error).toMatchObject({ code: 'OPS_CONFIG' })
    const { message } = error as Error
    expect(message.split('\n')).toEqual([
      `${path} cannot be used:`,
      '  - version: must be 1, got 2',
      '  - gates.rsi: must be ≤ 1, got 2',
      '  - measure: must be "reward" or "quality", got "luck"',
      '  - the file: has no field "colour"',
    ])
  })

  it('is refused when it is missing, or no JSON', async () => {
    await expect(readSettings({ config: 'no.json' }, {}, root)).rejects.toThrow(
      'no.json cannot be used',
    )
    file('holdfast.json', '{')
    await expect(readSettings({}, {}, root)).rejects.toMatchObject({ code: 'OPS_CONFIG' })
  })
})
