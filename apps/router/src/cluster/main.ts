import { runWorker } from './worker.ts'

await runWorker((code) => process.exit(code))
