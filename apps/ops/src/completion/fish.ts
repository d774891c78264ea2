import { ASK, swallowing, WHERE, type OptionWord, type Place } from './places.ts'

/** A script for fish. */
export function fishScript(places: readonly Place[]): string {
  const known = places.filter(({ words }) => words !== '').map(({ words }) => `'${words}'`)
  const lines = places.flatMap(({ words, next, asks, options }) => {
    const at = `complete -c holdfast -n "__holdfast_at '${words}'"`
    return [
      ...next.map(({ word, summary }) => `${at} -a ${word} -d ${quoted(summary)}`),
      ...(asks === null ? [] : [`${at} -a '(__holdfast_values ${asks})'`]),
      ...options.map((option) => `${at} ${optionText(option)} -d ${quoted(option.summary)}`),
    ]
  })
  return `# fish completion for holdfast: holdfast completion fish | source
function __holdfast_at
  set -l at ''
  set -l skip 0
  for word in (commandline -opc)[2..]
    if test $skip = 1
      set skip 0
    else if contains -- $word ${swallowing(places).join(' ')}
      set skip 1
    else if not string match -q -- '-*' $word
      set -l longer (string trim -- "$at $word")
      if contains -- $longer ${known.join(' ')}
        set at $longer
      end
    end
  end
  test "$at" = "$argv[1]"
end
function __holdfast_values
  set -l words (commandline -opc)
  set -l where
  for i in (seq (count $words))
    if contains -- $words[$i] ${WHERE.join(' ')}
      set -a where $words[$i] $words[(math $i + 1)]
    end
  end
  $words[1] ${ASK.join(' ')} $where $argv[1] 2>/dev/null
end
complete -c holdfast -f
${lines.join('\n')}`
}

function optionText({ word, value }: OptionWord): string {
  const name = `-l ${word.replace(/^--/, '')}`
  if (value === 'none') return name
  if (value === 'any') return `${name} -x`
  if (value === 'file') return `${name} -r -F`
  if (value === 'directory') return `${name} -x -a "(__fish_complete_directories)"`
  return `${name} -x -a ${quoted(value.join(' '))}`
}

const quoted = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`
