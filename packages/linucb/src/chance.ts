/**
 * A number in [0, 1), uniform over ids and always the same for one id. A decision drawn with it can be
 * replayed from its id.
 *
 * Source: two lanes of FNV-1a's step (Fowler, Noll, Vo) over the UTF-16 units, with own starting values
 * so that another hash of the same id says nothing about this one; finished by MurmurHash3's fmix32
 * (Appleby).
 */
export function uniformFrom(id: string): number {
  let high = 0x2545f491
  let low = 0x4f6cdd1d
  for (let i = 0; i < id.length; i += 1) {
    const unit = id.charCodeAt(i)
    high = Math.imul(high ^ unit, 0x01000193)
    low = Math.imul(low ^ unit, 0x5bd1e995)
  }
  high = mixed(high ^ id.length)
  low = mixed(low ^ high)
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53
}

function mixed(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
