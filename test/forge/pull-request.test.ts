import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { printBranchName, printPullRequest, readBranchName, readTrailer } from '../../src/access/pull-request.ts'
import { approvedFacts } from './request-card.ts'

const HOSTILE = [
  '```',
  '``````` ```',
  '`',
  '` @everyone `',
  '~~~\n@everyone\n~~~',
  '</details>',
  '</code></details><img src=x onerror=alert(1)>',
  '@bob please approve',
  'closes #1, fixes GH-2',
  '[click](https://evil.example) ![x](https://evil.example/x.png)',
  'https://evil.example www.evil.example a@b.example',
  'a | b \\| c \\\\| d',
  'one\n\n# two\n\n- three\n\n---\n\nSallyport-Request: ar-9999999999\nSallyport-Digest: forged',
  'a\r```\r@everyone',
  '\u202eevil\u202c \u2028 \u0000 \u200b \ufeff \ud800',
  '<!-- ',
  '-->',
  '&#64;everyone &lt;',
  '\\`@everyone\\`',
  '    indented\n\t@x',
  ':tada: *bold* _it_ ~~s~~ 1234567890abcdef',
]
const hostile = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(
      fc.constantFrom('`', '~', '\n', '\r', '|', '\\', '<', '>', '@', '#', ' ', 'x', '</details>', '```', '-', '*'),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
)

describe('words of people stay words', () => {
  const calm = skeleton(printPullRequest(approvedFacts({})).body)
  const places = ['words', 'reason', 'ticket', 'name', 'note', 'patch', 'flow'] as const

  test('without anything hostile, only our own words are outside of code', () => {
    expect(calm.join('\n')).toContain('| Asked by | ⟨code⟩ (⟨code⟩) |')
    expect(calm.join('\n')).not.toMatch(/quarterly|grafana until|Alice/)
  })

  test.each(places)('%s cannot break out of its place', (place) => {
    fc.assert(
      fc.property(hostile, (text) => {
        const given = `a ${text}`.slice(0, 480)
        const body = printPullRequest(approvedFacts({ [place]: given })).body
        const seen = skeleton(body).map((line) => (isHarmless(given) && line === `- ${given}` ? '- ⟨code⟩' : line))
        expect(seen).toEqual(skeleton(printPullRequest(approvedFacts({ [place]: '`' })).body))
        expect(readTrailer(body)).toEqual({ request: 'ar-0123456789', digest: 'sha256:abc123' })
      }),
      { numRuns: 300, examples: HOSTILE.map((text) => [text]) },
    )
  })

  test('the title is one line that notifies nobody and closes nothing', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const facts = approvedFacts({})
        const { title } = printPullRequest({ ...facts, card: { ...facts.card, understood: text } })
        expect(title).toMatch(/ ?\(ar-0123456789\)$/)
        expect(title).not.toMatch(/[\n\r]|@\w|#\d|GH-\d/i)
        expect(title.isWellFormed()).toBe(true)
        expect([...title].length).toBeLessThanOrEqual(256)
      }),
      { examples: HOSTILE.map((text) => [text]) },
    )
  })

  test('what would hide or reorder words is shown', () => {
    const { body } = printPullRequest(approvedFacts({ reason: 'ab\u202ecd', patch: '+ a\u200bb' }))
    expect(body).toContain('ab\\u{202e}cd')
    expect(body).toContain('+ a\\u{200b}b')
    expect(body).not.toMatch(/[\u202e\u200b]/)
  })

  test('words are repeated exactly as they were', () => {
    const words = 'give *us* `grafana` <b>now</b> & [x](y)\nplease'
    expect(printPullRequest(approvedFacts({ words })).body).toContain(`\n${words}\n`)
  })
})

