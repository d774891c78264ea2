import type { Command } from '../command.ts'
import { bashScript } from '../completion/bash.ts'
import { fishScript } from '../completion/fish.ts'
import { powershellScript } from '../completion/powershell.ts'
import { placesOf, type Place } from '../completion/places.ts'
import { zshScript } from '../completion/zsh.ts'

type Shell = 'bash' | 'zsh' | 'fish' | 'powershell'

const SCRIPTS: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
}

/** A script made from the commands that there are. */
export interface CompletionScript {
  readonly shell: Shell
  readonly script: string
}

export const command: Command<CompletionScript, { readonly shell: Shell }> = {
  run: ({ tree }, { shell }) =>
    Promise.resolve({ data: { shell, script: SCRIPTS[shell](placesOf(tree)) } }),
  show: ({ script }) => [script],
}
