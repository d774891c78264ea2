import { ASK, optionsWith, swallowing, valued, WHERE, type Place, type Word } from './places.ts'

/** A script for zsh, to be sourced or put on the fpath as _holdfast. */
export function zshScript(places: readonly Place[]): string {
  const known = places.filter(({ words }) => words !== '').map(({ words }) => `'${words}'`)
  const values = valued(places).map(
    ({ words, option, values }) =>
      `    '${words}:${option}') compadd -- ${values.join(' ')}; return ;;`,
  )
  const answers = places.map(
    ({ words, next, asks, options }) =>
      `    '${words}') next=(${described(next)}); asks='${asks ?? ''}'; options=(${described(options)}) ;;`,
  )
  return `#compdef holdfast
# zsh completion for holdfast: source <(holdfast completion zsh)
_holdfast() {
  local at='' word previous asks='' i
  local -a next options where values
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    case "$word" in
      ${WHERE.join('|')}) ((++i)); where+=("$word" "\${words[i]}") ;;
      ${swallowing(places).join('|')}) ((++i)) ;;
      -*) ;;
      *)
        case "\${at:+$at }$word" in
          ${known.join('|')}) at="\${at:+$at }$word" ;;
        esac ;;
    esac
  done
  previous=\${words[CURRENT-1]}
  case "$previous" in
    ${optionsWith(places, 'directory').join('|')}) _files -/; return ;;
    ${optionsWith(places, 'file').join('|')}) _files; return ;;
  esac
  case "$at:$previous" in
${values.join('\n')}
    ${optionsWith(places, 'any')
      .map((option) => `*:${option}`)
      .join('|')}) return ;;
  esac
  case "$at" in
${answers.join('\n')}
  esac
  if [[ -n $asks && \${words[CURRENT]} != -* ]]; then
    values=(\${(f)"$("\${words[1]}" ${ASK.join(' ')} $where "$asks" 2>/dev/null)"})
    (( \${#values} )) && compadd -- $values
  fi
  (( \${#next} )) && [[ \${words[CURRENT]} != -* ]] && _describe 'command' next
  [[ \${words[CURRENT]} == -* ]] || (( ! \${#next} && ! \${#values} )) && _describe 'option' options
  return 0
}
if [[ \${funcstack[1]} == _holdfast ]]; then _holdfast; else compdef _holdfast holdfast; fi`
}

/** Words with their summaries, as `_describe` wants them. */
const described = (words: readonly Word[]): string =>
  words.map(({ word, summary }) => quoted(`${word.replaceAll(':', '\\:')}:${summary}`)).join(' ')

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
