import type { Context } from './command.ts'

/** Who sits at the desk, for the record. */
export function personOf({ env }: Pick<Context, 'env'>): string {
  const names = [env['USER'], env['LOGNAME'], env['USERNAME']]
  return names.find((name) => name !== undefined && name !== '') ?? 'an operator'
}
