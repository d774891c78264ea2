import type { Prices } from './reward.ts'

/** One way to get an answer: a model at an upstream that speaks the OpenAI API. */
export interface Route {
  /** For example `R1`. */
  readonly id: string
  /** For example `https://api.example.com/v1`, without a slash at the end. */
  readonly baseUrl: string
  readonly model: string
  /** USD per million tokens. */
  readonly prices: Prices
  /** Sent as bearer token; null sends none. */
  readonly apiKey: string | null
  /** Longest wait for the first byte, and between two parts of a stream, in ms > 0. */
  readonly timeoutMs: number
  /** Longest that an answer may take in all, waits for the client not counted, in ms > 0. */
  readonly totalMs: number
}

/** The model name that asks the router to choose. */
export const AUTO = 'auto'

/** Every name that `model` may be: the router's choice, then each route's id and model. */
export function modelNames(routes: readonly Route[]): string[] {
  return [...new Set([AUTO, ...routes.flatMap(({ id, model }) => [id, model])])]
}

/**
 * What the caller's `model` asks for: the router's choice, or one route by its id or by its model's name.
 * Null when it names nothing we have.
 */
export function routeFor(model: string, routes: readonly Route[]): Route | typeof AUTO | null {
  if (model === AUTO) return AUTO
  return (
    routes.find(({ id }) => id === model) ?? routes.find((route) => route.model === model) ?? null
  )
}
