/** Several processes teach one bandit, and no acknowledged lesson is ever lost. */
export type {
  BanditStore,
  Change,
  Compacted,
  Decided,
  Learned,
  Learnt,
  Lesson,
  Part,
  Recalled,
  RewardResult,
  StoreHealth,
} from './bandit-store.ts'
export type { VerifyReport } from './verify-report.ts'
export { createMemoryStore } from './memory-store.ts'
export type { MemoryStore } from './memory-store.ts'
export { openFileStore } from './file/file-store.ts'
export type { Epoch, FileStoreOptions, StoreOptions } from './options.ts'
export { createSharedBandit } from './shared-bandit.ts'
export type { SharedBandit, SharedBanditOptions } from './shared-bandit.ts'
export { checkedForgetting, weigh, weightOf } from './weigh.ts'
export type { Forgetting, Memory } from './weigh.ts'
export { deploymentReward, immediateReward } from './rewards.ts'
export type { DeploymentOutcome, ImmediateOutcome } from './rewards.ts'
export { exportSeedState, importState } from './seed-state.ts'
export type { SeedState } from './seed-state.ts'
export { quantised } from './quantum.ts'
export {
  BanditStoreBrokenError,
  BanditStoreClosedError,
  BanditStoreFullError,
  BanditStoreInputError,
  BanditStoreMismatchError,
  BanditStoreVersionError,
  BanditStoreWriteError,
} from './errors.ts'
export type { BanditStoreFact } from './facts.ts'
export { banditStoreCounters } from './counters.ts'
