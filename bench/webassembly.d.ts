/** As much of WebAssembly as `linucb-probe.ts` uses: the types of Node.js leave it to those of browsers. */
declare namespace WebAssembly {
  const Module: new (bytes: Uint8Array) => object
  class Memory {
    constructor(size: { readonly initial: number; readonly maximum: number })
    readonly buffer: ArrayBuffer
  }
  class Instance {
    constructor(module: object, imports: { readonly env: { readonly memory: Memory } })
    readonly exports: Readonly<Record<string, unknown>>
  }
}
