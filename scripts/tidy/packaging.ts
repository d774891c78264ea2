import {
  lineOf,
  manifests,
  TEST_KIT,
  workspaceOf,
  type Manifest,
  type Problem,
  type Tree,
} from './tree.ts'

const RUN_AT_INSTALL = ['preinstall', 'install', 'postinstall', 'prepare']

/** What every package.json says, and that installing one of our packages runs nothing. */
export function packaging(tree: Tree): Problem[] {
  return manifests(tree).flatMap(([path, text, manifest]) => {
    const isRoot = path === 'package.json'
    const wrong = [
      ...everywhere(manifest),
      ...(manifest.private === true ? [] : published(manifest, workspaceOf(path))),
      ...(isRoot ? [] : versions(manifest)),
    ]
    return wrong.map(([key, message]) => ({
      path,
      line: lineOf(text, `"${key}"`),
      rule: 'manifest',
      message,
    }))
  })
}

type Wrong = [key: string, message: string]

function everywhere(manifest: Manifest): Wrong[] {
  const wrong: Wrong[] = []
  if (manifest.type !== 'module') wrong.push(['type', 'needs "type": "module"'])
  if (manifest.license !== 'MIT') wrong.push(['license', 'needs "license": "MIT"'])
  if (manifest.engines?.node === undefined) {
    wrong.push(['engines', 'needs "engines": { "node": ... }, the oldest Node.js it is tested on'])
  }
  for (const name of RUN_AT_INSTALL.filter((name) => manifest.scripts?.[name] !== undefined)) {
    wrong.push([name, `"${name}" would run when someone installs it; do it when it is built`])
  }
  return wrong
}

function published(manifest: Manifest, workspace: string): Wrong[] {
  const wrong: Wrong[] = []
  if (manifest.sideEffects !== false) wrong.push(['sideEffects', 'needs "sideEffects": false'])
  if (manifest.files?.includes('dist') !== true) wrong.push(['files', 'needs "files" with "dist"'])
  if (manifest.repository?.directory !== workspace) {
    wrong.push(['repository', `needs "repository" with "directory": "${workspace}"`])
  }
  if ({ ...manifest.dependencies, ...manifest.peerDependencies }[TEST_KIT] !== undefined) {
    wrong.push([TEST_KIT, `${TEST_KIT} is never published; move it to "devDependencies"`])
  }
  if (manifest.exports?.['.'] === undefined) wrong.push(['exports', 'needs "exports" with "."'])
  for (const [name, entry] of Object.entries(manifest.exports ?? {})) {
    if (typeof entry !== 'string' && Object.keys(entry)[0] !== 'types') {
      wrong.push([
        name,
        `the export "${name}" needs "types" first: the first that matches is taken`,
      ])
    }
  }
  return wrong
}

function versions(manifest: Manifest): Wrong[] {
  const { dependencies, devDependencies, optionalDependencies } = manifest
  const all = { ...dependencies, ...devDependencies, ...optionalDependencies }
  return Object.entries(all).flatMap(([name, version]): Wrong[] => {
    const wanted = name.startsWith('@holdfast/') ? 'workspace:^' : 'catalog:'
    if (version === wanted) return []
    return [[name, `${name} is "${version}"; write "${wanted}"`]]
  })
}
