import type { CommandEntry } from '../command.ts'

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
