import { AccessRequest } from '../../src/access/access-request.ts'
import type { PullRequestFacts } from '../../src/access/pull-request.ts'
import type { RequestCard } from '../../src/access/request-card.ts'

/** An approved request with everything on it that a person, a catalogue or a device may have worded. */
export function approvedFacts(said: {
  readonly words?: string
  readonly reason?: string
  readonly ticket?: string
  readonly name?: string
  readonly note?: string
  readonly patch?: string
  readonly flow?: string
  readonly service?: string
}): PullRequestFacts {
  const service = said.service ?? 'grafana'
  const request = AccessRequest.parse({
    id: 'ar-0123456789',
    state: 'approved',
    action: 'grant',
    requester: 'alice',
    words: said.words ?? 'give us grafana until friday',
    channel: 'C1',
    thread: '1.1',
    intent: { kind: 'grant' },
    service,
    grant: {
      allow: ['group:data'],
      via: ['network:vpn-pool'],
      ports: ['tcp/443'],
      until: '2026-11-27T23:59:59+01:00',
      reason: said.reason ?? 'quarterly report',
      ticket: said.ticket ?? 'NET-4411',
    },
    digest: 'sha256:abc123',
    needed: 1,
    approvals: [{ by: 'bob', at: '2026-11-23T10:00:00+01:00' }],
    createdAt: '2026-11-23T09:00:00+01:00',
    lapsesAt: '2026-11-26T09:00:00+01:00',
  })
  const card: RequestCard = {
    request,
    understood: 'Give Data & Analytics access to Grafana on tcp/443 until Fri 27 Nov 2026, 23:59 (Europe/Berlin).',
    narrower: [],
    notes: [said.note ?? 'The end was not said; 7 days is the default.'],
    proof: {
      verdict: 'exact',
      says: 'Opens exactly what was asked, on both doors, and nothing else.',
      opens: [said.flow ?? '10.10.20.0/24 → grafana.corp.example (tcp/443)'],
      closes: [],
      coverage: '412 of 415 lines on the path are modelled',
      digest: 'sha256:abc123',
    },
    diffs: [
      {
        path: `policies/services/${service}.yaml`,
        label: 'policy',
        patch: said.patch ?? '@@ -1,2 +1,3 @@\n id: grafana\n access:\n+  - allow: [group:data]\n',
        added: 1,
        removed: 0,
      },
    ],
    approvable: false,
    approvers: ['U0BOB'],
    status: 'Approved by Bob Okafor',
    reproduce: `npm run -s sallyport -- plan '${(said.words ?? 'give us grafana until friday').replaceAll("'", "'\\''")}'`,
  }
  return { request, card, names: (id) => (id === 'alice' ? (said.name ?? 'Alice Ferrara') : 'Bob Okafor') }
}
