import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { issueText } from '../issue-text.ts'
import { costUsd } from '../decide/reward.ts'
import type { OutcomeRow, OutcomeTable } from './outcome-table.ts'
import { priceOf } from './prices.ts'

/** Thrown when a file is not a table of outcomes. Says where and what was seen. */
export class TableError extends Error {
  override readonly name = 'TableError'
  readonly code = 'REPLAY_TABLE'
  readonly path: string
  /** Line number from 1; 0 when the file as a whole is at fault. */
  readonly line: number

  constructor(path: string, line: number, problem: string, cause?: unknown) {
    super(line === 0 ? `${path}: ${problem}` : `${path}:${line}: ${problem}`, { cause })
    this.path = path
    this.line = line
  }
}

const number = z.number()
const Row = z.looseObject({
  id: z.string(),
  prompt: z.string().nullable(),
  prompt_chars: z.number().optional(),
  task: z.string().optional(),
  score: z.record(z.string(), number).optional(),
  cost_usd: z.record(z.string(), number).optional(),
  out_chars: z.record(z.string(), number).optional(),
})
type Row = z.infer<typeof Row>

// Where a table records no answer lengths. Multiple choice: with 9 the table's known figures come out
// (RouteLLM at λ 40: random .679, best fixed .680, oracle .834). LLMRouter's authors assume 200.
const CHOICE_TOKENS = 9
const LLMROUTER_TOKENS = 200

/**
 * Reads a recorded outcome table, NDJSON or NDJSON.gz: a row per prompt, with each model's score under
 * `score` (or, as RouteLLM writes it, in a field of its own) and its cost in USD under `cost_usd`; where
 * there is no `cost_usd` the cost is that of the characters (a token is four) at the model's price.
 * @throws {TableError}
 */
export function readTable(path: string): OutcomeTable {
  const lines = linesOf(path)
  const first = lines[0]
  if (first === undefined) throw new TableError(path, 0, 'must hold at least one row, got none')
  const models = modelsOf(parsed(path, first, 1))
  if (models.length < 2 || models.length > 10) {
    throw new TableError(path, 1, `must score 2 to 10 models, got ${models.length}`)
  }
  return {
    name: basename(path).replace(/\.ndjson(\.gz)?$/, ''),
    routes: models.map((model, i) => ({ id: `R${i + 1}`, model })),
    rows: lines.map((line, i) => outcomeRow(path, i + 1, parsed(path, line, i + 1), models)),
  }
}

function linesOf(path: string): string[] {
  try {
    const bytes = readFileSync(path)
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
    const text = (isGzip ? gunzipSync(bytes) : bytes).toString('utf8')
    return text.split('\n').filter((line) => line.trim() !== '')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new TableError(path, 0, `cannot be read: ${why}`, error)
  }
}

function parsed(path: string, line: string, at: number): Row {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw new TableError(path, at, `is not JSON: ${line.slice(0, 60)}`, error)
  }
  const result = Row.safeParse(value, { reportInput: true })
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new TableError(path, at, issue === undefined ? 'is no row' : issueText(issue, 'the row'))
}

/** RouteLLM's rows carry each model's score in a field of its own. */
const ROUTELLM_MODELS = ['mixtral', 'gpt4']

function modelsOf(row: Row): string[] {
  if (row.score !== undefined) return Object.keys(row.score)
  return ROUTELLM_MODELS.filter((model) => typeof row[model] === 'number')
}

function outcomeRow(path: string, at: number, row: Row, models: readonly string[]): OutcomeRow {
  const quality = models.map((model) => {
    const score = row.score?.[model] ?? row[model]
    if (typeof score === 'number' && score >= 0 && score <= 1) return score
    throw new TableError(
      path,
      at,
      `${model}: must be a score from 0 to 1, got ${JSON.stringify(score)}`,
    )
  })
  return {
    id: row.id,
    // A withheld prompt keeps its length: the length is a feature.
    prompt: row.prompt ?? ' '.repeat(row.prompt_chars ?? 0),
    task: row.task ?? null,
    quality,
    costUsd: models.map((model) => costOf(path, at, row, model, models)),
  }
}

function costOf(
  path: string,
  at: number,
  row: Row,
  model: string,
  models: readonly string[],
): number {
  const recorded = row.cost_usd?.[model]
  if (recorded !== undefined) return recorded
  const prices = priceOf(model, models)
  if (prices === undefined) {
    throw new TableError(
      path,
      at,
      `cost_usd.${model}: must be there, for a model without a known price`,
    )
  }
  const outCharacters = row.out_chars?.[model]
  const assumed = model.includes('-') ? LLMROUTER_TOKENS : CHOICE_TOKENS
  return costUsd(
    {
      inputTokens: (row.prompt?.length ?? row.prompt_chars ?? 0) / 4,
      outputTokens: outCharacters === undefined ? assumed : outCharacters / 4,
    },
    prices,
  )
}
