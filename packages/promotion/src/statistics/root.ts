/**
 * Where a rising function crosses zero between `low` and `high`, to the last digit a double has. The function is below zero at
 * `low` and not at `high`. Halving cannot diverge and needs no derivative.
 */
export function rootOf(rising: (x: number) => number, low: number, high: number): number {
  let [below, above] = [low, high]
  for (let i = 0; i < 2_000; i += 1) {
    const middle = below + (above - below) / 2
    if (middle <= below || middle >= above) break
    if (rising(middle) < 0) below = middle
    else above = middle
  }
  return above
}
