import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { REQUEST_STATES, type RequestState } from '../../src/access/access-request.ts'
import { ProofSummary } from '../../src/access/card-facts.ts'
import type { RequestCard } from '../../src/access/request-card.ts'
import type { Answer } from '../../src/drift/answer.ts'
import type { Clarification, Message } from '../../src/ports.ts'
import { readCardBlock } from '../../src/slack/cards.ts'
import { readQuestionBlock } from '../../src/slack/clarifications.ts'
import { printHome } from '../../src/slack/home.ts'
import { printMessage } from '../../src/slack/layout.ts'
import { checkLimits, clickable, textsOf } from './block-limits.ts'
import { CARD, REQUEST } from './connect.ts'
import { hostileText } from './hostile-text.ts'

const card = (about: Partial<RequestCard>, request: Partial<RequestCard['request']> = {}) =>
  checkLimits(printMessage({ kind: 'card', card: { ...CARD, ...about, request: { ...REQUEST, ...request } } }).blocks)
const whole = (message: Message) => textsOf(checkLimits(printMessage(message).blocks)).join('\n')

describe('the card', () => {
  test('reads from who to what, through the proof, to the buttons', () => {
    const blocks = card({})
    expect(blocks[0]).toMatchObject({ type: 'header', text: { text: 'data → grafana' } })
    const text = textsOf(blocks).join('\n')
    expect(text).toContain('Give Data &amp; Analytics access to Grafana')
    expect(text).toContain('✓ *Proved.* Opens exactly what was asked, on both doors.')
    expect(text).toContain(
      '• `10.10.20.0/24 → grafana.corp.example (tcp/443) until 27 Nov 2026, 23:59`\nNothing else opens',
    )
    expect(text).toContain(
      '*edge-fw*  +1 −0  `policies/devices/edge-fw.conf`\n```\n@@ -1,2 +1,3 @@\n edit 12\n+    set name "&lt;x&gt;"\n next\n```',
    )
    expect(text).toContain('*May approve:* <@U0TOM> <@U0KOFI>')
    expect(text).toContain('ines asked: “@U0BOT give the data team access to grafana &amp; @channel”')
    expect(clickable(blocks)).toEqual(['approve: Approve', 'deny: Deny', 'edit: Edit', 'cancel: Cancel'])
  })

  test('the buttons carry the request, and the proof that was looked at', () => {
    const buttons = card({}).find((block) => block.type === 'actions')
    expect(readCardBlock(buttons?.block_id ?? '')).toEqual({ request: REQUEST.id, digest: REQUEST.digest })
    expect(buttons?.elements).toMatchObject([
      { value: REQUEST.id, style: 'primary', accessibility_label: 'Approve data → grafana' },
      { value: REQUEST.id, style: 'danger' },
      { value: REQUEST.id },
      { value: REQUEST.id },
    ])
    expect(readCardBlock('question:x')).toBeUndefined()
    expect(readCardBlock('request:nonsense:d')).toBeUndefined()
  })

  test('there are buttons and pings only while it waits and can be approved', () => {
    for (const state of REQUEST_STATES) {
      for (const approvable of [true, false]) {
        const blocks = card({ approvable }, { state })
        const open = state === 'waiting' && approvable
        const confirm = state === 'unconfirmed' ? ['confirm: Confirm', 'edit: Edit', 'cancel: Cancel'] : []
        const decide = ['approve: Approve', 'deny: Deny', 'edit: Edit', 'cancel: Cancel']
        expect(clickable(blocks)).toEqual(open ? decide : confirm)
        expect(textsOf(blocks).join('').includes('<@U0TOM>')).toBe(open)
      }
    }
  })

  test('what its requester has to look at stands above everything else until they confirm, and among the notes afterwards', () => {
    const check = ['Nobody said how long, so <it> lasts 7 days.']
    const notes = [...check, 'The firewall counts in minutes.']
    const texts = (state: RequestState) => textsOf(card({ notes }, { state, check }))
    const [, first] = texts('unconfirmed')
    expect(first).toBe('*Please check*\n• Nobody said how long, so &lt;it&gt; lasts 7 days.')
    expect(texts('unconfirmed')).toContain('*Notes*\n• The firewall counts in minutes.')
    expect(texts('waiting').join('\n')).not.toContain('Please check')
    expect(texts('waiting').join('\n')).toContain('*Notes*\n• Nobody said how long')
  })

  test('what takes something away, or sets up a service, has nothing to edit', () => {
    for (const action of ['revoke', 'onboard'] as const)
      expect(clickable(card({}, { action }))).toEqual(['approve: Approve', 'deny: Deny', 'cancel: Cancel'])
  })

  test('only a proof that holds gets a tick, and only an exact one says that nothing else opens', () => {
    for (const verdict of ProofSummary.shape.verdict.options) {
      const text = textsOf(card({ proof: { ...CARD.proof, verdict, witness: '10.0.0.1 → db' } })).join('\n')
      const holds = verdict === 'exact' || verdict === 'already-open'
      expect(/^✓ \*/m.test(text)).toBe(holds)
      expect(/^✗ \*/m.test(text)).toBe(!holds)
      expect(text.includes('Nothing else opens')).toBe(verdict === 'exact')
      expect(text).toContain('For example: `10.0.0.1 → db`')
    }
  })

  test('after a decision it says who and when, with the reason and the pull request', () => {
    const at = '2026-11-23T11:00:00+01:00'
    const approved = { state: 'approved', decided: { by: 'bob', at }, approvals: [{ by: 'bob', at }] } as const
    expect(
      textsOf(card({ status: 'Approved by Bob Okafor' }, { ...approved, approvals: [...approved.approvals] })),
    ).toContain('✓ *Approved by Bob Okafor* · <!date^1795428000^{date_short_pretty}, {time}|2026-11-23T11:00:00+01:00>')
    const denied = card(
      { status: 'Denied by Bob Okafor' },
      { state: 'denied', decided: { by: 'bob', at, reason: 'too <wide>' } },
    )
    expect(textsOf(denied).join('\n')).toContain('\n> too &lt;wide&gt;')
    const merged = card(
      { status: 'Merged: open until Friday' },
      {
        state: 'merged',
        approvals: [{ by: 'bob', at }],
        pullRequest: { number: 7, url: 'https://github.example/o/r/pull/7' },
      },
    )
    const text = textsOf(merged).join('\n')
    expect(text).toContain('✓ *Merged: open until Friday* · <!date^1795428000^')
    expect(text).toContain('<https://github.example/o/r/pull/7|Pull request #7>')
  })

  test('a long diff says how many lines are left out, and where they are', () => {
    const patch = `@@ -1,0 +1,900 @@\n${Array.from({ length: 900 }, (_, n) => `+line ${n} <&>`).join('\n')}\n`
    const long = { path: 'policies/devices/edge-fw.conf', label: 'edge-fw', patch, added: 900, removed: 0 }
    const shownOf = (text: string) => (text.match(/\n\+line /g) ?? []).length
    const text = textsOf(card({ diffs: [long] })).find((it) => it.startsWith('*edge-fw*')) ?? ''
    const left = Number(/… (\d+) more lines, the command below shows them/.exec(text)?.[1])
    expect(shownOf(text)).toBeGreaterThan(50)
    expect(shownOf(text) + left).toBe(900)
    const pullRequest = { number: 7, url: 'https://github.example/7' }
    expect(textsOf(card({ diffs: [long] }, { pullRequest })).join('\n')).toMatch(
      /… \d+ more lines, see the pull request/,
    )
    expect(textsOf(card({ diffs: Array.from({ length: 9 }, () => long) })).join('\n')).toContain(
      '… 3 more files, the command below shows them',
    )
  })
})

