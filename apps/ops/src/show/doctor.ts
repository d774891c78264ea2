import type { Diagnosed } from '../commands/doctor.ts'
import type { Finding } from '../doctor/finding.ts'
import { counted } from '../figure.ts'
import type { Paint, Style } from '../terminal/style.ts'
import { wrap } from '../terminal/wrap.ts'

const PAINTS: Readonly<Record<Finding['level'], Paint>> = {
  ok: 'good',
  warning: 'notice',
  problem: 'bad',
}

const LEVEL = 9
const AREA = 13

export function doctorLines(data: Diagnosed, style: Style): string[] {
  const { findings, isReady, problems, warnings, seedCode, seedReason } = data
  const lines = findings.flatMap((finding, i) =>
    findingLines(finding, findings[i - 1]?.area === finding.area, style),
  )
  const counts = `${counted(problems, 'problem')}, ${counted(warnings, 'warning')}`
  const verdict = isReady ? style.good(`Ready: ${counts}.`) : style.bad(`Not ready: ${counts}.`)
  const seed = `The readiness script of the seed would exit with ${seedCode}: ${seedReason}.`
  const last = wrap(seed, style.columns).map((line) => style.faint(line))
  return [...lines, '', verdict, ...last]
}

function findingLines(
  { level, area, seen, next }: Finding,
  isMore: boolean,
  style: Style,
): string[] {
  const indent = ' '.repeat(LEVEL + AREA)
  const [first = '', ...rest] = wrap(`${indent}${seen}`, style.columns, indent)
  const head = style[PAINTS[level]](level.padEnd(LEVEL))
  return [
    `${head}${(isMore ? '' : area).padEnd(AREA)}${first.slice(indent.length)}`,
    ...rest,
    ...(next === null
      ? []
      : wrap(`${indent}> ${next}`, style.columns, `${indent}  `).map((line) => style.faint(line))),
  ]
}
