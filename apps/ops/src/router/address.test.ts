import { describe, expect, it } from 'vitest'
import { checkTokenMayGo, isLoopback } from './address.ts'

const refused = (url: string, isFlag: boolean): string | null => {
  try {
    checkTokenMayGo(new URL(url), isFlag, 'the test')
    return null
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('a token', () => {
  it('goes to this machine, whoever names it', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', '[::1]']) {
      expect([host, isLoopback(new URL(`http://${host}:8080`))]).toEqual([host, true])
      expect([host, refused(`http://${host}:8080`, false)]).toEqual([host, null])
    }
  })

  it('goes elsewhere only over TLS, and only where --url names it in this call', () => {
    expect(refused('https://router.example', true)).toBeNull()
    expect(refused('https://router.example', false)).toBe('OPS_UNSAFE')
    expect(refused('http://router.example', true)).toBe('OPS_UNSAFE')
  })

  it('is not taken in by names that only look like this machine', () => {
    const hosts = ['127.0.0.1.example', 'localhost.example', '0.0.0.0', '10.0.0.1', '[::]']
    for (const host of hosts) expect(refused(`http://${host}`, true)).toBe('OPS_UNSAFE')
  })

  it('says why, and what to do instead', () => {
    expect(() => checkTokenMayGo(new URL('http://10.0.0.1:80'), true, '--url')).toThrow(
      'no token is sent to http://10.0.0.1, which --url names',
    )
  })
})
