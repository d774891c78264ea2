import type { UpdateSharedJsonOptions } from './options.ts'

export interface Tally {
  readonly count: number
}

type Schema = NonNullable<UpdateSharedJsonOptions<Tally>['schema']>

const isTally = (value: unknown): value is Tally =>
  typeof value === 'object' && value !== null && Number.isInteger((value as Tally).count)

/** Takes what has a whole number as its `count`. `onLook` is called, and waited for, at each look at a value. */
export function tallySchema(onLook: (value: unknown) => unknown = () => {}): Schema {
  return {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: async (value) => {
        await onLook(value)
        return isTally(value) ? { value } : { issues: [{ message: 'no tally' }] }
      },
    },
  }
}
