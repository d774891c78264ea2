import { ASK, swallowing, valued, WHERE, type Place } from './places.ts'

/** A script for PowerShell 5.1 and later. */
export function powershellScript(places: readonly Place[]): string {
  const next = places.map(
    ({ words, next }) => `    '${words}' = @(${list(next.map(({ word }) => word))})`,
  )
  const options = places.map(
    ({ words, options }) => `    '${words}' = @(${list(options.map(({ word }) => word))})`,
  )
  const asks = places.flatMap(({ words, asks }) =>
    asks === null ? [] : [`    '${words}' = '${asks}'`],
  )
  const values = valued(places).map(
    ({ words, option, values }) => `    '${words}:${option}' = @(${list(values)})`,
  )
  return `# PowerShell completion for holdfast: holdfast completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName holdfast -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $next = @{
${next.join('\n')}
  }
  $options = @{
${options.join('\n')}
  }
  $values = @{
${values.join('\n')}
  }
  $asks = @{
${asks.join('\n')}
  }
  $swallowing = @(${list(swallowing(places))})
  $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
  $at = ''
  $skip = $false
  $where = @()
  foreach ($word in $before) {
    if ($skip) { if ($where.Count % 2) { $where += $word }; $skip = $false }
    elseif ($swallowing -contains $word) {
      if (@(${list(WHERE)}) -contains $word) { $where += $word }
      $skip = $true
    }
    elseif (-not $word.StartsWith('-')) {
      $longer = "$at $word".Trim()
      if ($next.ContainsKey($longer)) { $at = $longer }
    }
  }
  $previous = if ($before.Count -gt 0) { $before[-1] } else { '' }
  $words = if ($values.ContainsKey("\${at}:$previous")) { $values["\${at}:$previous"] }
    elseif ($asks.ContainsKey($at) -and -not $wordToComplete.StartsWith('-')) {
      $program = $commandAst.CommandElements[0].ToString()
      $kind = $asks[$at]
      & $program ${ASK.join(' ')} @where $kind 2>$null
    }
    elseif ($wordToComplete.StartsWith('-') -or $next[$at].Count -eq 0) { $options[$at] }
    else { $next[$at] }
  $words | Where-Object { $_ -like "$wordToComplete*" } |
    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
}`
}

const list = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ')
