import type { MatchMethod, Ruleset } from '../model.ts'

/** What a fetch yields, which decides how its ACL matches by default. */
export type SampleType = 'bool' | 'int' | 'ip' | 'str' | 'meth' | 'bin' | 'any'

/**
 * When its data exists: `always`, from the accepted connection, from the session (PROXY header and TLS handshake done), from
 * the first bytes (`payload`), or from a parsed request (`http`).
 */
type Layer = 'always' | 'connection' | 'session' | 'payload' | 'http'

export type Fetch = { readonly type: SampleType; readonly layer: Layer }

/** What HAProxy knows when an answer comes; all else of the request has gone to the server (measured on 2.6). */
const KEPT = new Set(
  'status method http_first_req capture.req.uri capture.req.method capture.req.ver capture.req.hdr'.split(' '),
)

/** The fetches that are modelled. Names starting with `.` are ours, for what HAProxy does without a rule. */
export const FETCHES: ReadonlyMap<string, Fetch> = new Map(
  (
    [
      ['bool', 'always', 'always_true always_false bool srv_is_up stopping'],
      ['int', 'always', 'int date nbsrv be_id fe_id so_id nbproc proc'],
      ['str', 'always', 'str env be_name fe_name fe_defbe hostname so_name fc_pp_authority fc_pp_unique_id'],
      ['any', 'always', 'var'],
      ['ip', 'always', 'ipv4 ipv6'],
      ['bin', 'always', 'bin'],
      ['meth', 'always', 'meth'],
      ['ip', 'connection', 'src dst fc_src fc_dst'],
      ['int', 'connection', 'src_port dst_port fc_src_port fc_dst_port fc_http_major'],
      ['bool', 'connection', 'fc_rcvd_proxy src_is_local dst_is_local'],
      ['bool', 'session', 'ssl_fc ssl_fc_has_sni ssl_c_used ssl_fc_has_crt .certified .client-tls .unreadable'],
      ['str', 'session', 'ssl_fc_sni ssl_fc_alpn ssl_fc_protocol'],
      ['int', 'session', 'ssl_c_verify'],
      ['str', 'payload', 'req.ssl_sni req_ssl_sni'],
      [
        'int',
        'payload',
        'req.len req_len req.ssl_hello_type req_ssl_hello_type req.ssl_ver req_ssl_ver req.ssl_st_ext',
      ],
      ['str', 'payload', 'req.ssl_alpn'],
      ['bool', 'payload', 'req.ssl_ec_ext'],
      ['bool', 'payload', 'wait_end'],
      [
        'str',
        'http',
        'path pathq query url base baseq req.ver req_ver capture.req.uri capture.req.method capture.req.ver capture.req.hdr',
      ],
      ['str', 'http', 'req.hdr hdr req.fhdr req.hdr_names req.cook cook cookie urlp url_param'],
      [
        'int',
        'http',
        'req.hdr_cnt hdr_cnt req.fhdr_cnt req.hdr_val hdr_val req.cook_cnt cook_cnt url_port base32 url32',
      ],
      ['int', 'http', 'req.cook_val cook_val urlp_val url_param_val req.body_len req.body_size status'],
      ['ip', 'http', 'req.hdr_ip hdr_ip url_ip'],
      ['meth', 'http', 'method'],
      ['bool', 'http', 'http_auth http_first_req req.proto_http req_proto_http .stats-auth'],
      [
        'str',
        'http',
        'http_auth_group http_auth_user http_auth_pass http_auth_type http_auth_bearer .printed .broken-escape .no-authority .asked-as-proxy',
      ],
      ['bin', 'http', 'req.body req.body_param req.hdrs'],
    ] as const
  ).flatMap(([type, layer, names]) => names.split(' ').map((name) => [name, { type, layer }] as const)),
)

const METHOD_OF: Readonly<Record<SampleType, MatchMethod | undefined>> = {
  bool: 'bool',
  int: 'int',
  ip: 'ip',
  str: 'str',
  meth: 'meth',
  bin: undefined,
  any: undefined,
}

/** How an ACL on this type of sample matches when it does not say; undefined when it must say (`var()` needs `-m`). */
export function defaultMethod(type: SampleType): MatchMethod | undefined {
  return METHOD_OF[type]
}

/** ACL keywords that are a fetch with a match method: `haproxy -dKacl`, 2.6.12. */
const SUFFIXED = new Set('base cook hdr path url urlp url_param req.cook req.hdr ssl_fc_sni'.split(' '))
const SUFFIX = /^(.+)_(beg|dir|dom|end|len|reg|sub)$/

/** Splits `hdr_beg` into the fetch `hdr` and the method `beg`. */
export function splitKeyword(keyword: string): { readonly fetch: string; readonly method?: MatchMethod } {
  const [, base = '', suffix] = SUFFIX.exec(keyword) ?? []
  const method = METHODS.find((each) => each === suffix)
  if (method && SUFFIXED.has(base) && !FETCHES.has(keyword)) return { fetch: base, method }
  return { fetch: keyword }
}

export const METHODS = [
  'found',
  'bool',
  'int',
  'ip',
  'bin',
  'len',
  'str',
  'beg',
  'sub',
  'end',
  'dir',
  'dom',
  'reg',
] as const satisfies readonly MatchMethod[]

/** Whether this fetch can have data in this ruleset. Where not, it never matches and `!` always does. */
export function isAvailable(name: string, where: Ruleset, mode: 'tcp' | 'http'): boolean {
  const layer = FETCHES.get(name)?.layer
  if (layer === 'always' || layer === 'connection') return true
  if (where === 'connection') return false
  if (layer === 'session') return true
  if (where === 'session') return false
  if (where === 'response') return KEPT.has(name)
  if (layer === 'http') return true
  return mode === 'tcp' && where === 'content'
}
