import { ASK, optionsWith, swallowing, valued, WHERE, type Place } from './places.ts'

/** A script for bash 3.2 and later. */
export function bashScript(places: readonly Place[]): string {
  const known = places.filter(({ words }) => words !== '').map(({ words }) => `'${words}'`)
  const values = valued(places).map(
    ({ words, option, values }) =>
      `    '${words}:${option}') words='${values.join(' ')}'; options='' ;;`,
  )
  const answers = places.map(
    ({ words, next, asks, options }) =>
      `    '${words}') words='${next.map(({ word }) => word).join(' ')}'; asks='${asks ?? ''}'; options='${options.map(({ word }) => word).join(' ')}' ;;`,
  )
  return `# bash completion for holdfast: source <(holdfast completion bash)
_holdfast() {
  local cur prev at word words options asks i
  local -a where
  cur=\${COMP_WORDS[COMP_CWORD]}
  prev=\${COMP_WORDS[COMP_CWORD-1]}
  at=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "$word" in
      ${WHERE.join('|')}) i=$((i + 1)); where+=("$word" "\${COMP_WORDS[i]}") ;;
      ${swallowing(places).join('|')}) i=$((i + 1)) ;;
      -*) ;;
      *)
        case "\${at:+$at }$word" in
          ${known.join('|')}) at="\${at:+$at }$word" ;;
        esac ;;
    esac
  done
  case "$prev" in
    ${optionsWith(places, 'directory').join('|')}) COMPREPLY=($(compgen -d -- "$cur")); return ;;
    ${optionsWith(places, 'file').join('|')}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  case "$at:$prev" in
${values.join('\n')}
    ${optionsWith(places, 'any')
      .map((option) => `*:${option}`)
      .join('|')}) COMPREPLY=(); return ;;
    *) case "$at" in
${answers.map((line) => `  ${line}`).join('\n')}
    esac ;;
  esac
  if [[ -n $asks && $cur != -* ]]; then
    words="$words $("\${COMP_WORDS[0]}" ${ASK.join(' ')} \${where[@]+"\${where[@]}"} "$asks" 2>/dev/null)"
  fi
  # Options are many: they are shown once a hyphen says that one is wanted, or where nothing else can come.
  if [[ $cur == -* || -z \${words// } ]]; then words="$words $options"; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _holdfast holdfast`
}
