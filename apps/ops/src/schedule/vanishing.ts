/** Places that a later update empties, by a part of their path. */
const VANISHING: readonly (readonly [RegExp, string])[] = [
  [/[/\\]\.?nvm[/\\]/, 'nvm'],
  [/[/\\]\.?fnm(?:_multishells)?[/\\]/, 'fnm'],
  [/[/\\]\.?volta[/\\]/i, 'Volta'],
  [/[/\\]\.asdf[/\\]/, 'asdf'],
  [/[/\\]\.nodenv[/\\]/, 'nodenv'],
  [/[/\\]mise[/\\]installs[/\\]/, 'mise'],
  [/[/\\]\.?n[/\\]versions[/\\]/, 'n'],
  [/[/\\]Cellar[/\\]node/, 'Homebrew'],
  [/[/\\]_npx[/\\]/, 'npx'],
]

/** Who takes a program away from this path when it is updated; null: nobody is known to. */
export function vanishingWith(path: string): string | null {
  return VANISHING.find(([pattern]) => pattern.test(path))?.[1] ?? null
}
