import type { YoungDecisions } from '../evidence/young.ts'
import { counted } from '../figure.ts'
import { momentText } from '../moment.ts'
import type { Style } from '../terminal/style.ts'
import { wrap } from '../terminal/wrap.ts'

/** What is not counted yet, and when to ask again; nothing where nothing waits. */
export function youngLines(young: YoungDecisions | null, style: Style): string[] {
  if (young === null) return []
  const { decisions, live, older, askAtMs } = young
  const [are, them] = decisions === 1 ? ['is', 'it'] : ['are', 'them']
  const past =
    older === 0 ? '' : ` The ${counted(older, 'live decision')} counted came before this rollout.`
  const text = `${counted(decisions, 'decision')}, ${live} live, ${are} too young to be counted, as outcomes of ${them} may still arrive: ask again at ${momentText(askAtMs)} UTC.${past}`
  return wrap(text, style.columns, '  ').map((line) => style.notice(line))
}