describe('the answer', () => {
  const answer: Answer = {
    headline: 'payments is unreachable from hq-data',
    verdict: 'unreachable',
    findings: [
      {
        says: 'edge-fw denies 10.10.30.0/24 before the door.',
        traces: [{ device: 'edge-fw', file: 'edge-fw (live)', line: 418, says: 'edit 12' }],
        remedy: 'Ask for access to payments.',
      },
    ],
    unseen: ['edge-lb did not answer.'],
    reproduce: 'npm run -s sallyport -- explain --from hq-data --to payments',
  }

  test('says what is so, cites its lines, and what to do', () => {
    const text = whole({ kind: 'answer', answer })
    expect(text).toContain('✗ *payments is unreachable from hq-data*')
    expect(text).toContain(
      'edge-fw denies 10.10.30.0/24 before the door.\n• `edge-fw (live):418` `edit 12`\n→ *Ask for access to payments.*',
    )
    expect(text).toContain('*Not seen*\n• edge-lb did not answer.')
    expect(text).toContain('`npm run -s sallyport -- explain --from hq-data --to payments`')
  })

  test('counts the findings and lines it has no room for', () => {
    const [finding] = answer.findings
    if (!finding) throw new Error('no finding')
    const traces = Array.from({ length: 30 }, (_, n) => ({
      device: 'd',
      file: 'f.conf',
      line: n + 1,
      says: 'x'.repeat(300),
    }))
    const many = whole({ kind: 'answer', answer: { ...answer, findings: Array.from({ length: 80 }, () => finding) } })
    const shown = many.match(/edge-fw denies/g)?.length ?? 0
    expect(many).toContain(`… ${80 - shown} more findings, the command below shows them`)
    const one = whole({ kind: 'answer', answer: { ...answer, findings: [{ ...finding, traces }] } })
    const cited = one.match(/`f\.conf:\d+`/g)?.length ?? 0
    expect(one).toContain(`… ${30 - cited} more lines, the command below shows them`)
  })
})

