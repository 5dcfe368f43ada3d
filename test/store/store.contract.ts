import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AccessRequest, REQUEST_STATES } from '../../src/access/access-request.ts'
import { Fault } from '../../src/evidence/fault.ts'
import type { Store } from '../../src/ports.ts'

/** What every store must do, whatever it keeps things in. */
export function storeContract(open: () => Promise<Store & { schemaVersion: number }>): void {
  let store: Store & { schemaVersion: number }
  beforeAll(async () => {
    store = await open()
  }, 60_000)
  afterAll(() => store?.close())

  const waiting = async (about: Partial<AccessRequest> = {}) => {
    const request = accessRequest(about)
    await store.insertRequest(request)
    return request
  }
  const approve = (id: string, by: string, digest = 'd1') => store.approve(id, { by, at: AT, digest })

  test('the schema has a version', () => expect(store.schemaVersion).toBeGreaterThanOrEqual(1))

  test('a request comes back as it was kept', async () => {
    const request = await waiting({ words: 'give data grafana <!channel> & "more" \u2028 ünï \u{1F511}' })
    expect(await store.findRequest(request.id)).toEqual(request)
  })

  test('an unknown request is undefined', async () => {
    expect(await store.findRequest('ar-0000000000')).toBeUndefined()
    expect(await store.move('ar-0000000000', ['waiting'], 'denied')).toBeUndefined()
    expect((await approve('ar-0000000000', 'bob')).outcome).toBe('void')
  })

  test('the same request twice is a fault and changes nothing', async () => {
    const request = await waiting()
    await expect(store.insertRequest({ ...request, words: 'other' })).rejects.toBeInstanceOf(Fault)
    expect(await store.findRequest(request.id)).toEqual(request)
  })

  test('a request calls off what it replaces in the moment it is kept, and nothing that is decided or somebody else’s', async () => {
    const [open, unconfirmed, approved, others] = [
      await waiting({ needed: 2 }),
      await waiting({ state: 'unconfirmed' }),
      await waiting({ state: 'approved' }),
      await waiting({ requester: 'mallory' }),
    ]
    await approve(open.id, 'bob')
    const replaces = [open, unconfirmed, approved, others].map(({ id }) => id)
    const next = accessRequest({ replaces: [...replaces, 'ar-0000000000'] })
    const gone = await store.insertRequest(next, 'changed')
    expect(gone.map(({ id }) => id).sort()).toEqual([open.id, unconfirmed.id].sort())
    const now = await Promise.all(replaces.map((id) => store.findRequest(id)))
    expect(now.map((one) => one?.state)).toEqual(['cancelled', 'cancelled', 'approved', 'waiting'])
    expect(now[0]?.decided).toEqual({ by: next.requester, at: next.createdAt, reason: 'changed' })
    expect((await approve(open.id, 'carol')).outcome).toBe('void')
    const again = await waiting()
    await expect(store.insertRequest({ ...next, replaces: [again.id] })).rejects.toBeInstanceOf(Fault)
    expect((await store.findRequest(again.id))?.state).toBe('waiting')
  })

  test('any words can be kept; only what no database can hold is replaced', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (words) => {
        const request = await waiting({ words })
        const kept = await store.findRequest(request.id)
        expect(kept?.words).toBe(words.toWellFormed().replaceAll('\0', '\uFFFD'))
      }),
      { numRuns: 40 },
    )
    const request = await waiting({ words: 'a\0b\uD800c' })
    expect((await store.findRequest(request.id))?.words).toBe('a\uFFFDb\uFFFDc')
  })

  test('lists by state and thread, newest first', async () => {
    const thread = `t${randomInt(2 ** 40)}`
    const old = await waiting({ thread, createdAt: '2026-11-23T11:00:00+02:00' })
    const young = await waiting({ thread, createdAt: '2026-11-23T09:30:00Z' })
    const denied = await waiting({ thread, createdAt: '2026-11-23T09:45:00Z' })
    await store.move(denied.id, ['waiting'], 'denied')
    const ids = async (states?: AccessRequest['state'][]) =>
      (await store.listRequests({ thread, ...(states && { states }) })).map((request) => request.id)
    expect(await ids()).toEqual([denied.id, young.id, old.id])
    expect(await ids(['waiting'])).toEqual([young.id, old.id])
    expect(await ids(['denied', 'waiting'])).toEqual([denied.id, young.id, old.id])
    expect(await ids([])).toEqual([])
  })

  test('one approval too few is counted, the last needed completes and approves', async () => {
    const { id } = await waiting({ needed: 2 })
    const first = await approve(id, 'bob')
    expect(first.outcome).toBe('counted')
    expect(first.request).toMatchObject({ state: 'waiting', approvals: [{ by: 'bob', at: AT }] })
    const second = await approve(id, 'carol')
    expect(second.outcome).toBe('completed')
    expect(second.request).toMatchObject({ state: 'approved', decided: { by: 'carol', at: AT } })
    expect(second.request?.approvals.map(({ by }) => by)).toEqual(['bob', 'carol'])
    expect(await store.findRequest(id)).toEqual(second.request)
  })

  test('one person counts once', async () => {
    const { id } = await waiting({ needed: 2 })
    expect((await approve(id, 'bob')).outcome).toBe('counted')
    expect((await approve(id, 'bob')).outcome).toBe('already')
    expect((await store.findRequest(id))?.approvals).toHaveLength(1)
  })

  test('an approval of another digest is void', async () => {
    const { id } = await waiting()
    expect((await approve(id, 'bob', 'd2')).outcome).toBe('void')
    expect(await store.findRequest(id)).toMatchObject({ state: 'waiting', approvals: [] })
  })

  test('nobody approves what is no longer waiting', async () => {
    for (const state of REQUEST_STATES.filter((it) => it !== 'waiting')) {
      const { id } = await waiting()
      await store.move(id, ['waiting'], state)
      expect((await approve(id, 'bob')).outcome).toBe('void')
      expect(await store.findRequest(id)).toMatchObject({ state, approvals: [] })
    }
  })

  test('twenty people at once: exactly one completes', async () => {
    const { id } = await waiting({ needed: 3 })
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, n) => approve(id, `p${n}`)))
    expect(count(outcomes.map((it) => it.outcome))).toEqual({ counted: 2, completed: 1, void: 17 })
    expect((await store.findRequest(id))?.approvals).toHaveLength(3)
  })

  test('one person clicking twenty times at once counts once', async () => {
    const { id } = await waiting({ needed: 2 })
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => approve(id, 'bob')))
    expect(count(outcomes.map((it) => it.outcome))).toEqual({ counted: 1, already: 19 })
  })

  test('a changed proof voids the approvals of the old one', async () => {
    const { id } = await waiting()
    await approve(id, 'bob')
    const back = await store.move(id, ['approved'], 'waiting', { digest: 'd2' })
    expect(back).toMatchObject({ state: 'waiting', digest: 'd2', approvals: [] })
    expect(back?.decided).toBeUndefined()
    expect((await approve(id, 'bob', 'd1')).outcome).toBe('void')
    expect((await approve(id, 'bob', 'd2')).outcome).toBe('completed')
  })

  test('approvals that a patch states replace those of that digest', async () => {
    const { id } = await waiting({ needed: 2 })
    await approve(id, 'bob')
    expect(await store.move(id, ['waiting'], 'waiting', { approvals: [] })).toMatchObject({ approvals: [] })
    expect((await approve(id, 'bob')).outcome).toBe('counted')
  })

  test('a move happens only from where it may', async () => {
    const { id } = await waiting()
    expect(await store.move(id, ['approved', 'proposed'], 'merged')).toBeUndefined()
    expect(await store.move(id, ['waiting'], 'denied', { decided: { by: 'bob', at: AT, reason: 'no' } })).toMatchObject(
      {
        state: 'denied',
        decided: { by: 'bob', at: AT, reason: 'no' },
      },
    )
    expect(await store.move(id, ['waiting'], 'approved')).toBeUndefined()
  })

  test('twenty moves at once: exactly one happens', async () => {
    const { id } = await waiting()
    const moves = await Promise.all(Array.from({ length: 20 }, () => store.move(id, ['waiting'], 'cancelled')))
    expect(moves.filter((it) => it !== undefined)).toHaveLength(1)
  })

  test('amend lays over the document and leaves the state', async () => {
    const { id } = await waiting()
    await store.amend(id, { card: '1700000000.000100', pullRequest: { number: 7, url: 'https://example.test/7' } })
    expect(await store.findRequest(id)).toMatchObject({
      state: 'waiting',
      card: '1700000000.000100',
      pullRequest: { number: 7 },
    })
  })

  test('amend and approve at once lose nothing', async () => {
    const { id } = await waiting({ needed: 2 })
    await Promise.all([approve(id, 'bob'), store.amend(id, { card: '1.2' }), approve(id, 'carol')])
    expect(await store.findRequest(id)).toMatchObject({ state: 'approved', card: '1.2' })
  })

  test('an entry is received once', async () => {
    const entry = inboxEntry()
    const received = await Promise.all([store.receive(entry), store.receive(entry), store.receive(entry)])
    expect(received.toSorted()).toEqual([false, false, true])
    await store.finish(entry.id)
    expect(await store.receive(entry)).toBe(false)
  })

  test('what somebody is working on is not handed out', async () => {
    const entry = inboxEntry()
    await store.receive(entry)
    expect((await store.unfinished()).map(({ id }) => id)).not.toContain(entry.id)
    await store.finish(entry.id)
  })

  test('the audit trail keeps order and detail', async () => {
    const request = `ar-${randomInt(2 ** 40)}`
    await store.record({
      at: AT,
      request,
      actor: 'alice',
      action: 'asked',
      detail: { words: 'a\0"b', n: 1.5, yes: true, no: null },
    })
    await store.record({ at: AT, request, actor: 'bob', action: 'approved', detail: {} })
    await store.record({ at: AT, actor: 'sallyport', action: 'scanned', detail: {} })
    expect(await store.auditTrail({ request })).toEqual([
      { at: AT, request, actor: 'alice', action: 'asked', detail: { words: 'a\uFFFD"b', n: 1.5, yes: true, no: null } },
      { at: AT, request, actor: 'bob', action: 'approved', detail: {} },
    ])
    expect((await store.auditTrail({})).at(-1)).toEqual({ at: AT, actor: 'sallyport', action: 'scanned', detail: {} })
  })

  test('of many answers at once, one settles a question', async () => {
    const question = clarification()
    await store.keepClarification(question)
    const answers = Array.from({ length: 20 }, (_, i) => `group:g${i}`)
    const taken = await Promise.all(answers.map((answer) => store.takeClarification(question.id, answer, 'U0ALICE')))
    expect(taken.filter((it) => it !== undefined)).toEqual([kept(question)])
    expect(await store.takeClarification(question.id, 'another')).toBeUndefined()
  })

  test('the answer that settled a question may be given again, as a click heard twice is', async () => {
    const question = clarification()
    await store.keepClarification(question)
    expect(await store.takeClarification(question.id, 'grafana')).toEqual(kept(question))
    expect(await store.takeClarification(question.id, 'grafana')).toEqual(kept(question))
    expect(await store.takeClarification(question.id, 'wiki')).toBeUndefined()
  })

  test('a question that is asked again is the same question', async () => {
    const question = clarification()
    await store.keepClarification(question)
    await store.keepClarification({ ...question, payload: '{}' })
    expect(await store.takeClarification(question.id, 'grafana')).toEqual(kept(question))
    await store.keepClarification(question)
    expect(await store.takeClarification(question.id, 'wiki')).toBeUndefined()
  })

  test('somebody else cannot use up a question', async () => {
    const question = clarification()
    await store.keepClarification(question)
    expect(await store.takeClarification(question.id, 'grafana', 'U0BOB')).toBeUndefined()
    expect(await store.takeClarification(question.id, 'grafana', 'U0ALICE')).toEqual(kept(question))
    expect(await store.takeClarification('never-asked', 'grafana')).toBeUndefined()
  })

  test('open questions are those of this person that have no answer and are not too old', async () => {
    const [open, answered, stale] = [
      { ...clarification(), slackUser: 'U0OPEN', expiresAt: '2026-11-23T09:15:00.000Z' },
      { ...clarification(), slackUser: 'U0OPEN', expiresAt: '2026-11-23T09:15:00.000Z' },
      { ...clarification(), slackUser: 'U0OPEN', expiresAt: '2026-11-23T08:59:00.000Z' },
    ]
    for (const one of [open, answered, stale]) await store.keepClarification(one)
    await store.takeClarification(answered.id, 'grafana')
    expect(await store.openClarifications('U0OPEN', '2026-11-23T09:00:00.000Z')).toEqual([kept(open)])
    expect(await store.openClarifications('U0OTHER', '2026-11-23T09:00:00.000Z')).toEqual([])
  })

  const given = (part: string, answer: string, by = 'U0ALICE') => ({
    part,
    answer,
    by,
    click: `${part} ${answer}`,
    parts: ['subject', 'window'],
  })

  test('the parts of a question are answered one by one, each by the first answer it gets; the last settles it', async () => {
    const question = { ...clarification(), slackUser: 'U0PARTS', expiresAt: '2026-11-23T09:15:00.000Z' }
    const answer = (part: string, said: string, by = 'U0PARTS') =>
      store.answerClarification(question.id, given(part, said, by))
    await store.keepClarification(question)
    await store.placeClarification(question.id, '1.5')
    const placed = { ...kept(question), posted: '1.5' }
    expect(await answer('subject', 'group:data', 'U0BOB')).toBeUndefined()
    expect(await answer('subject', 'group:data')).toEqual({ ...placed, answers: { subject: 'group:data' } })
    expect(await answer('subject', 'group:sre')).toBeUndefined()
    expect(await store.openClarifications('U0PARTS', '2026-11-23T09:00:00.000Z')).toEqual([
      { ...placed, answers: { subject: 'group:data' } },
    ])
    const all = { ...placed, answers: { subject: 'group:data', window: 'P7D' } }
    expect(await answer('window', 'P7D')).toEqual(all)
    expect(await answer('window', 'P7D')).toEqual(all)
    expect(await answer('window', 'P14D')).toBeUndefined()
    const another = { ...given('window', 'P7D', 'U0PARTS'), click: 'another click on the same button' }
    expect(await store.answerClarification(question.id, another)).toBeUndefined()
    expect(await store.findClarification(question.id)).toEqual(all)
    expect(await store.takeClarification(question.id, 'words')).toBeUndefined()
    expect(await store.openClarifications('U0PARTS', '2026-11-23T09:00:00.000Z')).toEqual([])
  })

  test('two parts answered at once lose nothing: one of them sees both', async () => {
    const question = clarification()
    await store.keepClarification(question)
    const both = await Promise.all([
      store.answerClarification(question.id, given('subject', 'group:data')),
      store.answerClarification(question.id, given('window', 'P7D')),
    ])
    expect(both.filter((one) => Object.keys(one?.answers ?? {}).length === 2)).toHaveLength(1)
  })

  test('of many answers to one part, one is written down', async () => {
    const question = clarification()
    await store.keepClarification(question)
    const taken = await Promise.all(
      Array.from({ length: 10 }, (_, i) => store.answerClarification(question.id, given('subject', `group:g${i}`))),
    )
    expect(taken.filter((one) => one !== undefined)).toHaveLength(1)
  })

  test('what nobody answered in time is handed out once, and can be answered no more', async () => {
    const [open, old, answered] = [
      { ...clarification(), expiresAt: '2020-11-23T09:15:00.000Z' },
      { ...clarification(), expiresAt: '2020-11-23T08:59:00.000Z' },
      { ...clarification(), expiresAt: '2020-11-23T08:59:00.000Z' },
    ]
    for (const one of [open, old, answered]) {
      await store.keepClarification(one)
      await store.placeClarification(one.id, '1.5')
    }
    const unposted = { ...clarification(), expiresAt: '2020-11-23T08:59:00.000Z' }
    await store.keepClarification(unposted)
    await store.takeClarification(answered.id, 'words')
    const now = '2020-11-23T09:00:00.000Z'
    const twice = await Promise.all([store.expireClarifications(now), store.expireClarifications(now)])
    expect(twice.flat()).toEqual([{ ...kept(old), posted: '1.5' }])
    expect(await store.answerClarification(old.id, given('subject', 'group:data'))).toBeUndefined()
    expect(await store.answerClarification(open.id, given('subject', 'group:data'))).toBeDefined()
  })
}

