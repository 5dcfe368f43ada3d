import type { LanguageContext } from './context.ts'

/** What reads and changes nothing. RFC 9110, 9.2.1. */
export const READING_METHODS = ['GET', 'HEAD'] as const

/** Only what speaks HTTP has methods that read and change nothing. Where that is not plain from the catalogue, it is asked. */
export function speakHttp(ids: readonly string[], { services }: LanguageContext): boolean {
  return services
    .filter(({ id }) => ids.includes(id))
    .every(({ ports, health }) => health?.path !== undefined || ports.every((port) => HTTP_PORTS.has(port)))
}
const HTTP_PORTS: ReadonlySet<string> = new Set(['tcp/80', 'tcp/443', 'tcp/8080', 'tcp/8443'])
