import type { z } from 'zod'
import type { Problem } from '../evidence/problem.ts'
import { checkCatalog, checkGuardrailNames, checkServices } from './check-names.ts'
import type { DeclaredDevice, Edge, EdgeFiles } from './edge.ts'
import type { Placed, PlacedCatalog } from './placed.ts'
import type { PolicyProblemCode } from './problems.ts'
import { readYaml, type YamlFile } from './read-yaml.ts'
import { Catalog, Device, Group, Guardrails, Network, Person, Service } from './schema.ts'
import { schemaProblems } from './schema-problems.ts'

/**
 * The edge repository as far as it can be understood, and everything wrong with it. Never throws. A catalogue entry that is wrong
 * is left out alone; a service or guardrails file that is wrong is left out whole, because half a rule is another rule.
 */
export function readEdge(files: EdgeFiles): Edge {
  const root = rootOf(files)
  const catalog = readCatalog(files, `${root}catalog.yaml`)
  const guardrails = readGuardrails(files, `${root}guardrails.yaml`)
  const services = readServices(files, `${root}services/`)
  const devices = readDevices(files, `${root}devices/`, catalog.placed.devices)
  const known = { catalog: catalog.catalog, services: [...services.usable.map((s) => s.value.id), ...services.broken] }
  return {
    catalog: catalog.catalog,
    guardrails: guardrails.guardrails,
    services: services.usable.map(({ value }) => value),
    devices: devices.devices,
    broken: [...catalog.broken, ...guardrails.broken, ...services.broken],
    problems: [
      ...catalog.problems,
      ...checkCatalog(catalog.placed),
      ...guardrails.problems,
      ...(guardrails.placed ? checkGuardrailNames(guardrails.placed, known) : []),
      ...services.problems,
      ...checkServices(services.usable, known),
      ...devices.problems,
    ],
    files,
  }
}

/** `policies/` as a rule; another folder when the catalogue lies there. */
function rootOf(files: EdgeFiles): string {
  const catalogs = [...files.keys()].filter((path) => /(^|\/)catalog\.yaml$/.test(path))
  const [nearest = 'policies/catalog.yaml'] = catalogs.sort((a, b) => a.length - b.length)
  return nearest.slice(0, -'catalog.yaml'.length)
}

type Read = { readonly problems: readonly Problem[]; readonly broken: readonly string[] }

function readCatalog(
  files: EdgeFiles,
  file: string,
): Read & { readonly catalog: Catalog; readonly placed: PlacedCatalog } {
  const none = { devices: [], networks: [], groups: [], people: [] }
  const lost = (problems: readonly Problem[]) => ({
    catalog: Catalog.parse({ timezone: 'UTC' }),
    placed: none,
    problems,
    broken: ['catalog'],
  })
  const text = files.get(file)
  if (text === undefined) return lost([missingFile(file, 'without it nobody and nothing has a name', 'error')])
  const read = readYaml(file, text)
  if ('problems' in read) return lost(read.problems)
  const { yaml } = read
  if (!isRecord(yaml.data)) return lost([yaml.problem('WRONG_VALUE', [], 'a catalogue is fields and their values')])

  const head = Catalog.safeParse({ ...yaml.data, devices: [], networks: [], groups: [], people: [] })
  const problems: Problem[] = head.success ? [] : [...schemaProblems(yaml, head.error.issues)]
  if (head.success && !isTimezone(head.data.timezone)) {
    problems.push(yaml.problem('BAD_TIMEZONE', ['timezone'], `"${head.data.timezone}" is no IANA time zone`))
  }
  const usable = problems.length === 0
  const lists = {
    devices: readEntries(yaml, 'devices', Device, problems),
    networks: readEntries(yaml, 'networks', Network, problems),
    groups: readEntries(yaml, 'groups', Group, problems),
    people: readEntries(yaml, 'people', Person, problems),
  }
  for (const [index, pattern] of (head.data?.ticketPatterns ?? []).entries()) {
    if (!isPattern(pattern)) {
      problems.push(yaml.problem('BAD_PATTERN', ['ticketPatterns', index], `"${pattern}" is no regular expression`))
    }
  }
  return {
    catalog: {
      ...(usable && head.success ? head.data : Catalog.parse({ timezone: 'UTC' })),
      ticketPatterns: (head.data?.ticketPatterns ?? []).filter(isPattern),
      devices: lists.devices.map(({ value }) => value),
      networks: lists.networks.map(({ value }) => value),
      groups: lists.groups.map(({ value }) => value),
      people: lists.people.map(({ value }) => value),
    },
    placed: lists,
    problems,
    broken: usable ? [] : ['catalog'],
  }
}

