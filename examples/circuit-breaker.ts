import { createBreaker, createLastGood } from '@holdfast/circuit-breaker'
import { systemClock } from '@holdfast/seams'

// A service that is down from its fourth call to its eighth.
let calls = 0
const priceOf = async (_item: string): Promise<number> => {
  calls += 1
  if (calls >= 4 && calls <= 8) throw new Error('503')
  return 100 + calls
}

const breaker = createBreaker({
  name: 'prices',
  window: { kind: 'count', size: 10 }, // Looks at the last 10 calls,
  minimumCalls: 4, // decides nothing below 4,
  failureRatio: 0.5, // and opens when half of them failed.
  openMs: ({ attempt }) => 20 * 2 ** attempt, // The second time longer than the first.
  probes: { calls: 2 }, // Then 2 calls look whether it is well again.
  observe: (fact) => {
    if (fact.kind === 'breaker.opened') console.log(`  opened for ${fact.openMs} ms`)
    if (fact.kind === 'breaker.closed') console.log('  closed')
  },
})
const good = createLastGood<number>({ maxAgeMs: 60_000 })

for (let round = 1; round <= 18; round += 1) {
  const ask = async (): Promise<string> => {
    const price = await priceOf('apple')
    good.remember('apple', price)
    return `${price}`
  }
  const answer = await breaker.run(ask, {
    fallback: (error) => {
      const { code, message } = error as { code?: string; message: string }
      return `${good.recall('apple')?.value}, as it was before (${code ?? message})`
    },
  })
  console.log(`${round}: ${answer}`)
  await systemClock.sleep(15)
}
console.log(`${calls} calls reached the service, and the breaker is ${breaker.state}`)
