import { join } from 'node:path'
import { readJson } from '@holdfast/atomic-json'

/** A route that an operator took from the router. */
export interface IsolatedRoute {
  readonly route: string
  readonly reason: string
  readonly by: string
  readonly atMs: number
}

/** The routes that no process of the router may call until an operator resets them, by its file of orders; null if that cannot be read. */
export async function isolatedIn(dataDir: string): Promise<readonly IsolatedRoute[] | null> {
  const found = await readJson(join(dataDir, 'breakers.json'), { onCorrupt: 'answer' })
  if (found.kind === 'missing') return []
  return found.kind === 'ok' ? isolatedOf(found.value) : null
}

/** Decides. */
export function isolatedOf(orders: unknown): readonly IsolatedRoute[] | null {
  const { version, isolated } = (orders ?? {}) as { version?: unknown; isolated?: unknown }
  if (version !== 1 || typeof isolated !== 'object' || isolated === null) return null
  const found = Object.entries(isolated).map(([route, order]) => ({ ...order, route }))
  return found.every(isWhole) ? found : null
}

const isWhole = ({ reason, by, atMs }: Partial<IsolatedRoute>): boolean =>
  typeof reason === 'string' && typeof by === 'string' && typeof atMs === 'number'
