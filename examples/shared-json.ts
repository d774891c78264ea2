/** Four processes sell from one stock: no ticket is sold twice, none is forgotten. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSharedJson, unchanged, updateSharedJson } from '@holdfast/shared-json'

interface Stock {
  readonly left: number
  readonly soldBy: Readonly<Record<string, number>>
}

/** Sells one ticket, unless there is none left. */
async function sell(path: string, seller: string): Promise<boolean> {
  const { kind } = await updateSharedJson<Stock>(path, (stock) => {
    if (stock === undefined || stock.left === 0) return unchanged
    const { left, soldBy } = stock
    return { left: left - 1, soldBy: { ...soldBy, [seller]: (soldBy[seller] ?? 0) + 1 } }
  })
  return kind === 'updated'
}

const [, , path, seller] = process.argv
if (path !== undefined && seller !== undefined) {
  while (await sell(path, seller));
} else {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-example-'))
  const stockPath = join(directory, 'stock.json')
  try {
    await updateSharedJson<Stock>(stockPath, () => ({ left: 100, soldBy: {} }))
    const sellers = ['ana', 'ben', 'eva', 'jan'].map((name) =>
      fork(import.meta.filename, [stockPath, name]),
    )
    await Promise.all(sellers.map((child) => once(child, 'exit')))

    const read = await readSharedJson<Stock>(stockPath)
    if (read.kind !== 'ok') throw new Error(read.reason)
    const { left, soldBy } = read.value
    const sold = Object.values(soldBy).reduce((sum, count) => sum + count, 0)
    console.log(`${sold} sold, ${left} left`)
  } finally {
    await rm(directory, { recursive: true })
  }
}
