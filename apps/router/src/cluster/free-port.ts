import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/**
 * The port that `listen` asks for, or, for 0, one that is free.
 * @throws the system's error if it cannot be had, such as `EADDRINUSE`.
 */
export async function freePort(listen: {
  readonly host: string
  readonly port: number
}): Promise<number> {
  const server = createServer()
  server.listen(listen)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
