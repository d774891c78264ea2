import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The schedulers that are known. */
export type TargetName = 'systemd' | 'cron' | 'launchd' | 'windows'

/** The program that runs this, and this program: what a scheduler has to call. Both are absolute. */
export function ownProgram(): { readonly node: string; readonly script: string } {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) {
    folder = dirname(folder)
  }
  return { node: process.execPath, script: join(folder, 'dist', 'main.js') }
}

/** The number of the account that calls; null on Windows, where accounts have none. */
export const ownUid = (): number | null => process.getuid?.() ?? null

/** The scheduler that is most at home here. */
export function usualTarget(): TargetName {
  if (process.platform === 'win32') return 'windows'
  if (process.platform === 'darwin') return 'launchd'
  // Source: sd_booted(3).
  return existsSync('/run/systemd/system') ? 'systemd' : 'cron'
}
