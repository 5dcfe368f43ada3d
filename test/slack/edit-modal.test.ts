import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { EditForm } from '../../src/access/edit-form.ts'
import { checkView } from '../../src/local/slack/block-check.ts'
import type { Store } from '../../src/ports.ts'
import { printEditModal, readEditModal } from '../../src/slack/edit-modal.ts'
import { openStore } from '../../src/store/open-store.ts'
import { CARD, connect, REQUEST } from './connect.ts'
import { hostileText } from './hostile-text.ts'

const FORM: EditForm = {
  request: REQUEST.id,
  understood: 'Give <!channel> & Data access to Grafana.',
  subjects: {
    groups: [
      { label: 'Groups', options: [{ value: 'group:data', label: 'Data & Analytics' }] },
      { label: 'People', options: [{ value: 'person:bob', label: 'Bob' }] },
    ],
    chosen: ['group:data'],
  },
  others: '10.1.2.0/24',
  via: { groups: [{ label: 'Networks', options: [{ value: 'network:vpn', label: 'VPN' }] }], chosen: [] },
  services: { groups: [{ label: 'Services', options: [{ value: 'grafana', label: 'Grafana' }] }], chosen: ['grafana'] },
  ports: { groups: [{ label: 'Ports', options: [{ value: 'tcp/443', label: 'tcp/443' }] }], chosen: [] },
  readOnly: false,
  start: undefined,
  end: 1_795_820_399,
  reason: 'quarterly report',
  ticket: 'NET-1',
}

describe('the form', () => {
  let store: Store
  beforeAll(async () => {
    store = await openStore({ memory: true })
  }, 60_000)
  afterAll(() => store.close())
  let slack: Awaited<ReturnType<typeof connect>> | undefined
  afterEach(async () => {
    await slack?.close()
    slack = undefined
  })
  const modal = (there: Awaited<ReturnType<typeof connect>>, words: string) =>
    vi.waitFor(async () => {
      const view = (await there.state()).views.find((it) => it.type === 'modal')
      expect(JSON.stringify(view ?? '')).toContain(words)
      return view?.id ?? ''
    })
  async function press(about: Parameters<typeof connect>[1]) {
    slack = await connect(store, about)
    const ts = await slack.chat.say({ channel: 'C0ACCESS' }, { kind: 'card', card: CARD })
    expect(await slack.local('click', { user: 'ines', channel: 'access', ts, action_id: 'edit' })).toMatchObject({
      ok: true,
    })
    return slack
  }

  test('opens within the time a trigger lives, and is filled in when it is known with what', async () => {
    let fill: (form: EditForm) => void = () => {}
    const filled = new Promise<EditForm>((resolve) => {
      fill = resolve
    })
    const there = await press({ form: () => filled })
    await modal(there, 'One moment')
    fill(FORM)
    await modal(there, 'Who is it for?')
  })

  test('what is left alone comes back as it stood, what is filled in as that', async () => {
    const there = await press({ form: async () => FORM })
    const view_id = await modal(there, 'Who is it for?')
    const values = { subjects: ['person:bob'], start: '1795770000', readOnly: ['read'], reason: '' }
    expect(await there.local('submit', { user: 'ines', view_id, values })).toMatchObject({ ok: true })
    expect(await there.ear.next()).toEqual({
      kind: 'edited',
      edit: {
        id: expect.stringMatching(/^trigger:/),
        request: REQUEST.id,
        slackUser: 'U0INES',
        form: {
          subjects: ['person:bob'],
          others: '10.1.2.0/24',
          via: [],
          services: ['grafana'],
          ports: [],
          readOnly: true,
          start: 1_795_770_000,
          end: FORM.end,
          reason: '',
          ticket: 'NET-1',
        },
      },
    })
    expect((await there.state()).views).toEqual([])
  })

  test('what is wrong stands beside its field, the form stays open, and nothing is kept', async () => {
    let wrong = true
    const there = await press({
      form: async () => FORM,
      check: async () => (wrong ? { end: 'Access may last 30 days.', except: 'Nobody else.' } : {}),
    })
    const view_id = await modal(there, 'Who is it for?')
    await there.local('submit', { user: 'ines', view_id, values: {} })
    expect((await there.state()).views[0]?.errors).toEqual({ end: 'Nobody else.' })
    wrong = false
    await there.local('submit', { user: 'ines', view_id, values: {} })
    expect(await there.ear.next()).toMatchObject({ kind: 'edited' })
    expect(there.ear.rest()).toEqual([])
    expect(await store.unfinished()).toEqual([])
  })

  test('whoever may not change it reads why, and has nothing to submit', async () => {
    const there = await press({ form: async () => ({ says: 'Only whoever asked can change it, not <!channel>.' }) })
    await modal(there, 'Only whoever asked can change it, not &lt;!channel&gt;.')
    expect((await there.state()).views[0]).not.toHaveProperty('submit')
  })

  test('when it cannot be made, that is said with a reference, and the log has the rest', async () => {
    const there = await press({
      form: async () => {
        throw new Error('boom')
      },
    })
    await modal(there, 'reference')
    expect(JSON.stringify((await there.state()).views)).not.toContain('boom')
    expect(there.logged.map(({ message }) => message)).toContain('the edit form could not be made')
  })
})

describe('whatever stands in it, the form keeps Slack’s limits', () => {
  const about = { request: REQUEST.id, channel: 'C1' }
  const text = hostileText()
  const options = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ value: `person:p${n}`, label: `P ${n}` }))

  test('lists of any length, at most a hundred in a group', () => {
    for (const count of [0, 1, 99, 100, 101, 450]) {
      const many = {
        groups: [{ label: 'People', options: options(count) }],
        chosen: options(count)
          .slice(0, 3)
          .map(({ value }) => value),
      }
      expect(checkView(printEditModal({ ...FORM, subjects: many }, about))).toMatchObject({ ok: true })
    }
  })

  test('any words', () => {
    const choice = fc
      .array(fc.record({ value: fc.oneof(text, fc.uuid()), label: text }), { minLength: 1, maxLength: 4 })
      .map((all) => ({ groups: [{ label: 'Some', options: all }], chosen: all.map(({ value }) => value) }))
    const form = fc.record({
      understood: text,
      others: text,
      reason: text,
      ticket: text,
      subjects: choice,
      via: choice,
    })
    fc.assert(
      fc.property(form, (one) => {
        const view = printEditModal({ ...FORM, ...one }, about)
        expect(checkView(view)).toMatchObject({ ok: true })
      }),
      { numRuns: 60 },
    )
  })

  test('nobody’s modal but ours is read, and reading never throws', () => {
    fc.assert(fc.property(fc.anything(), (view) => void readEditModal(view)))
    expect(readEditModal({ private_metadata: '{"request":1}', state: { values: {} } })).toBeUndefined()
    expect(readEditModal({ private_metadata: '{', state: { values: {} } })).toBeUndefined()
  })
})
