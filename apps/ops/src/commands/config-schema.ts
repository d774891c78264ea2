import { z } from 'zod'
import type { Command } from '../command.ts'
import { ConfigFile } from '../config/config-file.ts'

export const command: Command<z.core.JSONSchema.BaseSchema> = {
  run: () => Promise.resolve({ data: z.toJSONSchema(ConfigFile) }),
  show: (schema) => [JSON.stringify(schema, null, 2)],
}
