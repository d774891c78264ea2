/** A process that says what it is told. When its input has ended, it says half a line, complains, and ends with 3. */
process.stdin.pipe(process.stdout, { end: false })
process.stdin.on('end', () => {
  process.stdout.write('{"half":')
  process.stderr.write('it was cut off')
  process.exitCode = 3
})
