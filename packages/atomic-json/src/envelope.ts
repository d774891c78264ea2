import { crc32 } from 'node:zlib'
import { printJson } from './print-json.ts'

/** The only version of the envelope so far. A reader knows every version ever released. */
const ENVELOPE_VERSION = 1

/** What an envelope says once it was opened. */
export type Opened =
  | { readonly kind: 'ok'; readonly value: unknown; readonly generation: number }
  | { readonly kind: 'invalid' | 'checksum'; readonly reason: string }

/**
 * Puts a value, given in its compact form, into an envelope:
 * `{"checksum":"crc32:…","generation":7,"value":…,"version":1}`.
 *
 * The checksum is CRC-32 over the compact form of the three other members, so it holds when the file
 * is printed anew, and breaks when any member changes its meaning.
 */
export function printEnvelope(valueText: string, generation: number, pretty: boolean): string {
  const checksum = checksumOf(valueText, generation)
  if (!pretty) return `{"checksum":"${checksum}",${members(valueText, generation)}`
  const value: unknown = JSON.parse(valueText)
  return printJson({ checksum, generation, value, version: ENVELOPE_VERSION }, { pretty })
}

/** Takes the value out, if the checksum says that it is the one put in. */
export function openEnvelope(content: unknown): Opened {
  if (!isRecord(content) || !('version' in content)) {
    return { kind: 'invalid', reason: 'an envelope was expected, and this is none' }
  }
  const { checksum, generation, value, version } = content
  if (version !== ENVELOPE_VERSION) {
    return { kind: 'invalid', reason: `an envelope of unknown version ${JSON.stringify(version)}` }
  }
  if (typeof checksum !== 'string' || !isGeneration(generation) || value === undefined) {
    return { kind: 'invalid', reason: 'the envelope lacks its checksum, generation or value' }
  }
  const actual = checksumOf(printJson(value), generation)
  if (actual !== checksum) {
    return { kind: 'checksum', reason: `the checksum is ${actual}, the file says ${checksum}` }
  }
  return { kind: 'ok', value, generation }
}

function checksumOf(valueText: string, generation: number): string {
  const sum = crc32(`{${members(valueText, generation)}`)
  return `crc32:${sum.toString(16).padStart(8, '0')}`
}

function members(valueText: string, generation: number): string {
  return `"generation":${generation},"value":${valueText},"version":${ENVELOPE_VERSION}}`
}

function isRecord(content: unknown): content is Record<string, unknown> {
  return typeof content === 'object' && content !== null && !Array.isArray(content)
}

function isGeneration(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}
