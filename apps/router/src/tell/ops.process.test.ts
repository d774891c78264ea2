import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lacking } from '@holdfast/test-kit'
import { beforeAll, describe, expect, it } from 'vitest'
import { aggregated } from './metric-values.ts'
import { createMetrics } from './metrics.ts'

const root = join(import.meta.dirname, '../../../..')
const ops = join(root, 'ops')
const textOf = (...path: readonly string[]): string => readFileSync(join(root, ...path), 'utf8')
const rules = textOf('ops', 'prometheus-anr-rules.yaml')
const ruleTests = textOf('ops', 'prometheus-anr-rules.test.yaml')
const dashboard = textOf('ops', 'grafana-router.json')

/** What the seed's rules and reports are made of. */
const NEEDED = [
  'nova_anr_total_decisions_total',
  'nova_anr_live_decisions_total',
  'nova_anr_live_decisions_agree_total',
  'nova_anr_rollbacks_total',
  'nova_anr_state_write_errors_total',
  'nova_anr_pilot_fraction',
  'nova_anr_bandit_last_update',
  'nova_anr_r3_prob_under_anomaly',
  'nova_build_info',
  'nova_anr_tri_delta_bucket',
  'nova_anr_tri_delta_sum',
  'nova_anr_tri_delta_count',
]
/** Prometheus' own. */
const SCRAPED = ['up']

/** The names of the series in Prometheus' text: of a histogram those of its parts. */
function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name],
  )
}

/** What a router exports, alone and as several processes, which leave out what cannot be put together. */
async function exported(): Promise<ReadonlySet<string>> {
  const metrics = createMetrics({ build: 'abc' })
  const quiet = { awaiting: 0, unsaved: 0, savedAtMs: null }
  const alone = namesIn(await metrics.text(quiet))
  const together = namesIn(await aggregated([await metrics.values(quiet)]).text())
  return new Set(alone.filter((name) => together.includes(name)))
}

const WORDS = new Set(['and', 'or', 'unless', 'offset', 'bool', 'time', 'inf', 'nan'])

/** The series that an expression asks for. */
function seriesOf(expression: string): readonly string[] {
  const bare = expression
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
  const names = bare.match(/(?<![\w.:])[a-zA-Z_:][\w:]*(?!\s*\()(?![\w:])/g) ?? []
  return names.filter((name) => !WORDS.has(name.toLowerCase()))
}

/** The values of a field of the rules, whether they stand on its line or below it. */
function fieldsNamed(name: string): readonly string[] {
  const found = rules.matchAll(
    new RegExp(`^( *)(?:- )?${name}: *(?:\\|\\n((?:\\1 +.*\\n)+)|(.*)$)`, 'gm'),
  )
  return [...found].map(([, , below, beside]) => (below ?? beside ?? '').trim())
}

/** Each alert with its text. */
const alerts = rules
  .split(/^ {6}- (?=alert: )/m)
  .slice(1)
  .map((text) => ({ name: /^alert: (\S+)/.exec(text)?.[1] ?? '', text }))

interface Panel {
  readonly title: string
  readonly type: string
  readonly datasource?: { readonly uid: string }
  readonly targets?: readonly { readonly expr: string; readonly datasource: { uid: string } }[]
}
const { panels, annotations, templating } = JSON.parse(dashboard) as {
  readonly panels: readonly Panel[]
  readonly annotations: { readonly list: readonly { readonly expr: string }[] }
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string }[]
  }
}
const targets = panels.flatMap(({ targets = [] }) => targets)

let known: ReadonlySet<string>
beforeAll(async () => {
  known = new Set([...(await exported()), ...fieldsNamed('record'), ...SCRAPED])
})

describe('the series of an expression', () => {
  it('are its names without functions, labels, ranges and words', () => {
    const expression =
      'sum by (job) (rate(a_total{b="c_total"}[5m])) / on (job) d{e=~"f"} > 0.5 and time() - g:h offset 1h'
    expect(seriesOf(expression)).toEqual(['a_total', 'd', 'g:h'])
  })
})

