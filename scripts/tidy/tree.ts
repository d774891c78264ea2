/** The files of a repository: paths with forward slashes from its root, and their texts. */
export type Tree = ReadonlyMap<string, string>

export interface Problem {
  readonly path: string
  /** Counted from 1. */
  readonly line: number
  readonly rule: string
  /** What is wrong, and what to do instead. */
  readonly message: string
}

export type Rule = (tree: Tree) => Problem[]

/** What `tidy` reads of a package.json. */
export interface Manifest {
  readonly name?: string
  readonly private?: boolean
  readonly type?: string
  readonly license?: string
  readonly sideEffects?: boolean
  readonly engines?: { readonly node?: string }
  readonly files?: readonly string[]
  readonly repository?: { readonly directory?: string }
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export const lineAt = (text: string, index: number): number =>
  text.slice(0, index).split('\n').length

/** The line of the first place where `part` stands in `text`; 1 if it stands nowhere. */
export const lineOf = (text: string, part: string): number =>
  lineAt(text, Math.max(0, text.indexOf(part)))

/** `packages/x` or `apps/x` for a file of a package or an app; its first folder for any other. */
export function workspaceOf(path: string): string {
  const [first = '', second = ''] = path.split('/')
  return first === 'packages' || first === 'apps' ? `${first}/${second}` : first
}

/** Source files that a program is made of, in any workspace or in scripts. */
export function sources(tree: Tree): [path: string, text: string][] {
  return [...tree].filter(([path]) =>
    /^(packages|apps|examples|bench|scripts)\/.*\.(ts|mjs)$/.test(path),
  )
}

/** Holds what the tests of several packages need. It is never published. */
export const TEST_KIT = '@holdfast/test-kit'

/** Tests, the programs only tests start, and what several of them need. */
export const isTest = (path: string): boolean =>
  /\.(test|fixture)\.(ts|mjs)$/.test(path) || workspaceOf(path) === 'packages/test-kit'

export const isShipped = (path: string): boolean =>
  /^(packages|apps)\/[^/]+\/src\//.test(path) && !isTest(path)

export function manifests(tree: Tree): [path: string, text: string, manifest: Manifest][] {
  return [...tree]
    .filter(([path]) => /^((packages|apps)\/[^/]+\/|examples\/|bench\/)?package\.json$/.test(path))
    .map(([path, text]) => [path, text, JSON.parse(text) as Manifest])
}
