import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { Server as NetServer, type Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'

/** What a stop of the server is to wait for, and what it may cut off. */
interface Connections {
  readonly opened: Set<Socket>
  /** The answers that are still owed on each connection that speaks HTTP, in the order they were asked for. */
  readonly owed: Map<Socket, Set<ServerResponse>>
  isClosing: boolean
}

/**
 * Watches a server from before it listens, so that it can be closed as a stop wants it: no connection is taken any more, one on
 * which no answer is owed is closed at once, and each other one as soon as its answers are out. `Server.close` alone waits for
 * connections that were never used or are kept alive, and cuts answers that a slow client is still reading.
 *
 * What is returned closes the server. It resolves when every connection has ended; it cuts all of them off when its signal is
 * aborted. It never rejects, and may be called again. It is a phase of a stop: `lifecycle.onStop('server', serverCloser(server))`.
 */
export function serverCloser(
  server: HttpServer | HttpsServer,
): (signal?: AbortSignal) => Promise<void> {
  const connections = watched(server)
  let closed: Promise<void> | null = null

  const cut = (): void => {
    for (const socket of connections.opened) socket.destroy()
  }
  return async (signal) => {
    closed ??= closeGently(server, connections)
    signal?.addEventListener('abort', cut, { once: true })
    if (signal?.aborted === true) cut()
    await closed
    signal?.removeEventListener('abort', cut)
  }
}

function watched(server: HttpServer | HttpsServer): Connections {
  const connections: Connections = { opened: new Set(), owed: new Map(), isClosing: false }
  const { opened, owed } = connections

  server.on('connection', (socket: Socket) => {
    opened.add(socket)
    socket.once('close', () => opened.delete(socket))
  })
  // Over TLS the socket of a request is another than that of its connection.
  const speaks = server instanceof TlsServer ? 'secureConnection' : 'connection'
  server.on(speaks, (socket: Socket) => {
    owed.set(socket, new Set())
    socket.once('close', () => owed.delete(socket))
    if (connections.isClosing) socket.destroy()
  })
  // Before the listeners of the server, which may answer at once.
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const answers = owed.get(socket)
    answers?.add(response)
    if (connections.isClosing) response.shouldKeepAlive = false
    response.once('close', () => {
      answers?.delete(response)
      if (connections.isClosing && answers?.size === 0) socket.destroySoon()
    })
  })
  return connections
}

function closeGently(server: HttpServer | HttpsServer, connections: Connections): Promise<void> {
  const { opened, owed } = connections
  connections.isClosing = true
  const closed = new Promise<void>((resolve) => {
    if (server.listening || opened.size > 0) server.once('close', resolve)
    else resolve()
  })
  // Not the `close` of the HTTP server: it takes a connection for idle as soon as its answer was handed over, and would cut what a
  // slow client has not read yet.
  if (server.listening) NetServer.prototype.close.call(server)
  for (const [socket, answers] of owed) {
    const last = [...answers].at(-1)
    if (last === undefined) socket.destroy()
    // The client then knows that the connection is of no more use to it.
    else if (!last.headersSent) last.shouldKeepAlive = false
  }
  return closed
}