const AT = '2026-11-23T10:00:00+01:00'

/** A waiting request with an id of its own. */
export function accessRequest(about: Partial<AccessRequest> = {}): AccessRequest {
  return {
    id: `ar-${String(randomInt(10 ** 10)).padStart(10, '0')}`,
    state: 'waiting',
    action: 'grant',
    requester: 'alice',
    words: 'give data access to grafana',
    channel: 'C0ACCESS',
    thread: '1700000000.000001',
    intent: { kind: 'grant', subjects: [{ type: 'group', id: 'data' }], services: ['grafana'] },
    service: 'grafana',
    grant: { allow: ['group:data'], via: [], except: [], approvedBy: [] },
    digest: 'd1',
    needed: 1,
    approvals: [],
    createdAt: AT,
    lapsesAt: '2026-11-26T10:00:00+01:00',
    ...about,
  }
}

export function inboxEntry() {
  return { id: `Ev${randomInt(2 ** 40)}`, kind: 'heard', payload: '{"text":"hello"}' }
}

function clarification() {
  return { id: `q${randomInt(2 ** 40)}`, slackUser: 'U0ALICE', payload: '{"slot":"service"}', expiresAt: AT }
}

/** As it is kept before anybody answered. */
function kept(question: ReturnType<typeof clarification>) {
  return { ...question, answers: {} }
}

function count(words: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(Object.groupBy(words, (it) => it)).map(([word, all]) => [word, all?.length ?? 0]),
  )
}
