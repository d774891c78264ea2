import { seededRandom } from '@holdfast/seams'

/**
 * Where a subject stands, in [0, 1), the same on every machine, in every process and for ever. A subject is live while its place is below
 * the pilot share, so a larger share adds subjects and removes none, and going back removes those first that came last.
 */
export function placeOf(subject: string): number {
  return seededRandom(`pilot:${subject}`).next()
}

/**
 * Whether the learned policy answers for a subject.
 * @param pilot share of the subjects, 0 to 1.
 */
export function isLive(subject: string, pilot: number): boolean {
  if (!(pilot > 0)) return false
  return pilot >= 1 || placeOf(subject) < pilot
}
