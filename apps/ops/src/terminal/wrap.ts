/**
 * A sentence in lines of at most `width` characters, those after the first behind `indent`. Line ends in it stay, and so do blanks at
 * the beginning of a line. A word that is longer than a line keeps to itself: a path is to be copied whole.
 */
export function wrap(text: string, width: number, indent = ''): string[] {
  return text.split('\n').flatMap((part) => {
    const [, blanks = '', words = ''] = /^( *)(.*)$/.exec(part) ?? []
    const lines: string[] = []
    let line = blanks
    for (const [i, word] of words.split(' ').entries()) {
      const longer = i === 0 || line === indent ? `${line}${word}` : `${line} ${word}`
      if (longer.length <= width || i === 0) line = longer
      else {
        lines.push(line)
        line = `${indent}${word}`
      }
    }
    return [...lines, line]
  })
}
