import { join } from 'node:path'
import { readJson } from '@holdfast/atomic-json'
import { z } from 'zod'
import type { OpenState } from './examine.ts'
import type { CopiedFile } from './copy-file.ts'

/** What stands beside the files of a backup. */
export interface Manifest {
  readonly version: 1
  readonly takenAtMs: number
  /** `as-is`: the files were copied as they were, because no state could be made of them. */
  readonly kind: 'state' | 'as-is'
  /** What came out when the backup was opened, before it got its name; null for one that cannot be opened. */
  readonly proof: OpenState | null
  /** What is wrong with one that cannot be opened. */
  readonly problems: readonly string[]
  readonly files: readonly CopiedFile[]
}

export const MANIFEST = 'manifest.json'

/** The folder of a backup that holds the files themselves: it can be put in the place of `learned` by hand. */
export const FILES = 'learned'

const Proof = z.object({
  kind: z.enum(['sound', 'damaged']),
  problems: z.array(z.string()),
  dim: z.number().nullable(),
  epochMs: z.number(),
  decisions: z.number(),
  newestEpochAtMs: z.number().nullable(),
  routes: z.array(z.object({ route: z.string(), pulls: z.number(), rewardSum: z.number() })),
})

const Shape: z.ZodType<Manifest> = z.object({
  version: z.literal(1),
  takenAtMs: z.number(),
  kind: z.enum(['state', 'as-is']),
  proof: Proof.nullable(),
  problems: z.array(z.string()),
  files: z.array(
    z.object({
      // Nothing outside the backup is ever read or written by its manifest.
      path: z.string().regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\\]*$/),
      bytes: z.number(),
      sha256: z.string(),
    }),
  ),
})

/** The manifest of a backup, or in a sentence why there is none that can be read. */
export async function readManifest(
  directory: string,
): Promise<{ readonly manifest: Manifest } | { readonly problem: string }> {
  const read = await readJson(join(directory, MANIFEST), {
    onCorrupt: 'answer',
    schema: Shape,
    envelope: true,
  })
  return read.kind === 'ok' ? { manifest: read.value } : { problem: read.reason }
}
