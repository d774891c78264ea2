/** Why a line of a run file is not a run. */
export type RunLineProblemKind =
  /** Other characters than the digits 0 to 9, such as a sign, a point or `²`. */
  | 'not-digits'
  /** Bytes that are not UTF-8. */
  | 'bad-bytes'
  /** A number above 2⁵³ − 1. */
  | 'too-large'
  /** More than 64 bytes without white space. */
  | 'too-long'
  /** A byte order mark. It was passed over, and the line counts. */
  | 'byte-order-mark'

/** What is wrong with one line. */
export interface RunLineProblem {
  /** From 1. */
  readonly line: number
  readonly kind: RunLineProblemKind
  /** The line, or its beginning. */
  readonly text: string
}

/** The most problems that are listed. All are counted. */
const MOST_PROBLEMS = 1000
/** No run is longer; the rest of such a line is not kept. */
const MOST_BYTES = 64
const [TAB, LINE_FEED, CARRIAGE_RETURN, SPACE] = [9, 10, 13, 32]
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

const isSpace = (byte: number): boolean =>
  byte === SPACE || (byte >= TAB && byte <= CARRIAGE_RETURN)

/**
 * Reads runs, one a line, out of bytes that come in pieces. A line counts if it is made of digits 0 to 9, white space around it aside. Lines
 * end as on any system; empty ones are nothing. It keeps no more of a line than it needs, however long the line is.
 */
export class RunLines {
  readonly runs: number[] = []
  /** The first thousand. */
  readonly problems: RunLineProblem[] = []
  /** All. */
  problemCount = 0
  #line = 1
  /** The line's first bytes, white space before them left out. */
  readonly #bytes: Buffer = Buffer.alloc(MOST_BYTES)
  /** How many bytes it has, up to its last that is not white space. */
  #length = 0
  /** How many it has with the white space after that. */
  #reach = 0
  #afterReturn = false

  take(chunk: Uint8Array): void {
    for (const byte of chunk) {
      // Return and line feed in a row end one line.
      const isSecond = byte === LINE_FEED && this.#afterReturn
      this.#afterReturn = byte === CARRIAGE_RETURN
      if (isSecond) continue
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN) this.#endLine()
      else this.#takeByte(byte)
    }
  }

  /** Ends the last line, which may have no line end. */
  end(): void {
    this.#endLine()
  }

  #takeByte(byte: number): void {
    const isBlank = isSpace(byte)
    if (isBlank && this.#reach === 0) return
    if (this.#reach < MOST_BYTES) this.#bytes[this.#reach] = byte
    this.#reach += 1
    if (!isBlank) this.#length = this.#reach
  }

  #endLine(): void {
    let bytes = this.#bytes.subarray(0, Math.min(this.#length, MOST_BYTES))
    if (this.#line === 1 && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK)) {
      this.#report('byte-order-mark', '\\ufeff')
      bytes = bytes.subarray(3)
      while (bytes.length > 0 && isSpace(bytes[0]!)) bytes = bytes.subarray(1)
    }
    if (bytes.length > 0) this.#judge(bytes)
    this.#line += 1
    this.#length = 0
    this.#reach = 0
  }

  #judge(bytes: Buffer): void {
    const text = bytes.toString('utf8')
    const number = Number(text)
    const isTooLong = this.#length > MOST_BYTES
    if (isTooLong) this.#report('too-long', `${text}…`)
    else if (text.includes('\ufffd')) this.#report('bad-bytes', text)
    else if (!/^[0-9]+$/.test(text)) this.#report('not-digits', text)
    else if (!Number.isSafeInteger(number)) this.#report('too-large', text)
    else this.runs.push(number)
  }

  #report(kind: RunLineProblemKind, text: string): void {
    this.problemCount += 1
    if (this.problems.length < MOST_PROBLEMS) this.problems.push({ line: this.#line, kind, text })
  }
}
