import type { CommandEntry, ValueKind } from '../command.ts'

/** Completions, made from the tree. */
export const completion: CommandEntry = {
  path: ['completion'],
  summary: 'print a script that completes commands in your shell',
  details: [
    'bash:        source <(holdfast completion bash)',
    'zsh:         source <(holdfast completion zsh)',
    'fish:        holdfast completion fish | source',
    'PowerShell:  holdfast completion powershell | Out-String | Invoke-Expression',
  ],
  arguments: [
    { name: 'shell', summary: 'your shell', choices: ['bash', 'zsh', 'fish', 'powershell'] },
  ],
  writes: false,
  confirm: 'none',
  needsDataDir: false,
  settings: 'unused',
  isRaw: true,
  example: ['bash'],
  load: () => import('../commands/completion.ts'),
}

/** What the scripts ask for while someone presses Tab. */
export const completionValues: CommandEntry = {
  path: ['completion-values'],
  summary: 'print what may be named of a kind, one a line, for completions',
  arguments: [
    {
      name: 'kind',
      summary: 'of what',
      choices: ['backup', 'lock', 'receipt', 'route', 'run'] satisfies ValueKind[],
    },
  ],
  writes: false,
  confirm: 'none',
  needsDataDir: true,
  isHidden: true,
  example: ['backup'],
  load: () => import('../commands/completion-values.ts'),
}
