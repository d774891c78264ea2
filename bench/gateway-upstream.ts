import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An upstream that answers at once, as fast as node:http can. It prints its port, and ends with its parent. */
const answer = JSON.stringify({
  id: 'c1',
  object: 'chat.completion',
  created: 0,
  model: 'bench',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'hello '.repeat(60) },
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 200, completion_tokens: 60, total_tokens: 260 },
})
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) }
const server = createServer((request, response) => {
  request.resume().once('end', () => response.writeHead(200, headers).end(answer))
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.once('disconnect', () => process.exit())
