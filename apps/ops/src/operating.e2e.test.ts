import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { lacking } from '@holdfast/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CommandEntry } from './command.ts'
import { EXIT } from './exit-codes.ts'
import {
  answers,
  inlineCommandsOf,
  scenesOf,
  type Scene,
  type Shown,
} from './fixtures/runbook.fixture.ts'
import { until } from './fixtures/served.fixture.ts'
import { SITUATIONS, type Desk } from './fixtures/situations.fixture.ts'
import { TREE } from './tree.ts'

const PAGE = readFileSync(new URL('../../../docs/OPERATING.md', import.meta.url), 'utf8')
const ROUTER = fileURLToPath(new URL('../../router/dist/main.js', import.meta.url))
/** Where the page has the router, which takes whatever port is free here. */
const URL_SHOWN = 'http://127.0.0.1:8080'

/** What the page shows and no test runs, with the reason. */
const NOT_RUN: readonly { readonly begins: RegExp; readonly because: string }[] = [
  {
    begins: /^(NOVA_\w+=\S+ )*npm start\b/,
    because:
      'it serves until Ctrl-C; cli.e2e.test.ts of the router runs it, here its flags are checked',
  },
  { begins: /^promtool /, because: 'ops.process.test.ts of the router runs it' },
]
const notRun = (command: string): boolean => NOT_RUN.some(({ begins }) => begins.test(command))

const ENTRIES: readonly CommandEntry[] = TREE.flatMap((node) =>
  'path' in node ? [node] : node.commands,
)
const entryOf = (command: string): CommandEntry | undefined =>
  ENTRIES.find(({ path }) => `${command} `.startsWith(`holdfast ${path.join(' ')} `))

/** What may be asked again until the router has come as far as the page. */
const onlyReads = (command: string): boolean =>
  entryOf(command)?.writes === false || /^(curl|df) /.test(command)

interface Ended {
  readonly code: number | null
  readonly answer: string
}

/** Types a command at a desk. What is watched is ended with Ctrl-C as soon as `isEnough`. */
async function type(
  command: string,
  { router: { place, url }, env }: Desk,
  isEnough: (answer: string) => boolean = () => false,
): Promise<Ended> {
  const line = command.replaceAll(URL_SHOWN, url)
  const script = command.includes(' --watch') ? `exec ${line}` : line
  // In a group of its own, as a shell has it at a terminal.
  const child = spawn('sh', ['-c', `exec 2>&1; ${script}`], {
    cwd: place.folder,
    env: { ...env, USER: 'ana' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  let said = ''
  let isInterrupted = false
  const answer = (): string => said.replaceAll(url, URL_SHOWN)
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    said += part
    if (isInterrupted || !isEnough(answer())) return
    isInterrupted = true
    process.kill(-(child.pid ?? 0), 'SIGINT')
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, answer: answer() }
}

/** Types what the page shows. What it shows comes back as its answer where that is what it said. */
async function typeShown({ command, answer }: Shown, desk: Desk): Promise<Ended> {
  const isAsShown = (said: string): boolean => answers(answer, said)
  const isEnough = command.includes(' --watch') ? isAsShown : undefined
  const ended = await type(command, desk, isEnough)
  return isAsShown(ended.answer) ? { ...ended, answer: answer.join('\n') } : ended
}

const scenes = scenesOf(PAGE)
const needsOf = ({ situation, shown }: Scene): string =>
  lacking({
    programs: [
      ...(situation === 'a full disk' ? ['mount', 'umount'] : []),
      ...(shown.some(({ command }) => command.startsWith('curl ')) ? ['curl'] : []),
    ],
    root: situation === 'a full disk',
  })

describe('the commands of docs/OPERATING.md', () => {
  it('are found, each in a situation that is known', () => {
    expect(scenes.flatMap(({ shown }) => shown).length).toBeGreaterThan(80)
    const unknown = scenes.filter(({ situation }) => !(situation in SITUATIONS))
    expect(unknown).toEqual([])
  })

  const served = scenes.flatMap(({ shown }) => shown).filter(({ command }) => notRun(command))
  it.each(served)('of line $line has flags that there are: $command', ({ command }) => {
    const flags = command.startsWith('promtool') ? [] : (command.match(/ --\w[\w-]*/g) ?? [])
    const { stdout } = spawnSync(process.execPath, [ROUTER, '--help'], { encoding: 'utf8' })
    for (const flag of flags) expect(stdout).toContain(`${flag} `)
  })
})

describe.each(
  scenes.map((scene) => [`on ${scene.situation}, line ${scene.shown[0]?.line}`, scene] as const),
)('docs/OPERATING.md %s', (_name, scene) => {
  const need = needsOf(scene)
  describe.skipIf(need !== '')(`at a desk${need}`, () => {
    let desk: Desk | undefined
    beforeAll(async () => {
      const make = SITUATIONS[scene.situation]
      if (make === undefined) throw new Error(`there is no situation "${scene.situation}"`)
      desk = await make()
    }, 120_000)
    afterAll(() => desk?.[Symbol.asyncDispose]())

    const typed = scene.shown.filter(({ command }) => !notRun(command))
    it.each(typed)('line $line: $command', async (shown) => {
      const { command, code, answer } = shown
      const asShown = async (): Promise<void> =>
        expect(await typeShown(shown, desk!)).toEqual({ code, answer: answer.join('\n') })
      await (onlyReads(command) ? until(asShown) : asShown())
    })
  })
})

const needsCurl = lacking({ programs: ['curl'] })
describe.skipIf(needsCurl !== '')(`what docs/OPERATING.md tells in its text${needsCurl}`, () => {
  let desk: Desk | undefined
  beforeAll(async () => {
    desk = await SITUATIONS['a good day']!()
  }, 120_000)
  afterAll(() => desk?.[Symbol.asyncDispose]())

  const CALLED_WRONGLY: readonly (number | null)[] = [EXIT.failed, EXIT.usage, 127, null]
  it.each(inlineCommandsOf(PAGE, ['holdfast', 'curl', 'df']))('can be typed: %s', async (told) => {
    const isChange = entryOf(told)?.writes === true && !told.includes('--dry-run')
    const { code, answer } = await type(isChange ? `${told} --dry-run` : told, desk!)
    expect({ code, answer }).not.toMatchObject({ code: expect.toBeOneOf([...CALLED_WRONGLY]) })
  })
})
