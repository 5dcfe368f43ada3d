import { z } from 'zod'
import { readPortRange } from './port-range.ts'

/**
 * The policy language, as people write it in YAML (formats: README.md, "The edge repository").
 * Everything here is data that parsed; references between files are checked by `read.ts`.
 */

const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'an id is lower case letters, digits and dashes, 63 at most')
const text = z.string().min(1).max(500)
const aliases = z.array(text).default([])
/** Written as in `10.0.0.0/8`. That host bits are zero is checked in `read.ts`, which can say what was probably meant. */
const cidr = z.union([z.cidrv4(), z.cidrv6()], { error: 'an address range is written 10.0.0.0/8 or 2001:db8::/32' })
const port = z.int().min(1).max(65535)
/** `tcp/443` or `tcp/8000-8010`. */
export const PortText = z
  .string()
  .refine((written) => readPortRange(written) !== undefined, 'a port is written tcp/443 or udp/5000-5010')
/** ISO 8601 with its offset. A time without an offset means two different moments to two people. */
const instant = z.iso.datetime({ offset: true, message: 'a time needs its offset: 2026-11-27T23:59:59+01:00' })

export const Device = z.strictObject({
  id,
  kind: z.enum(['fortigate', 'haproxy']),
  vdom: z.string().max(31).optional(),
  aliases,
})
export type Device = z.infer<typeof Device>

export const Network = z.strictObject({ id, name: text.optional(), aliases, cidrs: z.array(cidr).min(1) })
export type Network = z.infer<typeof Network>

export const Group = z.strictObject({
  id,
  name: text,
  aliases,
  /** Where its members come from. Absent or empty: only identity tells them apart. */
  networks: z.array(id).default([]),
  /** Its user group on the FortiGate, if identity reaches the firewall. */
  fortigate: text.optional(),
  /** Its value in the trusted group header, if identity reaches HAProxy. */
  header: text.optional(),
  slack: text.optional(),
  okta: text.optional(),
  awsIam: text.optional(),
  /** Person ids, used when no directory is configured. */
  members: z.array(id).default([]),
})
export type Group = z.infer<typeof Group>

export const Person = z.strictObject({
  id,
  name: text,
  slack: text.optional(),
  email: z.email().optional(),
  aliases,
  /** Networks whose addresses are this person's alone, such as a fixed VPN address. */
  networks: z.array(id).default([]),
  /** A FortiGate user group that holds only this person, if identity reaches the firewall. */
  fortigate: text.optional(),
  /** The value in the trusted group header that only this person has, if identity reaches HAProxy. */
  header: text.optional(),
})
export type Person = z.infer<typeof Person>

export const Catalog = z.strictObject({
  timezone: z.string().min(1),
  calendar: z
    .strictObject({
      dateOrder: z.enum(['DMY', 'MDY']).default('DMY'),
      weekStart: z.enum(['monday', 'sunday']).default('monday'),
      endOfDay: z.iso.time().default('23:59:59'),
      endOfWeek: z
        .enum(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'])
        .default('friday'),
    })
    .prefault({}),
  ticketPatterns: z.array(text).default([]),
  /** The request header in which a trusted gateway tells HAProxy somebody's group (`header:` of a group is its value). */
  groupHeader: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'a header name is lower case letters, digits and dashes')
    .default('x-auth-groups'),
  devices: z.array(Device).default([]),
  networks: z.array(Network).default([]),
  groups: z.array(Group).default([]),
  people: z.array(Person).default([]),
})
export type Catalog = z.infer<typeof Catalog>

/** `group:data`, `person:alice`, `network:vpn-pool`, or a CIDR. */
export const SubjectText = z.union([z.string().regex(/^(group|person|network):[a-z0-9][a-z0-9-]{0,62}$/), cidr], {
  error: 'a subject is group:<id>, person:<id>, network:<id> or an address range such as 10.0.0.0/8',
})
export type SubjectText = z.infer<typeof SubjectText>

export const Grant = z.strictObject({
  allow: z.array(SubjectText).min(1),
  /** Narrows: the subject AND one of these sources. */
  via: z.array(SubjectText).default([]),
  except: z.array(SubjectText).default([]),
  /** Absent: all ports of the service. */
  ports: z.array(PortText).optional(),
  methods: z.array(z.string().regex(/^[A-Z]{1,20}$/)).optional(),
  /** Path prefixes. */
  paths: z.array(z.string().regex(/^\/[!-~]*$/)).optional(),
  from: instant.optional(),
  until: instant.optional(),
  reason: z.string().max(500).optional(),
  ticket: text.optional(),
  request: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .optional(),
  approvedBy: z.array(id).default([]),
})
/** One entry in a service file's `access:` list. */
export type Grant = z.infer<typeof Grant>

export const Service = z.strictObject({
  id,
  name: text,
  aliases,
  hosts: z.array(z.hostname()).default([]),
  /** The group whose members approve. */
  owner: id,
  environment: z.string().min(1).max(40),
  /** The outer door: FortiGate VIP and external port. */
  entry: z.strictObject({ vip: text, port }),
  /** The inner door. */
  route: z.strictObject({ frontend: text, backend: text }),
  /** What a person may ask for. */
  ports: z.array(PortText).min(1),
  /** How HAProxy learns the client's address. */
  client: z.enum(['source', 'proxy-protocol', 'x-forwarded-for']).default('source'),
  servers: z
    .array(z.strictObject({ name: text, address: z.union([z.ipv4(), z.ipv6(), z.hostname()]), port }))
    .default([]),
  health: z.strictObject({ path: z.string().startsWith('/').optional() }).optional(),
  stickiness: z.enum(['none', 'cookie', 'source']).default('none'),
  access: z.array(Grant).default([]),
})
/** An application behind the edge, from policies/services/<id>.yaml. */
export type Service = z.infer<typeof Service>

const duration = z
  .string()
  .regex(/^P(?=.)(\d{1,4}D)?(T(?=\d)(\d{1,4}H)?(\d{1,4}M)?)?$/, 'a duration is written P7D, PT12H or P1DT6H')

export const Guardrails = z.strictObject({
  /** Longest a grant may last, in ISO 8601 days and hours, and what it lasts when nobody says. */
  limits: z
    .strictObject({
      maxDuration: duration.default('P30D'),
      defaultDuration: duration.default('P7D'),
      allowStanding: z.boolean().default(false),
      /** Largest source, as a prefix length: 16 refuses anything wider than a /16. */
      widestSource: z.int().min(1).max(32).default(16),
      widestSource6: z.int().min(1).max(128).default(48),
    })
    .prefault({}),
  /** What may never be opened, whoever asks. Fields are AND-ed; a field left out matches everything. */
  never: z
    .array(
      z.strictObject({
        id,
        says: text,
        services: z.array(id).optional(),
        environments: z.array(z.string()).optional(),
        subjects: z.array(SubjectText).optional(),
        ports: z.array(PortText).optional(),
      }),
    )
    .default([]),
  /** FortiGate policies (by name) that no grant may be placed above. */
  protectedDenies: z.array(text).default([]),
  approval: z
    .strictObject({
      /** How many different people must approve. */
      count: z.int().min(1).max(5).default(1),
      /** Groups that may approve in addition to the service's owner. */
      alsoBy: z.array(id).default([]),
      /** Higher count for some environments or services. */
      stricter: z
        .array(
          z.strictObject({
            services: z.array(id).optional(),
            environments: z.array(z.string()).optional(),
            count: z.int().min(1).max(5),
          }),
        )
        .default([]),
    })
    .prefault({}),
})
export type Guardrails = z.infer<typeof Guardrails>
