import { describe, expect, it } from 'vitest'
import {
  corruptPath,
  fencedPath,
  fencesOf,
  generationPaths,
  temporaryPath,
  temporaryPid,
} from './file-names.ts'

describe('the names beside a file', () => {
  it('give a temporary file back its pid, and no other file one', () => {
    const path = '/d/state.json'
    const temporary = temporaryPath(path, 4711, '0123456789abcdef')
    expect(temporary).toBe('/d/.state.json.4711.0123456789abcdef.tmp')
    expect(temporaryPid(path, '.state.json.4711.0123456789abcdef.tmp')).toBe(4711)
    for (const other of [
      'state.json',
      '.state.json.4711.0123456789abcde.tmp',
      '.state.json.0.0123456789abcdef.tmp',
      '.state.json.x.0123456789abcdef.tmp',
      '.other.json.4711.0123456789abcdef.tmp',
      '.state.json.4711.0123456789abcdef.tmp.bak',
    ]) {
      expect(temporaryPid(path, other)).toBeNull()
    }
  })

  it('keep a temporary name within 255 bytes whatever the name', () => {
    const temporary = temporaryPath(`/${'錠'.repeat(85)}`, 4_000_000_000, 'f'.repeat(16))
    expect(Buffer.byteLength(temporary)).toBeLessThan(256)
  })

  it('list generations newest first, and in order of number', () => {
    const names = ['s.json.bak.10', 's.json.bak.2', 's.json.bak.0', 's.json.bak.1x', 't.json.bak.1']
    expect(generationPaths('/d/s.json', names)).toEqual(['/d/s.json.bak.2', '/d/s.json.bak.10'])
  })

  it('put a fence before the extension and find it again, highest first', () => {
    expect(fencedPath('/d/state.json', 17)).toBe('/d/state.17.json')
    expect(fencedPath('/d/state', 17)).toBe('/d/state.17')
    const names = [
      'state.json',
      'state.9.json',
      'state.17.json',
      'state.017.json',
      'state.17.json.bak.1',
    ]
    expect(fencesOf('/d/state.json', names)).toEqual([17, 9])
    expect(fencesOf('/d/state.json', ['state.99999999999999999.json', 'state.-1.json'])).toEqual([])
  })

  it('name a bad file by the time it was found', () => {
    const atMs = Date.UTC(2026, 0, 2, 3, 4, 5, 6)
    expect(corruptPath('/d/s.json', atMs, 0)).toBe('/d/s.json.corrupt-20260102T030405.006Z')
    expect(corruptPath('/d/s.json', atMs, 2)).toBe('/d/s.json.corrupt-20260102T030405.006Z-2')
  })
})
