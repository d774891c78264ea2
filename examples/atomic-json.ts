/** State that survives whatever happens to it: replaced whole, checked when read, restored when broken. */
import { mkdtemp, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readJson, replaceJson } from '@holdfast/atomic-json'

interface Progress {
  readonly done: number
  readonly last: string
}

const directory = await mkdtemp(join(tmpdir(), 'holdfast-example-'))
const path = join(directory, 'progress.json')
const form = { envelope: true, generations: 2 }

/** Where we stand. `backup`: a broken file is kept aside, and the newest whole one used instead. */
async function progress(): Promise<Progress> {
  const read = await readJson<Progress>(path, { ...form, onCorrupt: 'backup' })
  console.log(`${read.kind}: ${read.reason.replaceAll(`${directory}/`, '')}`)
  return read.kind === 'ok' ? read.value : { done: 0, last: 'nothing yet' }
}

try {
  let { done } = await progress()
  for (const last of ['north', 'east', 'south']) {
    done += 1
    await replaceJson<Progress>(path, { done, last }, form)
  }
  console.log(await progress())

  await truncate(path, 30) // As a careless program or a failing disk would.
  console.log(await progress())
} finally {
  await rm(directory, { recursive: true })
}
