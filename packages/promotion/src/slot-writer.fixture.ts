/**
 * A process that keeps a slot record in the directory of its first argument. It records as many looks as its second argument says, each different from
 * the one before, says so, and ends in good order with its input.
 */
import { createSlotRecord } from './gates/slot-record.ts'

const [, , directory = '', looks = '0'] = process.argv
const record = createSlotRecord({ directory })
for (let i = 0; i < Number(looks); i += 1) {
  record.record([{ slot: 'slot04', status: i % 2 === 0 ? 'healthy' : `look ${i}` }])
}
process.stdout.write(`${JSON.stringify({ ready: true, writer: record.writer })}\n`)
process.stdin.on('end', () => record.close())
process.stdin.resume()
