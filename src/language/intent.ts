import { z } from 'zod'

/**
 * The typed meaning of a message: the JSON of `sallyport ask`, `plan --intent` and `eval`. All fields but `kind` are optional.
 * A field that is absent was not said. INVARIANT: a `grant` never says "everything", "anyone" or a default route.
 */
export const INTENT_KINDS = [
  'grant',
  'revoke',
  'extend',
  'status',
  'diagnose',
  'drift',
  'onboard-service',
  'help',
  'out-of-scope',
] as const
export type IntentKind = (typeof INTENT_KINDS)[number]

export const SubjectRef = z.strictObject({ type: z.enum(['group', 'person', 'network', 'cidr']), id: z.string() })
export type SubjectRef = z.infer<typeof SubjectRef>

export const SLOTS = ['subject', 'service', 'window', 'port', 'host', 'name'] as const
export type Slot = (typeof SLOTS)[number]

export const Window = z.strictObject({
  /** ISO 8601 with offset. */
  start: z.string().optional(),
  end: z.string().optional(),
  /** ISO 8601 duration, counted from approval. */
  duration: z.string().optional(),
  precision: z.enum(['day', 'minute']).optional(),
})
export type Window = z.infer<typeof Window>

export const BaseIntent = z.strictObject({
  kind: z.enum(INTENT_KINDS),
  subjects: z.array(SubjectRef).optional(),
  except: z.array(SubjectRef).optional(),
  via: z.array(SubjectRef).optional(),
  services: z.array(z.string()).optional(),
  exceptServices: z.array(z.string()).optional(),
  allServices: z.boolean().optional(),
  sameAs: z.string().optional(),
  hosts: z.array(z.string()).optional(),
  ports: z.array(z.string()).optional(),
  /** HTTP methods, when somebody only wants to read. */
  methods: z.array(z.string().regex(/^[A-Z]{1,20}$/)).optional(),
  window: Window.optional(),
  reason: z.string().optional(),
  ticket: z.string().optional(),
  devices: z.array(z.string()).optional(),
  newService: z
    .strictObject({
      name: z.string().optional(),
      hosts: z.array(z.string()).optional(),
      ports: z.array(z.string()).optional(),
      owner: z.string().optional(),
      environment: z.string().optional(),
      backends: z.array(z.string()).optional(),
      /** The path that a health check asks for. */
      health: z.string().optional(),
      stickiness: z.enum(['cookie', 'source']).optional(),
      /** The VIP or the frontend by which it shall be reached. */
      door: z.string().optional(),
    })
    .optional(),
  /** Slots that must be asked about before anything happens. Empty or absent: nothing is open. */
  needsClarification: z.array(z.enum(SLOTS)).optional(),
  /** For an open slot, the known things it may be: ids of the catalogue, best first. */
  candidates: z.record(z.string(), z.array(z.string())).optional(),
  /** Words that named something nobody knows, as they stood in the message. */
  unresolved: z.array(z.string()).optional(),
  /** Oddities that add friction: `fuzzy:grafanna->grafana`, `injection`, `claims-approval`. */
  flags: z.array(z.string()).optional(),
})

export type Intent = z.infer<typeof BaseIntent> & { readonly additional?: readonly Intent[] | undefined }
export const Intent: z.ZodType<Intent> = BaseIntent.extend({
  /** Further intents of the same message. */
  get additional() {
    return z.array(Intent).optional()
  },
})
