/** What was learned of a route, for people. */
export interface StateRoute {
  readonly route: string
  readonly pulls: number
  readonly meanReward: number | null
}

/** From its sums. */
export const routeOf = ({
  route,
  pulls,
  rewardSum,
}: {
  readonly route: string
  readonly pulls: number
  readonly rewardSum: number
}): StateRoute => ({ route, pulls, meanReward: pulls > 0 ? rewardSum / pulls : null })
