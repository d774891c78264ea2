import type { LinUCBOptions } from '@holdfast/linucb'
import type { Config } from '../config/read-config.ts'
import { featureNames } from './features.ts'

type Told = Pick<Config, 'features' | 'guardrail' | 'learning' | 'routeList' | 'warmStart'>

/** The bandit that a configuration asks for: every route an arm. */
export function banditOptions({
  features,
  guardrail,
  learning,
  routeList,
  warmStart,
}: Told): LinUCBOptions & { readonly guardrail: string } {
  const { alpha, ridge, priorMean, epsilon, exploreWithin } = learning
  return {
    arms: routeList.map(({ id }) => id),
    dim: featureNames(features).length,
    guardrail,
    alpha,
    ridge,
    priorMean,
    epsilon,
    exploreWithin: exploreWithin ?? Infinity,
    ...(warmStart === null ? {} : { prior: warmStart.prior }),
  }
}
