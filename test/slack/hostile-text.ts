import fc from 'fast-check'

/** Text as nobody should write it: control sequences, markup, entities, direction marks, anything, short and very long. */
export function hostileText(): fc.Arbitrary<string> {
  const nasty = fc.constantFrom(
    '<!channel>',
    '<!here|x>',
    '<@U0BOB>',
    '<https://evil.example|grafana>',
    '&',
    '&lt;!everyone&gt;',
    '<',
    '>',
    '```',
    '`',
    '*bold*',
    '_x_',
    '\n',
    '\r\n',
    '\u202E',
    '\0',
    '\uD83D',
    '\u{1F511}',
    ' ',
    '|',
    '… 3 more',
    '"}],"blocks":[',
  )
  const piece = fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 30 }), fc.string({ maxLength: 60 }))
  const short = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
  const long = fc
    .tuple(short, fc.integer({ min: 1, max: 400 }))
    .map(([text, times]) => text.repeat(times).slice(0, 20_000))
  return fc.oneof({ weight: 4, arbitrary: short }, { weight: 1, arbitrary: long })
}
