import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Area, Finding, SeedCode } from './finding.ts'

/** What all findings come to. */
export interface Verdict {
  readonly isReady: boolean
  /** What the seed's readiness script would have exited with: the lowest of what fails. */
  readonly seedCode: 0 | SeedCode
  readonly seedReason: string
  readonly problems: number
  readonly warnings: number
}

const SEED_CODES: Readonly<Record<Area, SeedCode>> = {
  environment: 1,
  paths: 2,
  disk: 2,
  clock: 1,
  locks: 1,
  ledger: 1,
  state: 2,
  rollout: 1,
  receipts: 1,
  router: 3,
  'kill switch': 4,
}

const SEED_REASONS: Readonly<Record<0 | SeedCode, string>> = {
  0: 'ready',
  1: 'a check fails',
  2: 'the state cannot be used or written',
  3: 'the router fails',
  4: 'the kill switch fails',
}

export function verdictOf(findings: readonly Finding[]): Verdict {
  const problems = findings.filter(({ level }) => level === 'problem')
  const codes = problems.map(({ area }) => SEED_CODES[area])
  const seedCode = codes.length === 0 ? 0 : (Math.min(...codes) as SeedCode)
  return {
    isReady: problems.length === 0,
    seedCode,
    seedReason: SEED_REASONS[seedCode],
    problems: problems.length,
    warnings: findings.filter(({ level }) => level === 'warning').length,
  }
}

/** 8 where what is stored is broken, else 11 for a problem, 10 for a warning, 0. */
export function doctorExit(findings: readonly Finding[]): ExitCode {
  const problems = findings.filter(({ level }) => level === 'problem')
  if (problems.some(({ isIntegrity }) => isIntegrity)) return EXIT.integrity
  if (problems.length > 0) return EXIT.critical
  return findings.some(({ level }) => level === 'warning') ? EXIT.degraded : EXIT.ok
}
