/** A promise, and how to keep it. */
export interface Pledge<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T | PromiseLike<T>) => void
}

/** As `Promise.withResolvers`, which the library we compile against does not know yet. */
export function pledge<T>(): Pledge<T> {
  let resolve: Pledge<T>['resolve'] | undefined
  const promise = new Promise<T>((keep) => (resolve = keep))
  if (resolve === undefined) throw new Error('unreachable: a promise calls its executor at once')
  return { promise, resolve }
}
