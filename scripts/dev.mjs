#!/usr/bin/env node
// What every root script runs. It needs only Node.js >= 20.10 and npm, and brings the rest itself.
// This file keeps to syntax that a much older Node.js can read, so that it can say it is too old.
const version = process.versions.node.split('.').map(Number)
if (version[0] < 20 || (version[0] === 20 && version[1] < 10)) {
  console.error(
    'dev: this is Node.js ' + process.versions.node + ', and 20.10 or later is needed to set up;',
    'install a current Node.js and run this again',
  )
  process.exit(1)
}
void import('./dev/tasks.mjs').then(({ runTask }) =>
  runTask(process.argv[2], process.argv.slice(3)),
)
