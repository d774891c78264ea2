/**
 * Slow clients, as many as the machine lets be open at once. Each asks for a stream, reads a little every now and then, and
 * after a while ends or leaves in the middle; another takes its place. One in a hundred asks for more than all buffers
 * on the way can hold, and takes none of it. Tells how many are open every second; ends when told to `stop`.
 */
import { connect, type Socket } from 'node:net'
import { seededRandom, systemClock } from '@holdfast/seams'

/** How many clients there are. */
export interface SlowClients {
  /** Connected now. */
  readonly open: number
  /** So far, those that are gone included. */
  readonly opened: number
  /** Connections that were refused or broke off. */
  readonly broken: number
}

const [url = '', wanted = '0'] = process.argv.slice(2)
const { hostname, port } = new URL(url)
const random = seededRandom('slow clients')
/** Connections that the machine may still make from one address at a time are few: they come from several. */
const ADDRESSES = 20
const STALLING_EVERY = 100
const SMALL_PARTS = 8
const LARGE_PARTS = 8_000
/** Few enough at a time that a busy router has taken them before the next come. */
const NEW_PER_TICK = 25
const TICK_MS = 100

const clients = new Set<Socket>()
let connected = 0
let opened = 0
let broken = 0
let isStopping = false

function open(): void {
  opened += 1
  const isStalling = opened % STALLING_EVERY === 0
  const localAddress = `127.0.0.${2 + (opened % ADDRESSES)}`
  const socket = connect({ host: hostname, port: Number(port), localAddress })
  clients.add(socket)
  const body = JSON.stringify({
    model: 'auto',
    stream: true,
    messages: [{ role: 'user', content: 'Tell me a long story.' }],
    metadata: { parts: String(isStalling ? LARGE_PARTS : SMALL_PARTS) },
  })
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  socket.pause()
  const leaveInMs = 30_000 + random.integer(60_000)
  const leave = systemClock.after(leaveInMs, () => {
    // Every other one leaves in the middle, with bytes unread: its connection is reset.
    if (isStalling || random.integer(2) === 0) socket.resetAndDestroy()
    else socket.resume().end()
  })
  let read = isStalling
    ? null
    : systemClock.after(500 + random.integer(3_000), function sip() {
        socket.read(256)
        read = systemClock.after(500 + random.integer(3_000), sip)
      })
  socket.once('connect', () => {
    connected += 1
    socket.once('close', () => (connected -= 1))
  })
  socket.on('error', () => (broken += 1))
  socket.once('close', () => {
    leave.cancel()
    read?.cancel()
    clients.delete(socket)
  })
}

function tick(): void {
  if (isStopping) return
  const missing = Number(wanted) - clients.size
  for (let i = 0; i < Math.min(missing, NEW_PER_TICK); i += 1) open()
  systemClock.after(TICK_MS, tick)
}

function tell(): void {
  process.send?.({ open: connected, opened, broken } satisfies SlowClients)
  if (process.connected) systemClock.after(1_000, tell)
}

process.on('message', () => {
  isStopping = true
  for (const socket of clients) socket.resetAndDestroy()
})
process.once('disconnect', () => process.exit())
tick()
tell()
