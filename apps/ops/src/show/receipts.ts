import { basename } from 'node:path'
import type { ListedReceipt, ReceiptsListed } from '../commands/receipts-list.ts'
import type { ReceiptsPruned } from '../commands/receipts-prune.ts'
import type { ReceiptsReplayed } from '../commands/receipts-replay.ts'
import type { ReceiptShown } from '../commands/receipts-show.ts'
import type { ReceiptsVerified } from '../commands/receipts-verify.ts'
import { durationText } from '../duration.ts'
import { counted, figure } from '../figure.ts'
import { momentText } from '../moment.ts'
import type { Style } from '../terminal/style.ts'
import { pairs, table, type Cell } from '../terminal/table.ts'
import { wrap } from '../terminal/wrap.ts'
import { gateTable, reasonLines, verdictCell, VERDICT_PAINTS } from './gates.ts'

export function receiptTable(
  { directory, receipts, total }: ReceiptsListed,
  style: Style,
): string[] {
  if (receipts.length === 0) return wrap(`No receipt in ${directory}.`, style.columns, '  ')
  const columns = [
    { title: 'NO', align: 'right' as const },
    { title: 'WHEN (UTC)' },
    { title: 'ACTION' },
    { title: 'STAGE', align: 'right' as const },
    { title: 'GATES' },
    { title: 'BY' },
    { title: 'REASON', canShrink: true },
  ]
  return [
    ...table(columns, receipts.map(rowOf), style),
    ...(receipts.length < total ? [style.faint(`${total} in all`)] : []),
  ]
}

function rowOf({ seq, ts, action, stage, by, reason, verdict, trouble }: ListedReceipt): Cell[] {
  if (ts === null)
    return [String(seq), '–', { text: 'broken', paint: 'bad' }, '–', '–', '–', trouble ?? '']
  const paint = VERDICT_PAINTS[verdict as keyof typeof VERDICT_PAINTS]
  return [
    String(seq),
    momentText(ts),
    action === 'rollback' ? { text: action, paint: 'bad' } : (action ?? '–'),
    `${stage} %`,
    verdict === null ? '–' : { text: verdict, paint },
    by ?? '–',
    reason ?? '–',
  ]
}

export function receiptLines({ path, receipt }: ReceiptShown, style: Style): string[] {
  const { seq, ts, action, stage, reason, by, code_version, build_sha, summary, verdict } = receipt
  const evidence: [string, Cell][] =
    summary === null
      ? []
      : [
          [
            'evidence',
            `${summary.count} decisions of ${durationText(summary.lookback_min * 60_000)}, RSI ${figure(summary.rsi)}, ${counted(summary.rollbacks, 'rollback')}, median TRI Δ ${figure(summary.tri_median)}`,
          ],
        ]
  const head = pairs(
    [
      ['receipt', { text: `${seq}: ${action}`, paint: 'strong' }],
      ['when', `${momentText(ts)} UTC`],
      ['by', by],
      ['stage', `${stage} % afterwards`],
      ['version', `${code_version}, build ${build_sha}`],
      ...evidence,
      ...(verdict === null ? [] : [['gates', verdictCell(verdict)] as [string, Cell]]),
      ['signed', receipt.signature === null ? 'no' : 'yes'],
    ],
    style,
  )
  return [
    ...head,
    ...wrap(`${style.faint('reason')}    ${reason}`, style.columns, '          '),
    ...(verdict === null
      ? []
      : ['', ...gateTable(verdict.gates, style), ...against(verdict, style)]),
    '',
    style.faint(path),
  ]
}

function against(verdict: NonNullable<ReceiptShown['receipt']['verdict']>, style: Style): string[] {
  const lines = reasonLines(verdict.gates, style)
  return lines.length === 0 ? [] : ['', 'What stood against it:', ...lines]
}

export function chainLines(data: ReceiptsVerified, style: Style): string[] {
  const { directory, isWhole, receipts, last, flaws, isKeyed } = data
  const signed = isKeyed ? ', all signed with the key' : ''
  if (isWhole) {
    const what =
      receipts === 0
        ? 'There is no receipt yet'
        : `${counted(receipts, 'receipt')} to number ${last.seq}, the chain is whole`
    return [style.good(`${what}${receipts === 0 ? '' : signed}.`)]
  }
  return [
    style.bad(
      `The chain is broken: ${counted(flaws.length, 'flaw')} in ${counted(receipts, 'receipt')}.`,
    ),
    ...flaws.flatMap(({ file, reason }) =>
      wrap(`  - ${file.replace(`${directory}/`, '')}: ${reason}`, style.columns, '    '),
    ),
  ]
}

export function replayLines(
  { receipts, judged, differing, flaws }: ReceiptsReplayed,
  style: Style,
): string[] {
  const broken = flaws.flatMap(({ file, reason }) =>
    wrap(`  - ${basename(file)}: ${reason}`, style.columns, '    '),
  )
  const head = 'The chain is broken, so these may not be the receipts that were written:'
  return [
    ...(broken.length === 0 ? [] : [style.bad(head), ...broken]),
    ...verdictLines(receipts, judged, differing, style),
  ]
}

function verdictLines(
  receipts: ReceiptsReplayed['receipts'],
  judged: number,
  differing: number,
  style: Style,
): string[] {
  if (differing === 0) {
    const rest = receipts.length - judged
    const others = rest === 0 ? '' : `; ${rest} judged nothing`
    return [style.good(`${counted(judged, 'verdict')} judged again, all the same${others}.`)]
  }
  return [
    style.bad(`${differing} of ${counted(receipts.length, 'receipt')} cannot be reproduced:`),
    ...receipts
      .filter(({ isSame }) => !isSame)
      .flatMap(({ file, recorded, recomputed, trouble }) => {
        const why =
          trouble ??
          `it says ${recorded ?? 'nothing'}, and judged again it is ${recomputed ?? 'nothing'}`
        return wrap(`  - ${file}: ${why}`, style.columns, '    ')
      }),
  ]
}

export function pruneLines({ keepMs, files, removed, kept }: ReceiptsPruned): string[] {
  if (files.length === 0)
    return [`No receipt is older than ${durationText(keepMs)}; ${kept} are kept.`]
  return removed === 0 ? [] : [`${counted(removed, 'receipt')} removed, ${kept} kept.`]
}