describe('the question', () => {
  type Asked = Clarification['questions'][number]
  const choices = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ value: `service:${n}`, label: `Grafana <${n}> & co` }))
  const question = (count: number, about: Partial<Asked> = {}): Asked => ({
    part: 'service',
    question: 'Which grafana do you mean?',
    options: choices(count),
    ...about,
  })
  const asked = (...questions: Asked[]) =>
    checkLimits(printMessage({ kind: 'clarify', clarification: { id: 'q1', questions } }).blocks)

  test('has a button for each of a few, a menu for more, and says what a menu cannot hold', () => {
    expect(clickable(asked(question(2)))).toEqual(['answer:0: Grafana ‹0› & co', 'answer:1: Grafana ‹1› & co'])
    expect(clickable(asked(question(5)))).toHaveLength(5)
    expect(clickable(asked(question(6)))).toEqual(['answer:menu: 6'])
    const many = asked(question(130))
    expect(clickable(many)).toEqual(['answer:menu: 100'])
    expect(textsOf(many).join('\n')).toContain('… 30 more')
    expect(clickable(asked(question(0)))).toEqual([])
  })

  test('whatever else there is stands in a menu beside the buttons, and a day can be picked', () => {
    const others = choices(130).map(({ label, value }) => ({ label, value: `other-${value}` }))
    expect(clickable(asked(question(1, { others, day: true })))).toEqual([
      'answer:0: Grafana ‹0› & co',
      'answer:menu: 100',
      'answer:day: a day',
    ])
  })

  test('two questions stand in one message; what is answered has nothing to press', () => {
    const two = asked(question(2, { part: 'subject', answered: 'the group <Data>' }), question(2))
    expect(clickable(two)).toHaveLength(2)
    expect(textsOf(two).join('\n')).toContain('✓ *Which grafana do you mean?* the group &lt;Data&gt;')
    const done = asked(question(2, { answered: 'Grafana' }))
    expect(clickable(done)).toEqual([])
    expect(textsOf(done).join('\n')).not.toContain('can answer')
  })

  test('what is closed says why and has nothing to press', () => {
    const clarification = { id: 'q1', questions: [question(2)], closed: 'Nobody answered in time.' }
    const blocks = checkLimits(printMessage({ kind: 'clarify', clarification }).blocks)
    expect(clickable(blocks)).toEqual([])
    expect(textsOf(blocks).join('\n')).toContain('Nobody answered in time.')
  })

  test('never cuts a value: what is too long to carry is asked for in words', () => {
    const blocks = asked(question(0, { options: [{ value: 'x'.repeat(2001), label: 'Long <one>' }] }))
    expect(clickable(blocks)).toEqual([])
    expect(textsOf(blocks).join('\n')).toContain('• Long &lt;one&gt;')
  })

  test('an option comes back with its question and the part of it', () => {
    const actions = asked(question(2)).find((block) => block.type === 'actions')
    expect(readQuestionBlock(actions?.block_id ?? '')).toEqual({ id: 'q1', part: 'service' })
    expect(actions?.elements[1]).toMatchObject({ value: 'service:1' })
  })
})

