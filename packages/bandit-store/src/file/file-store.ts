import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock, type Timer } from '@holdfast/seams'
import type {
  BanditStore,
  Compacted,
  Decided,
  Lesson,
  Part,
  Recalled,
  RewardResult,
} from '../bandit-store.ts'
import { broadcast } from '../broadcast.ts'
import { readDecisionId, type DecisionKey } from '../decision-id.ts'
import {
  BanditStoreClosedError,
  BanditStoreFullError,
  BanditStoreWriteError,
} from '../errors.ts'
import type { BanditStoreFact } from '../facts.ts'
import { importable, pendingOf, recordOf } from '../input.ts'
import { checkedFileStoreOptions, type FileStoreOptions } from '../options.ts'
import { pendingTable } from '../pending-table.ts'
import { contextOf } from '../quantum.ts'
import type { LessonRecord } from '../record.ts'
import { compact, type CompactionStep } from './compaction.ts'
import { decisionLog } from './decision-log.ts'
import { decisionFrame, lessonFrame } from './frame.ts'
import { lessonReader } from './lesson-reader.ts'
import { DECISIONS, LESSONS } from './names.ts'
import { segmentWriter, type Entry } from './segment-writer.ts'
import { verifyFiles } from './verify.ts'
