/**
 * A number in [0, 1), uniform over ids and always the same for one id. A decision drawn with it can be
 * replayed from its id.
 *
 * Source: two lanes of FNV-1a's step (Fowler, Noll, Vo), one for the UTF-16 units at even places and one
 * for those at odd places, with starting values of our own so that another hash of the same id says nothing about this one; finished by MurmurHash3's fmix32
 * (Appleby).
 */
export function uniformFrom(id: string): number {
  let high = 0x2545f491
  let low = 0x4f6cdd1d
  const pairs = id.length & ~1
  for (let i = 0; i < pairs; i += 2) {
    high = Math.imul(high ^ id.charCodeAt(i), 0x01000193)
    low = Math.imul(low ^ id.charCodeAt(i + 1), 0x01000193)
  }
  if (pairs < id.length) high = Math.imul(high ^ id.charCodeAt(pairs), 0x01000193)
  high = mixed(high ^ id.length)
  low = mixed(low ^ high)
  high = mixed(high ^ low)
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53
}

function mixed(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
