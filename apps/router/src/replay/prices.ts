import type { Prices } from '../decide/reward.ts'

const blended = (usdPerMillion: number): Prices => ({ input: usdPerMillion, output: usdPerMillion })

/**
 * USD per million tokens of the models in the recorded tables, as published with them: RouteLLM's paper
 * (mixtral, gpt4), list prices (MMLU-Pro models), LLMRouter's default_llm.json (by model size).
 */
const PRICES: Readonly<Record<string, Prices>> = {
  mixtral: blended(0.24),
  gpt4: blended(24.7),
  llama31_8b: blended(0.18),
  mathstral: blended(0.25),
  llama31_70b: blended(0.88),
  qwen15_72b: blended(0.9),
  phi3_mini: blended(0.1),
  commandr: { input: 0.5, output: 1.5 },
  jamba15_l: { input: 2, output: 8 },
  gem15_flash: { input: 0.075, output: 0.3 },
  gem15_pro: { input: 1.25, output: 5 },
  'codegemma-7b': blended(0.2),
  'gemma-2-9b-it': blended(0.1),
  'llama-3.1-8b-instruct': blended(0.2),
  'llama-3.1-nemotron-51b-instruct': blended(0.9),
  'llama-3.3-nemotron-super-49b-v1': blended(0.9),
  'llama3-chatqa-1.5-70b': blended(0.9),
  'llama3-chatqa-1.5-8b': blended(0.2),
  'mistral-7b-instruct-v0.3': blended(0.2),
  'qwen2.5-7b-instruct': blended(0.2),
}

/** MMLU-Pro priced mixtral differently from RouteLLM: a model's price belongs to the table it is in. */
const MMLU_PRO_MIXTRAL = blended(0.6)

/** @param models all models of the table, by which the table is told. */
export function priceOf(model: string, models: readonly string[]): Prices | undefined {
  if (model === 'mixtral' && models.includes('mathstral')) return MMLU_PRO_MIXTRAL
  return PRICES[model]
}
