import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { messageOf, systemCode } from './errors.ts'

export interface Compression {
  /** `zstd` needs a reader with zstd; this package's always has it. */
  readonly method: 'gzip' | 'zstd'
  /** Text of fewer bytes stays as it is. Integer ≥ 0. Default 16384. */
  readonly fromBytes?: number
}

const DEFAULT_FROM_BYTES = 16_384

/** Compresses a file's bytes when there are enough of them. */
export function compressed(bytes: Buffer, compression: Compression | undefined): Buffer {
  if (compression === undefined) return bytes
  if (bytes.length < (compression.fromBytes ?? DEFAULT_FROM_BYTES)) return bytes
  // Level 1 is faster than printing the JSON was, and leaves about a tenth of it.
  if (compression.method === 'gzip') return gzipSync(bytes, { level: 1 })
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } })
}

export type Decoded =
  | { readonly kind: 'ok'; readonly text: string }
  | { readonly kind: 'invalid' | 'too-large'; readonly reason: string }

/** The text in a file's bytes, plain or compressed, without a byte order mark. */
export function decode(bytes: Uint8Array, maxBytes: number): Decoded {
  const method = compressedWith(bytes)
  let plain = bytes
  if (method !== null) {
    const limit = { maxOutputLength: maxBytes }
    try {
      plain = method === 'gzip' ? gunzipSync(bytes, limit) : zstdDecompressSync(bytes, limit)
    } catch (error) {
      if (systemCode(error) === 'ERR_BUFFER_TOO_LARGE') {
        return { kind: 'too-large', reason: `more than ${maxBytes} bytes once unpacked` }
      }
      return { kind: 'invalid', reason: `not whole ${method}: ${messageOf(error)}` }
    }
  }
  try {
    return { kind: 'ok', text: new TextDecoder('utf-8', { fatal: true }).decode(plain) }
  } catch {
    // TextDecoder knows one complaint only.
    return { kind: 'invalid', reason: 'not UTF-8' }
  }
}

/** JSON text begins with neither mark, so the bytes themselves say how to read them. */
function compressedWith(bytes: Uint8Array): 'gzip' | 'zstd' | null {
  const [a, b, c, d] = bytes
  if (a === 0x1f && b === 0x8b) return 'gzip'
  return a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd ? 'zstd' : null
}
