import type { ConfigShown } from '../commands/config-show.ts'
import type { ConfigValid } from '../commands/config-validate.ts'
import type { Style } from '../terminal/style.ts'
import { pairs, table, type Cell } from '../terminal/table.ts'

export function settingLines(data: ConfigShown, style: Style): string[] {
  const { file, settings, hasToken, withOrigin } = data
  const token = hasToken ? 'set by HOLDFAST_TOKEN' : 'not set'
  const head = pairs(
    [
      ['file', file ?? 'none: the defaults hold'],
      ['token', token],
    ],
    style,
  )
  const rows = settings.map(({ name, value, origin, by }): Cell[] => {
    const isDefault = origin === 'default'
    const from = isDefault ? 'default' : `${origin} ${origin === 'file' ? '' : (by ?? '')}`.trim()
    const shown = typeof value === 'string' ? value : JSON.stringify(value)
    const origins: Cell[] = withOrigin ? [isDefault ? { text: from, paint: 'faint' } : from] : []
    return [name, ...origins, isDefault ? shown : { text: shown, paint: 'strong' }]
  })
  const columns = [
    { title: 'SETTING' },
    ...(withOrigin ? [{ title: 'FROM' }] : []),
    { title: 'VALUE', canShrink: true },
  ]
  return [...head, '', ...table(columns, rows, style)]
}

export function validLines({ file }: ConfigValid, style: Style): string[] {
  return [
    file === null
      ? 'There is no configuration file; the defaults hold.'
      : style.good(`${file} can be used.`),
  ]
}
