/** What an upstream's status means, for the route and for the client. */
export interface StatusVerdict {
  /** Whether the route does not work, rather than the request being wrong. */
  readonly isRouteFailure: boolean
  /** The status that the client gets. */
  readonly answerAs: number
}

/** Asked too much or too slowly: the client can mend that by waiting, so it gets to know. */
const WAIT = new Set([408, 429])
/** Our key, our bill, our model name, our proxy: to the client a bad gateway, or it would look at its own. */
const BETWEEN_US = new Set([401, 402, 403, 404, 407])

/** @param status any but 200. */
export function judgeStatus(status: number): StatusVerdict {
  if (WAIT.has(status)) return { isRouteFailure: true, answerAs: status }
  const isRequestsFault = status >= 400 && status < 500 && !BETWEEN_US.has(status)
  return isRequestsFault
    ? { isRouteFailure: false, answerAs: status }
    : { isRouteFailure: true, answerAs: 502 }
}
