/** Holds the lock of the path in its first argument, says so, and keeps it until its input ends. */
import { acquireLock } from '@holdfast/file-lock'

const [, , path = ''] = process.argv
const lock = await acquireLock(path, { createDirectory: true })
process.stdout.write(`${JSON.stringify({ ready: true })}\n`)
process.stdin.on('end', () => void lock.release())
process.stdin.resume()
