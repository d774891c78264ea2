import type { FastifyRequest } from 'fastify'
import { describe, expect, it } from 'vitest'
import { checkAdmin } from './admin.ts'

/** A request as it comes from this address. */
const from = (remoteAddress: string | undefined, authorization?: string): FastifyRequest =>
  ({
    url: '/routes/explain?decision=secret',
    socket: { remoteAddress },
    headers: { authorization },
  }) as unknown as FastifyRequest

describe('who may be told why a request went where it did', () => {
  it('is whoever asks from this machine, while there is no token', () => {
    for (const address of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1']) {
      expect(() => checkAdmin(from(address), { token: null })).not.toThrow()
    }
  })

  it('is nobody else then, and the answer says what to do and repeats nothing', () => {
    for (const address of ['10.0.0.7', '192.168.1.127', '::ffff:10.0.0.1', 'fe80::1', undefined]) {
      expect(() => checkAdmin(from(address), { token: null })).toThrow(
        expect.objectContaining({
          status: 403,
          code: 'admin_only',
          message: expect.stringMatching(
            /^\/routes\/explain: only from this machine, because the configuration names no admin.tokenEnv; got [\w.:]+$/,
          ) as string,
        }),
      )
    }
  })

  it('is nobody behind a proxy of this machine, which makes everybody look alike', () => {
    for (const name of ['forwarded', 'x-forwarded-for', 'via']) {
      const request = { ...from('127.0.0.1'), headers: { [name]: '10.0.0.7' } }
      expect(() => checkAdmin(request as unknown as FastifyRequest, { token: null })).toThrow(
        expect.objectContaining({ status: 403, code: 'admin_only' }),
      )
    }
  })

  it('is whoever has the token, wherever from, and then nobody without it', () => {
    const admin = { token: 'the token' }
    expect(() => checkAdmin(from('10.0.0.7', 'Bearer the token'), admin)).not.toThrow()
    for (const sent of [
      undefined,
      '',
      'the token',
      'Bearer ',
      'Bearer the toke',
      'Basic the token',
    ]) {
      expect(() => checkAdmin(from('127.0.0.1', sent), admin)).toThrow(
        expect.objectContaining({ status: 401, code: 'admin_only' }),
      )
    }
  })
})
