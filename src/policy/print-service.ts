import { flowEntry, flowList, scalarText } from './print-grant.ts'
import type { Service } from './schema.ts'

/** A service as a new file of `policies/services/`, in the order and style that people write them in. */
export function printService(service: Service): string {
  const { entry, route, health, servers } = service
  const lines: readonly (string | false)[] = [
    `id: ${scalarText(service.id)}`,
    `name: ${scalarText(service.name)}`,
    service.aliases.length > 0 && `aliases: ${flowList(service.aliases)}`,
    service.hosts.length > 0 && `hosts: ${flowList(service.hosts)}`,
    `owner: ${scalarText(service.owner)}`,
    `environment: ${scalarText(service.environment)}`,
    `entry: ${flowEntry(entry)}`,
    `route: ${flowEntry(route)}`,
    `ports: ${flowList(service.ports)}`,
    `client: ${service.client}`,
    servers.length > 0 && 'servers:',
    ...servers.map((server) => `  - ${flowEntry(server)}`),
    health?.path !== undefined && `health: ${flowEntry({ path: health.path })}`,
    `stickiness: ${service.stickiness}`,
    'access: []',
  ]
  return lines.flatMap((line) => (line === false ? [] : [`${line}\n`])).join('')
}
