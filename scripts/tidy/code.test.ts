import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOnly, withoutComments } from './code.ts'

const blanked = (text: string): string => codeOnly(text).replaceAll(/ +/g, ' ').trim()

describe('code without its comments and literals', () => {
  it.each([
    ['a // b', 'a'],
    ['a /* b\n */ c', 'a \n c'],
    ["f('Date.now') + g", "f(' ') + g"],
    ['"it\\"s" + a', '" " + a'],
    ["'// no' + a", "' ' + a"],
    ['`a ${b + `c ${d}` } e` + f', '` ${b + ` ${d}` } ` + f'],
    ['`${{ a: 1 }.a} b`', '`${{ a: 1 }.a} `'],
    ['x = /[/"]\\/ab/.test(y)', 'x = / /.test(y)'],
    ['a / b / c // d', 'a / b / c'],
    ['return /"/', 'return / /'],
  ])('keeps the code of %s', (text, code) => {
    expect(blanked(text)).toBe(code)
  })

  it('leaves literals alone when only comments are to go', () => {
    expect(withoutComments("import 'x' // y").trim()).toBe("import 'x'")
  })

  it('keeps every line and column of any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'a`\'"/*\\${}\n#[ '.split('')) }),
        (text) => {
          const code = codeOnly(text)
          expect(code.length).toBe(text.length)
          for (let i = 0; i < text.length; i += 1) expect([text[i], ' ']).toContain(code[i])
          expect(code.split('\n').length).toBe(text.split('\n').length)
        },
      ),
    )
  })
})
