/**
 * Where everything lies. The caller lays out the memory and tells by `seat`.
 *
 * A⁻¹ of an arm is a run of tiles of four rows and two columns, row after row of the tile, so that one
 * tile is one cache line and one pass over an arm is one ascending stream. Four rows begin at the column
 * of their first diagonal entry; the 4 × 4 square there is stored whole, of everything else only the
 * upper half. A vector is filled up with zeros to a multiple of four entries, so no loop has a remainder.
 *
 * A and b are stored as the rest of the package stores them: A as its upper triangle row by row.
 */
export const TILE: usize = 64
export const LANE: usize = 8

export let dim: usize = 0
/** d, filled up to a multiple of four, times 8. */
export let width: usize = 0
export let slots: usize = 0
/** Bytes of an arm's θ, filled up to whole cache lines; of that and the A⁻¹ behind it; and of its A. */
export let thetaSize: usize = 0
export let estimateSize: usize = 0
export let squareSize: usize = 0
/** A context with more entries than this that are not 0 is taken as dense. */
export let fewest: usize = 0
export let context: usize = 0
export let direction: usize = 0
export let places: usize = 0
export let means: usize = 0
export let spreads: usize = 0
export let rewards: usize = 0
export let estimates: usize = 0
export let squares: usize = 0

/** Tells where everything lies. */
export function seat(
  dimension: i32,
  arms: i32,
  sparse: i32,
  contextAt: usize,
  directionAt: usize,
  placesAt: usize,
  meansAt: usize,
  spreadsAt: usize,
  rewardsAt: usize,
  estimatesAt: usize,
  squaresAt: usize,
): void {
  dim = dimension
  slots = arms
  fewest = sparse
  const quads: usize = (dim + 3) / 4
  width = quads * 4 * LANE
  thetaSize = ((width + TILE - 1) / TILE) * TILE
  estimateSize = thetaSize + quads * (quads + 1) * TILE
  squareSize = ((dim * (dim + 1)) / 2) * LANE
  context = contextAt
  direction = directionAt
  places = placesAt
  means = meansAt
  spreads = spreadsAt
  rewards = rewardsAt
  estimates = estimatesAt
  squares = squaresAt
}
