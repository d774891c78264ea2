import { OpsError } from '../errors.ts'

/** Whether an address is of this machine only, whatever the network. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/**
 * A token is as good as its owner's hand, so it goes to this machine, or over TLS to where a person said in this very call.
 * @param isFlag whether `--url` names the address.
 * @param by who names it, for people.
 * @throws {OpsError} `OPS_UNSAFE`, before anything was sent.
 */
export function checkTokenMayGo(url: URL, isFlag: boolean, by: string): void {
  if (isLoopback(url) || (isFlag && url.protocol === 'https:')) return
  const why =
    url.protocol === 'https:'
      ? 'it is no address of this machine, and was not given with --url in this call'
      : 'it is no address of this machine, and http can be read on the way'
  throw new OpsError(
    'OPS_UNSAFE',
    `no token is sent to ${url.origin}, which ${by} names: ${why}; nothing was sent`,
    {
      next: [
        `the same with --url https://${url.host}`,
        `ssh to ${url.hostname}, and call it there`,
      ],
    },
  )
}