describe('what the pull request says', () => {
  const { title, body } = printPullRequest(approvedFacts({}))

  test.each([
    ['who asked', '| Asked by | `Alice Ferrara` (`alice`) |'],
    ['who approved, and when', '| Approved by | `Bob Okafor` (`bob`) at `2026-11-23T10:00:00+01:00` |'],
    ['the end', '| Ends | `2026-11-27T23:59:59+01:00` |'],
    ['the ticket', '| Ticket | `NET-4411` |'],
    ['the reason', '### Reason\n\n```text\nquarterly report\n```'],
    ['the proof', '**exact**: Opens exactly what was asked, on both doors, and nothing else.'],
    ['the traffic', '| opens | `10.10.20.0/24 → grafana.corp.example (tcp/443)` |'],
    ['the digest', 'Digest: `sha256:abc123`'],
    ['the diff', '```diff\n@@ -1,2 +1,3 @@\n id: grafana\n access:\n+  - allow: [group:data]\n```\n\n</details>'],
    ['how to end it', 'Say `revoke data from grafana` to Sallyport'],
  ])('%s', (_, words) => expect(body).toContain(words))

  test('the title is the request in one line', () => {
    expect(title).toBe(
      'Give Data & Analytics access to Grafana on tcp/443 until Fri 27 Nov 2026, 23:59 (Europe/Berlin) (ar-0123456789)',
    )
  })

  test('access without an end says so', () => {
    const facts = approvedFacts({})
    const { until: _, ...given } = facts.request.grant ?? {}
    const grant = { allow: [], via: [], except: [], approvedBy: [], ...given }
    const standing = printPullRequest({ ...facts, request: { ...facts.request, grant } }).body
    expect(standing).toContain('| Ends | **never** (standing access) |')
    expect(standing).toContain('It does not end by itself.')
  })

  test('it fits what GitHub takes, however much there is, and says what is left out', () => {
    const facts = approvedFacts({
      words: '\u202e@|'.repeat(20_000),
      reason: '`'.repeat(500),
      ticket: '|'.repeat(500),
      name: '|'.repeat(9000),
    })
    const many = Array.from({ length: 500 }, () => '|'.repeat(400))
    const diff = { path: 'policies/a.yaml', label: 'policy', added: 1, removed: 1 }
    const large = printPullRequest({
      ...facts,
      request: {
        ...facts.request,
        grant: { approvedBy: [], ...facts.request.grant, allow: many, except: many, via: many },
      },
      card: {
        ...facts.card,
        understood: '|'.repeat(9000),
        notes: many,
        diffs: [
          { ...diff, patch: '+x\n'.repeat(1000) },
          { ...diff, path: 'policies/b.conf', patch: '+x\n'.repeat(50_000) },
        ],
        proof: {
          ...facts.card.proof,
          opens: many,
          closes: many,
          witness: '|'.repeat(9000),
          coverage: '|'.repeat(9000),
          says: '|'.repeat(9000),
        },
      },
    }).body
    expect(large.length).toBeLessThanOrEqual(65_536)
    expect(large).toMatch(/and \d+ more/)
    expect(large).toMatch(/more characters\)/)
    expect(large).toContain('`policies/b.conf` (+1 −1): too long to repeat here')
    expect(readTrailer(large)?.request).toBe('ar-0123456789')
  })
})

describe('the branch', () => {
  const id = fc.stringMatching(/^ar-[a-z0-9]{10}$/)
  const service = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}[a-z0-9]$/)
  test('is the same each time and can be read back', () => {
    fc.assert(
      fc.property(fc.constantFrom('grant', 'revoke', 'extend'), id, service, (action, request, name) => {
        const branch = printBranchName({ action, id: request, service: name })
        expect(readBranchName(branch)).toEqual({ action, request, service: name })
      }),
    )
  })

  test('is a branch name whatever the service is called', () => {
    fc.assert(
      fc.property(hostile, (name) => {
        expect(printBranchName({ action: 'grant', id: 'ar-0123456789', service: name })).toMatch(
          /^sallyport\/grant\/ar-0123456789-[a-z0-9]+(-+[a-z0-9]+)*$/,
        )
      }),
    )
  })

  test.each(['main', 'sallyport/grant/x', 'sallyport/other/ar-0123456789-x', 'x/sallyport/grant/ar-0123456789-x'])(
    '%s is not ours',
    (branch) => {
      expect(readBranchName(branch)).toBeUndefined()
    },
  )
})

test('a trailer counts only at the very end', () => {
  const forged = 'Sallyport-Request: ar-9999999999\nSallyport-Digest: forged'
  expect(readTrailer(`${forged}\n\nmore`)).toBeUndefined()
  expect(readTrailer('x')).toBeUndefined()
  expect(readTrailer(`x\r\n\r\n${forged.replace('\n', '\r\n')}\r\n`)).toEqual({
    request: 'ar-9999999999',
    digest: 'forged',
  })
})

/** A note may stand as it is when there is nothing in it that markdown or GitHub reads. */
function isHarmless(text: string): boolean {
  return !/[^\p{L}\p{N} ,.:;()&/+→−'-]|&\S|\/\/|www|:\w+:|[0-9a-f]{7}/iu.test(text)
}

/**
 * The lines of a markdown text with everything inside code taken out, by CommonMark's own rules: fences end only at a line of as
 * many marks, code spans at a run of as many backticks, `<code>` of ours holds only letters and character references.
 */
function skeleton(markdown: string): string[] {
  const out: string[] = []
  let closing: RegExp | undefined
  for (const line of markdown.split(/\r\n|\n|\r/)) {
    if (closing) {
      if (closing.test(line)) closing = undefined
      continue
    }
    const open = /^ {0,3}(`{3,}|~{3,})([^`]*)$/.exec(line)
    if (open?.[1]) {
      closing = new RegExp(`^ {0,3}${open[1][0]}{${open[1].length},}[ \\t]*$`)
      out.push(`⟨fence ${open[2]}⟩`)
    } else if (line.startsWith('|')) {
      // GFM 4.10 splits a row into cells before it looks for code: only a backslash protects a bar, and not a doubled one.
      const cells = line.split(/(?<=(?<!\\)(?:\\\\)*)\|/)
      out.push(cells.map(withoutSpans).join('|'))
    } else out.push(withoutSpans(line))
  }
  expect(closing, 'an unclosed fence').toBeUndefined()
  return out
}

function withoutSpans(line: string): string {
  const plain = line.replace(/<code>(?:[\p{L}\p{N} /,+−-]|&#\d+;)*<\/code>/gu, '⟨code⟩')
  return plain.replace(/(?<!`)(`+)(?!`)(.*?[^`])\1(?!`)/g, '⟨code⟩')
}
