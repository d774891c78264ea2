/** Leave to make one call. Carries the era it was given in, so that a late result shows. Good for one `settle`. */
export interface Pass {
  readonly era: number
}

/** A pass as it really is: `owner` is the breaker it came from, null once it was settled. */
export class GivenPass implements Pass {
  owner: object | null
  readonly era: number

  constructor(owner: object, era: number) {
    this.owner = owner
    this.era = era
  }
}