describe('the router', () => {
  it.each(NEEDED)('exports %s', (name) => {
    expect([...known]).toContain(name)
  })
})

describe('the rules', () => {
  it('ask only for what the router exports or another rule records', () => {
    const expressions = fieldsNamed('expr')
    expect(expressions).toHaveLength(fieldsNamed('record').length + alerts.length)
    const asked = expressions.flatMap(seriesOf)
    expect(asked.length).toBeGreaterThan(20)
    expect(asked.filter((name) => !known.has(name))).toEqual([])
  })

  it.each(alerts)('of $name say whom to wake and where to read on', ({ name, text }) => {
    expect(text).toMatch(/labels: \{ component: anr, severity: (critical|warning|info) \}/)
    expect(text).toMatch(/summary: \S/)
    const headings = textOf('docs', 'OPERATING.md').match(/^#+ .*$/gm) ?? []
    const anchors = headings.map((heading) => heading.replace(/^#+ /, '').toLowerCase())
    const anchor = /runbook_url: \S+\/docs\/OPERATING\.md#(\S+)$/m.exec(text)?.[1]
    expect(anchors).toContain(anchor)
    expect(anchor).toBe(name.toLowerCase())
  })

  it.each(alerts)('of $name are tested to fire, and to be silent', ({ name }) => {
    const tested = ruleTests
      .split(/^ +- eval_time: /m)
      .filter((one) => new RegExp(`^ +alertname: ${name}$`, 'm').test(one))
    expect(tested.some((one) => one.includes('exp_alerts: []'))).toBe(true)
    expect(tested.some((one) => one.includes('exp_labels'))).toBe(true)
  })
})

describe('the dashboard', () => {
  it('asks only for what the router exports or a rule records', () => {
    const asked = [...targets, ...annotations.list].flatMap(({ expr }) => seriesOf(expr))
    expect(asked.length).toBeGreaterThan(40)
    expect(asked.filter((name) => !known.has(name))).toEqual([])
  })

  it('takes its data from whichever source is chosen', () => {
    expect(templating.list).toContainEqual(
      expect.objectContaining({ name: 'datasource', type: 'datasource' }),
    )
    const drawn = panels.filter(({ type }) => type !== 'row')
    const sources = [...drawn, ...targets].map(({ datasource }) => datasource?.uid)
    expect(new Set(sources)).toEqual(new Set(['${datasource}']))
  })
})

const promtool = (...args: readonly string[]): { status: number | null; said: string } => {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, {
    cwd: ops,
    encoding: 'utf8',
  })
  return { status, said: `${stdout}${stderr}${error?.message ?? ''}` }
}

const without = lacking({ programs: ['promtool'] })

describe.skipIf(without !== '')(`promtool${without}`, () => {
  it('finds nothing wrong with the rules', () => {
    const checked = promtool('check', 'rules', '--lint=all', 'prometheus-anr-rules.yaml')
    expect(checked).toEqual({ status: 0, said: expect.stringContaining('SUCCESS') })
  })

  it('sees every alert fire when it should, and only then', () => {
    const tested = promtool('test', 'rules', 'prometheus-anr-rules.test.yaml')
    expect(tested).toEqual({ status: 0, said: expect.stringContaining('SUCCESS') })
  })

  it('can read every expression of the dashboard', () => {
    const rest = targets.map(({ expr }) =>
      expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', 'router'),
    )
    const group = rest.map((expr, i) => ({ record: `panel_${i}`, expr }))
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-dashboard-'))
    try {
      // JSON is YAML.
      const file = join(folder, 'rules.yaml')
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: group }] }))
      expect(promtool('check', 'rules', '--lint=none', file)).toEqual({
        status: 0,
        said: expect.stringContaining(`${targets.length} rules found`),
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
