import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Temporal } from 'temporal-polyfill'
import { expect } from 'vitest'
import type { Problem } from '../../src/evidence/problem.ts'
import type { Edge, EdgeFiles } from '../../src/policy/edge.ts'
import { readEdge } from '../../src/policy/read.ts'
import type { Service } from '../../src/policy/schema.ts'

/** The example edge repository of this project, as the bot would read it. */
export function exampleFiles(): EdgeFiles {
  const root = join(import.meta.dirname, '../..')
  const entries = readdirSync(join(root, 'policies'), { recursive: true, withFileTypes: true })
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(root.length + 1).replaceAll('\\', '/'), readFileSync(path, 'utf8')]),
  )
}

export const TINY_CATALOG = `timezone: Europe/Berlin
networks:
  - { id: floor, cidrs: [10.1.0.0/24] }
  - { id: attic, cidrs: [10.1.1.0/24, 10.1.9.0/24] }
  - { id: vpn, cidrs: [10.9.0.0/24] }
groups:
  - { id: red, name: Red Team, networks: [floor], members: [ann] }
  - { id: blue, name: Blue Team, networks: [attic], members: [ann, ben] }
  - { id: signed, name: Signed Team, networks: [vpn], fortigate: fg-signed, members: [cyd] }
  - { id: signed-too, name: Signed Too, networks: [vpn], fortigate: fg-too }
  - { id: elsewhere, name: Elsewhere, networks: [floor], fortigate: fg-signed }
  - { id: known, name: Known Team, fortigate: fg-known }
  - { id: board, name: Board, networks: [floor], header: board }
  - { id: nobody, name: Nobody }
people:
  - { id: ann, name: Ann Archer }
  - { id: ben, name: Ben Baker }
  - { id: cyd, name: Cyd Cole, fortigate: fg-cyd }
  - { id: dot, name: Dot Dale, networks: [attic] }
`

/** A service file whose `access:` is `access`. */
export function tinyService(id: string, access = '[]', more: Readonly<Record<string, string>> = {}): string {
  const fields = {
    id,
    name: `Service ${id}`,
    hosts: `[${id}.example]`,
    owner: 'red',
    environment: 'production',
    entry: '{ vip: vip, port: 443 }',
    route: '{ frontend: in, backend: out }',
    ports: '[tcp/443, tcp/8000-8010]',
    ...more,
  }
  return `${Object.entries(fields)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('')}access: ${access}\n`
}

/** A small repository: the tiny catalogue, one service `shop`, and whatever is put instead or beside. */
export function tinyFiles(instead: Readonly<Record<string, string>> = {}): EdgeFiles {
  return new Map(
    Object.entries({
      'catalog.yaml': TINY_CATALOG,
      'guardrails.yaml': 'limits: { allowStanding: true }\n',
      'services/shop.yaml': tinyService('shop'),
      ...instead,
    }).map(([path, text]) => [`policies/${path}`, text]),
  )
}

export function tinyEdge(instead: Readonly<Record<string, string>> = {}): {
  readonly edge: Edge
  readonly shop: Service
} {
  const edge = readEdge(tinyFiles(instead))
  const shop = edge.services.find(({ id }) => id === 'shop')
  if (!shop) throw new Error(`the tiny service does not read: ${JSON.stringify(edge.problems)}`)
  return { edge, shop }
}

/** The problems as `file:line:column CODE`, without the folder. */
export function places(problems: readonly Problem[]): string[] {
  return problems.map(({ file, line, column, code }) => `${file.replace('policies/', '')}:${line}:${column} ${code}`)
}

export function expectRefusal(result: object, reason: string): void {
  expect(result).toMatchObject({ ok: false, reason })
}

export function seconds(iso: string): number {
  return Temporal.Instant.from(iso).epochMilliseconds / 1000
}