/** The entries of one list that parse; what does not is reported into `problems` and left out. */
function readEntries<T>(yaml: YamlFile, key: string, schema: z.ZodType<T>, problems: Problem[]): readonly Placed<T>[] {
  const list = isRecord(yaml.data) ? yaml.data[key] : undefined
  if (list === undefined || list === null) return []
  if (!Array.isArray(list)) {
    problems.push(yaml.problem('WRONG_VALUE', [key], `${key} is a list`))
    return []
  }
  return list.flatMap((entry: unknown, index) => {
    const parsed = schema.safeParse(entry)
    if (parsed.success) return [{ value: parsed.data, yaml, path: [key, index] }]
    problems.push(...schemaProblems(yaml, parsed.error.issues, [key, index]))
    return []
  })
}

function readGuardrails(
  files: EdgeFiles,
  file: string,
): Read & { readonly guardrails: Guardrails; readonly placed?: Placed<Guardrails> } {
  const text = files.get(file)
  const defaults = Guardrails.parse({})
  if (text === undefined) {
    const problem = missingFile(file, 'only the built-in limits hold, and nothing is forbidden by name', 'warning')
    return { guardrails: defaults, problems: [problem], broken: [] }
  }
  const read = readYaml(file, text)
  if ('problems' in read) return { guardrails: defaults, problems: read.problems, broken: ['guardrails'] }
  const parsed = Guardrails.safeParse(read.yaml.data)
  if (!parsed.success) {
    return { guardrails: defaults, problems: schemaProblems(read.yaml, parsed.error.issues), broken: ['guardrails'] }
  }
  return {
    guardrails: parsed.data,
    placed: { value: parsed.data, yaml: read.yaml, path: [] },
    problems: [],
    broken: [],
  }
}

function readServices(files: EdgeFiles, folder: string): Read & { readonly usable: readonly Placed<Service>[] } {
  const problems: Problem[] = []
  const broken: string[] = []
  const found: Placed<Service>[] = []
  for (const [file, text] of [...files].filter(([path]) => path.startsWith(folder)).sort(byPath)) {
    const [, id] = /^([^/]+)\.yaml$/.exec(file.slice(folder.length)) ?? []
    if (id === undefined) {
      const hint = /\.ya?ml$/i.test(file) ? 'Service files are called services/<id>.yaml.' : undefined
      problems.push(
        wholeFile('UNREAD_FILE', file, 'this is no service file by its name and has no effect', 'warning', hint),
      )
      continue
    }
    const read = readYaml(file, text)
    if ('problems' in read) {
      problems.push(...read.problems)
      broken.push(id)
      continue
    }
    const parsed = Service.safeParse(withoutEmptyAccess(read.yaml.data))
    if (!parsed.success) {
      problems.push(...schemaProblems(read.yaml, parsed.error.issues))
      broken.push(id)
      continue
    }
    if (parsed.data.id !== id) {
      const hint = `Call the file ${parsed.data.id}.yaml, or the service ${id}.`
      problems.push(
        read.yaml.problem('ID_IS_NOT_FILE_NAME', ['id'], `${id}.yaml is about "${parsed.data.id}"`, { hint }),
      )
      broken.push(id)
      continue
    }
    found.push({ value: parsed.data, yaml: read.yaml, path: [] })
  }
  return { usable: found, problems, broken }
}

/** `access:` with nothing after it is an empty list. No other field may be left empty: an `until:` without a value is a slip. */
function withoutEmptyAccess(data: unknown): unknown {
  return isRecord(data) && data.access === null ? { ...data, access: [] } : data
}

function readDevices(
  files: EdgeFiles,
  folder: string,
  declared: readonly Placed<Device>[],
): { readonly devices: readonly DeclaredDevice[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const devices: DeclaredDevice[] = []
  const expected = new Set<string>()
  for (const { value, yaml, path } of declared) {
    const file = `${folder}${value.id}.${value.kind === 'fortigate' ? 'conf' : 'cfg'}`
    expected.add(file)
    const text = files.get(file)
    if (text === undefined) {
      problems.push(
        yaml.problem('MISSING_DEVICE_FILE', [...path, 'id'], `${file} is missing, so ${value.id} is not known`),
      )
    } else devices.push({ id: value.id, kind: value.kind, vdom: value.vdom, file, text })
  }
  for (const path of [...files.keys()].filter((path) => path.startsWith(folder)).sort()) {
    if (/\.(conf|cfg)$/.test(path) && !path.slice(folder.length).includes('/') && !expected.has(path)) {
      const message = 'no device of the catalogue is declared by this file, so it has no effect'
      problems.push(wholeFile('UNKNOWN_DEVICE_FILE', path, message, 'warning'))
    }
  }
  return { devices, problems }
}

function missingFile(file: string, consequence: string, severity: Problem['severity']): Problem {
  return wholeFile('MISSING_FILE', file, `this file is missing: ${consequence}`, severity)
}

function wholeFile(
  code: PolicyProblemCode,
  file: string,
  message: string,
  severity: Problem['severity'],
  hint?: string,
): Problem {
  return { code, file, line: 1, column: 0, message, severity, ...(hint === undefined ? {} : { hint }) }
}

function byPath([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1
}

function isRecord(data: unknown): data is Readonly<Record<string, unknown>> {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, 'u') instanceof RegExp
  } catch {
    return false
  }
}
