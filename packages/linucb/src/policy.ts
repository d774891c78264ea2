/**
 * From scores to probabilities, as plain functions over arrays with one entry per arm. They write into
 * the array they are given: a decision is made some hundred thousand times a second.
 */

/** Scores closer than this, relative to the best (or to 1), are equal. */
const TIE = 1e-12
/** Probability below this is rounding, not mass to be placed. */
const NOTHING = 1e-12

/**
 * The best allowed score with probability 1 − ε (equal scores share it equally), and with probability ε
 * any allowed arm whose score lies at most `within` below the best.
 * @param within in units of reward, > 0; Infinity explores every allowed arm.
 * @param shares written: the probability of each arm; 0 where not allowed.
 * @returns the probability that found no arm: 0, or 1 when no arm is allowed.
 */
export function spreadShares(
  scores: Float64Array,
  allowed: Uint8Array,
  epsilon: number,
  within: number,
  shares: Float64Array,
): number {
  let best = -Infinity
  for (let i = 0; i < scores.length; i += 1) {
    if (allowed[i] === 1 && scores[i]! > best) best = scores[i]!
  }
  if (best === -Infinity) {
    shares.fill(0)
    return 1
  }
  const bar = tieBar(best)
  const near = Math.min(bar, best - within)
  let ties = 0
  let explored = 0
  for (let i = 0; i < scores.length; i += 1) {
    if (allowed[i] === 0) continue
    if (scores[i]! >= near) explored += 1
    if (scores[i]! >= bar) ties += 1
  }
  const floor = epsilon / explored
  const top = (1 - epsilon) / ties
  for (let i = 0; i < scores.length; i += 1) {
    const isExplored = allowed[i] === 1 && scores[i]! >= near
    shares[i] = isExplored ? (scores[i]! >= bar ? top + floor : floor) : 0
  }
  return 0
}

/**
 * Cuts each share to its cap. What is cut goes to the best-scored allowed arms that have room, equal
 * scores in equal parts. Afterwards `shares[i] <= caps[i]` for every allowed i, to the last bit.
 * @param caps   the most each arm may have, 0 to 1.
 * @param shares read and written.
 * @returns the probability that no allowed arm has room for.
 */
export function applyCaps(
  scores: Float64Array,
  allowed: Uint8Array,
  caps: Float64Array,
  shares: Float64Array,
): number {
  let excess = 0
  for (let i = 0; i < shares.length; i += 1) {
    if (shares[i]! <= caps[i]!) continue
    excess += shares[i]! - caps[i]!
    shares[i] = caps[i]!
  }
  // Each round places everything or fills an arm to its cap (or, by rounding, to one digit below, which
  // the next round fills), so there are at most two rounds for each arm.
  while (excess > NOTHING) {
    const placed = placeOnce(scores, allowed, caps, shares, excess)
    if (placed === 0) return excess
    excess -= placed
  }
  return 0
}

/** Gives the best-scored arms with room equal parts, as much as the fullest of them can take. */
function placeOnce(
  scores: Float64Array,
  allowed: Uint8Array,
  caps: Float64Array,
  shares: Float64Array,
  excess: number,
): number {
  const hasRoom = (i: number): boolean => allowed[i] === 1 && shares[i]! < caps[i]!
  let best = -Infinity
  for (let i = 0; i < shares.length; i += 1) if (hasRoom(i)) best = Math.max(best, scores[i]!)
  if (best === -Infinity) return 0
  const bar = tieBar(best)
  let ties = 0
  let room = Infinity
  for (let i = 0; i < shares.length; i += 1) {
    if (!hasRoom(i) || scores[i]! < bar) continue
    ties += 1
    room = Math.min(room, caps[i]! - shares[i]!)
  }
  const part = Math.min(room, excess / ties)
  for (let i = 0; i < shares.length; i += 1) {
    if (!hasRoom(i) || scores[i]! < bar) continue
    shares[i] = Math.min(caps[i]!, shares[i]! + part)
  }
  return part * ties
}

const tieBar = (best: number): number => best - TIE * Math.max(1, Math.abs(best))

/**
 * Draws an arm.
 * @param uniform in [0, 1).
 * @returns its number, or −1 when the draw fell on the probability beyond all arms.
 */
export function draw(shares: Float64Array, rest: number, uniform: number): number {
  let left = uniform
  let last = -1
  for (let i = 0; i < shares.length; i += 1) {
    const share = shares[i]!
    if (share === 0) continue
    if (left < share) return i
    left -= share
    last = i
  }
  // The shares add up to 1 only to the last digits; a draw from that crack belongs to somebody.
  return rest > 0 ? -1 : last
}
