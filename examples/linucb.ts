import { createLinUCB, restoreLinUCB } from '@holdfast/linucb'
import { seededRandom } from '@holdfast/seams'

// Three models to answer prompts: cheap, good at mathematics, good at law. Nobody tells the bandit.
const options = { arms: ['cheap', 'maths', 'law'], dim: 3, random: seededRandom('example') }
const bandit = createLinUCB(options)
const prompts = seededRandom('prompts')

let earned = 0
for (let round = 1; round <= 3_000; round += 1) {
  const isMaths = prompts.next() < 0.3
  const isLaw = !isMaths && prompts.next() < 0.3
  const context = [1, isMaths ? 1 : 0, isLaw ? 1 : 0] // The first entry is the constant 1.

  const { arm } = bandit.decide(context, { id: `prompt-${round}` })
  const isRight = (isMaths && arm === 'maths') || (isLaw && arm === 'law')
  const reward = isRight ? 0.9 : { cheap: 0.6, maths: 0.3, law: 0.3 }[arm]!
  bandit.learn(arm, context, reward)

  earned += reward
  if (round % 1_000 === 0) {
    console.log(`prompts ${round - 999} to ${round}: mean reward ${(earned / 1_000).toFixed(3)}`)
    earned = 0
  }
}

const maths = [1, 1, 0]
const { arm, p, probabilities } = bandit.decide(maths, { id: 'one more' })
console.log(`a maths prompt goes to ${arm}, with probability ${p.toFixed(3)}`, probabilities)
console.log(
  'while "maths" may have 15 % at most:',
  bandit.decide(maths, { caps: { maths: 0.15 } }).probabilities,
)
console.log('when "maths" must not be used:', bandit.decide(maths, { mask: ['maths'] }).arm)

const saved = JSON.stringify(bandit.snapshot())
const again = restoreLinUCB(JSON.parse(saved), options)
console.log(
  `after a restart it knows ${again.diagnostics().updates} rewards (${saved.length} bytes)`,
)
