/** The part of fs-native-extensions 1.5.1 that is used here; it brings no types of its own. */
declare module 'fs-native-extensions' {
  const native: {
    tryLock(fd: number): boolean
    waitForLock(fd: number): Promise<void>
    unlock(fd: number): void
  }
  export default native
}
