import { existsSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import type { Context } from '../command.ts'

/** Where the router keeps its files when it is only tried, below the data directory that it is given. */
const DEMO = 'demo'

/**
 * The command that starts a router on this data directory, as it is typed here: from a checkout with npm, and elsewhere by its own name. Only
 * one without a configuration of its own goes without a file.
 */
export function startCommand({
  cwd,
  dataDir,
  settings,
}: Pick<Context, 'cwd' | 'dataDir' | 'settings'>): string {
  const isCheckout = existsSync(join(cwd, 'apps', 'router', 'package.json'))
  const isDemo = basename(dataDir) === DEMO
  const wanted = isDemo ? dirname(dataDir) : dataDir
  // The router reads the same variable.
  const isFromVariable = settings.origins['dataDir']?.origin === 'environment'
  const usual = isFromVariable ? dataDir : join(cwd, 'run')
  const flags = [
    ...(isDemo ? [] : ['--config <file>']),
    ...(wanted === usual ? [] : [`--data-dir ${shorter(wanted, cwd)}`]),
  ]
  if (!isCheckout) return ['holdfast-router', ...flags].join(' ')
  return flags.length === 0 ? 'npm start' : `npm start -- ${flags.join(' ')}`
}

function shorter(path: string, cwd: string): string {
  const near = relative(cwd, path)
  return near === '' || near.startsWith('..') ? path : near
}