describe('notes and home', () => {
  test('a long note goes on in further sections and loses no line unsaid', () => {
    const lines = Array.from({ length: 600 }, (_, n) => `line ${n} of many, many lines`)
    const blocks = checkLimits(printMessage({ kind: 'note', text: lines.join('\n'), about: REQUEST.id }).blocks)
    const text = textsOf(blocks).join('\n')
    const shown = text.match(/of many, many lines/g)?.length ?? 0
    expect(shown).toBeGreaterThan(300)
    expect(text).toContain(`… ${600 - shown} more lines that do not fit`)
    expect(text).toContain(`\`${REQUEST.id}\``)
  })

  test('a note that calls somebody mentions them and nobody else', () => {
    const note = { kind: 'note', text: 'Alice <!channel> confirmed this.', calls: ['U0TOM', '<!here>'] } as const
    const texts = textsOf(checkLimits(printMessage(note).blocks))
    expect(texts).toEqual(['Alice &lt;!channel&gt; confirmed this.', '<@U0TOM> &lt;!here&gt;'])
  })

  test('the home tab has buttons where something can be approved, with the proof they stand for', () => {
    const entry = {
      request: REQUEST.id,
      line: 'data → grafana',
      detail: 'asked by Alice',
      approvable: true,
      digest: 'd9',
    }
    const blocks = checkLimits(printHome({ awaitingMe: [entry], mine: [] }).blocks, 100)
    expect(clickable(blocks)).toEqual(['approve: Approve', 'deny: Deny'])
    const actions = blocks.find((block) => block.type === 'actions')
    expect(readCardBlock(actions?.block_id ?? '')).toEqual({ request: REQUEST.id, digest: 'd9' })
    expect(textsOf(blocks)).toContain('You have asked for nothing yet.')
    const many = Array.from({ length: 300 }, (_, n) => ({ ...entry, request: `ar-${String(n).padStart(10, '0')}` }))
    expect(textsOf(checkLimits(printHome({ awaitingMe: many, mine: many }).blocks, 100)).join('\n')).toContain(
      '… 278 more',
    )
  })
})

