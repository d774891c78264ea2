import { Command, InvalidArgumentError, Option } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { SCENARIOS, type Scenario } from './replay/scenario.ts'

/** What the command line said. */
export interface Given {
  readonly config?: string
  readonly replay?: string
  readonly once?: boolean
  readonly json?: boolean
  readonly lambda?: number
  readonly seed: number
  readonly concurrency?: number
  readonly limit?: number
  readonly features: 'six' | 'surface22'
  readonly sendTask?: boolean
  readonly prior?: string
  readonly priorHalf?: boolean
  readonly priorCount?: number
  readonly scenario?: Scenario
  readonly dataDir?: string
  readonly host?: string
  readonly port?: number
  readonly workers?: number
  readonly exportState?: string
}

/** The options, and what `--help` says of them. Throws commander's error where it would end the process. */
export function createProgram(): Command {
  return new Command('holdfast-router')
    .description(
      'An OpenAI-compatible gateway that learns which model should answer.\n' +
        'Without --config it starts stand-in upstreams on loopback, sends them\n' +
        'prompts, reports what it learned, and goes on serving until Ctrl-C.',
    )
    .version(manifest.version)
    .addOption(
      new Option('--config <file>', 'serve real upstreams, as this JSON file says').conflicts([
        'replay',
        'once',
        'json',
        'lambda',
        'seed',
        'concurrency',
        'limit',
        'features',
        'sendTask',
        'prior',
        'priorHalf',
        'priorCount',
        'scenario',
      ]),
    )
    .option(
      '--replay <file>',
      'play a recorded outcome table (NDJSON or NDJSON.gz) as real HTTP traffic',
    )
    .option('--once', 'end after the report')
    .option(
      '--json',
      'print the report as one JSON document on standard output, everything else on standard error',
    )
    .option(
      '--lambda <number>',
      'quality that one US dollar is worth (default 40)',
      numberFrom(0, 1e9),
    )
    .option(
      '--seed <integer>',
      'order of the prompts, and all chance',
      integerFrom(0, 2 ** 32 - 1),
      1,
    )
    .option(
      '--concurrency <n>',
      'requests under way at once (default 1 for a replay, 8 without or with flaky, 4 for each of several workers)',
      integerFrom(1, 256),
    )
    .option('--limit <n>', 'play at most this many prompts', integerFrom(1, 1e9))
    .addOption(
      new Option('--features <set>', 'what is seen of a prompt in a replay')
        .choices(['six', 'surface22'])
        .default('surface22'),
    )
    .option('--send-task', 'let the replayed callers name their kind of task (metadata.task)')
    .addOption(
      new Option(
        '--prior <file>',
        'know this outcome table beforehand (its columns are matched by route or model)',
      ).conflicts('priorHalf'),
    )
    .option('--prior-half', 'know a random half of the table beforehand, and play the other half')
    .option(
      '--prior-count <n>',
      'most prompts that the prior counts for (default 2000)',
      numberFrom(1, 1e6),
    )
    .addOption(
      new Option(
        '--scenario <name>',
        'outage: after a third of the prompts the best route loses 70 % of its quality; ' +
          'flaky: routes fail, hang, slow down and recover in turn, two of four at a time',
      ).choices(SCENARIOS),
    )
    .option('--data-dir <dir>', 'where learned state and ledger live (default ./run)')
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option(
      '--port <n>',
      'port to listen on; 0 takes a free one (default 8080; with --once a free one)',
      integerFrom(0, 65_535),
    )
    .option(
      '--workers <n>',
      'processes that answer on one port and share what they learn (default 1)',
      integerFrom(1, 256),
    )
    .addOption(
      new Option(
        '--export-state <file>',
        'write what was learned as the state file of version "1.0", and end (needs --config)',
      ),
    )
    .exitOverride()
}

function numberFrom(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && value >= min && value <= max) return value
    throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`)
  }
}

function integerFrom(min: number, max: number): (text: string) => number {
  const read = numberFrom(min, max)
  return (text) => {
    const value = read(text)
    if (Number.isInteger(value)) return value
    throw new InvalidArgumentError(`It must be an integer from ${min} to ${max}.`)
  }
}