describe('whatever they say, messages keep Slack’s limits', () => {
  const text = hostileText()
  const lines = fc.array(text, { maxLength: 30 })
  const diff = fc.record({ path: text, label: text, patch: text, added: fc.nat(), removed: fc.nat() })
  const anyCard: fc.Arbitrary<Message> = fc
    .record({
      understood: text,
      notes: lines,
      narrower: lines,
      status: text,
      reproduce: text,
      approvable: fc.boolean(),
      approvers: fc.array(fc.oneof(text, fc.constant('U0BOB')), { maxLength: 40 }),
      diffs: fc.array(diff, { maxLength: 9 }),
      says: text,
      witness: text,
      coverage: text,
      opens: lines,
      closes: lines,
      words: text,
      requester: text,
      service: text,
      digest: text,
      reason: text,
      url: fc.oneof(text, fc.webUrl()),
      state: fc.constantFrom(...REQUEST_STATES),
      verdict: fc.constantFrom(...ProofSummary.shape.verdict.options),
      at: fc.oneof(text, fc.constant('2026-11-23T10:00:00+01:00')),
    })
    .map((it) => ({
      kind: 'card',
      card: {
        understood: it.understood,
        notes: it.notes,
        narrower: it.narrower,
        status: it.status,
        reproduce: it.reproduce,
        approvable: it.approvable,
        approvers: it.approvers,
        diffs: it.diffs,
        proof: {
          verdict: it.verdict,
          says: it.says,
          witness: it.witness,
          coverage: it.coverage,
          opens: it.opens,
          closes: it.closes,
          digest: it.digest,
        },
        request: {
          ...REQUEST,
          words: it.words,
          requester: it.requester,
          service: it.service,
          digest: it.digest,
          state: it.state,
          approvals: [{ by: it.requester, at: it.at }],
          decided: { by: it.requester, at: it.at, reason: it.reason },
          pullRequest: { number: 1, url: it.url },
        },
      },
    }))
  const anyAnswer: fc.Arbitrary<Message> = fc
    .record({
      headline: text,
      verdict: fc.constantFrom('reachable', 'unreachable', 'depends', 'drifted', 'in-step', 'unknown'),
      findings: fc.array(
        fc.record({
          says: text,
          traces: fc.array(fc.record({ device: text, file: text, line: fc.nat(), says: text }), { maxLength: 20 }),
          remedy: text,
        }),
        { maxLength: 40 },
      ),
      unseen: lines,
      reproduce: text,
    })
    .map((answer) => ({ kind: 'answer', answer }))
  const options = fc.array(fc.record({ value: fc.oneof(text, fc.uuid()), label: text }), { maxLength: 120 })
  const anyAsked = fc.record(
    {
      part: fc.oneof(text, fc.constant('subject')),
      question: text,
      options,
      others: options,
      day: fc.boolean(),
      answered: text,
    },
    { requiredKeys: ['part', 'question', 'options'] },
  )
  const anyQuestion: fc.Arbitrary<Message> = fc
    .record({
      id: fc.oneof(text, fc.uuid()),
      understood: text,
      questions: fc.tuple(anyAsked, anyAsked).map(([one, two]) => [one, { ...two, part: `${one.part}x`.slice(-20) }]),
      closed: text,
    })
    .map((clarification) => ({ kind: 'clarify', clarification }))
  const anyNote: fc.Arbitrary<Message> = fc.record({ text, about: text }).map((note) => ({ kind: 'note', ...note }))

  const check = (message: Message) => {
    const { blocks, text: fallback } = printMessage(message)
    checkLimits(blocks)
    expect(fallback.length).toBeGreaterThan(0)
    expect(fallback.length).toBeLessThanOrEqual(3000)
    expect(fallback).not.toMatch(/[<>]/)
  }
  const kinds = { card: anyCard, answer: anyAnswer, question: anyQuestion, note: anyNote }
  for (const [kind, messages] of Object.entries(kinds)) {
    test(`every ${kind}`, () => fc.assert(fc.property(messages, check), { numRuns: 150 }))
  }
  test('every home tab', () => {
    const entry = fc.record({
      request: fc.stringMatching(/^ar-[a-z0-9]{10}$/),
      line: text,
      detail: text,
      approvable: fc.boolean(),
      digest: text,
    })
    const home = fc.record({
      awaitingMe: fc.uniqueArray(entry, { maxLength: 60, selector: (it) => it.request }),
      mine: fc.array(entry, { maxLength: 60 }),
    })
    fc.assert(
      fc.property(home, (it) => void checkLimits(printHome(it).blocks, 100)),
      { numRuns: 50 },
    )
  })
})
