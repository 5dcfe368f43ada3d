/** A generated configuration and the files it names. The same number gives the same text. */
export type Large = { readonly text: string; readonly files: ReadonlyMap<string, string> }
/** A request that a shape is asked about: `at` says which of its many lines it is meant for. */
export type Ask = {
  readonly bind?: string
  readonly src?: string
  readonly path?: string
  readonly host?: string
  readonly headers?: readonly (readonly [string, string])[]
}

/** A way for configurations to be large. */
export type Shape = {
  readonly name: string
  readonly sizes: readonly number[]
  readonly make: (count: number) => Large
  /** The request that the line of this number decides; asked with a number past the end, none of them does. */
  readonly ask: (at: number) => Ask
}

const LISTENER = 'frontend web\n    bind 127.0.0.1:8080\n'
const HEAD = `global
    maxconn 1000
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
`
const APP = '    default_backend app\nbackend app\n    server s1 10.0.0.1:8080\n'
const THOUSANDS = [1_000, 10_000]
const LISTS = [100_000, 1_000_000]

export const SHAPES: readonly Shape[] = [
  { name: 'backends by ACL', sizes: THOUSANDS, make: manyBackends, ask: (i) => ({ host: hostOf(i) }) },
  {
    name: 'backends, 3 checked servers each',
    sizes: THOUSANDS,
    make: (count) => plain(`${switches(count)}${many(count, (i) => `backend app-${i}\n${servers(i)}`)}`),
    ask: (i) => ({ host: hostOf(i) }),
  },
  {
    name: 'backends by one map',
    sizes: THOUSANDS,
    make: (count) => ({
      text: `${HEAD}${LISTENER}    use_backend %[req.hdr(host),lower,map(hosts.map)]\n    default_backend app-0\n${many(count, backend)}`,
      files: new Map([['hosts.map', many(count, (i) => `${hostOf(i)} app-${i}\n`)]]),
    }),
    ask: (i) => ({ host: hostOf(i) }),
  },
  {
    name: 'backends with settings of their own',
    sizes: THOUSANDS,
    make: (count) => plain(`${switches(count)}${many(count, settledBackend)}`),
    ask: (i) => ({ host: hostOf(i) }),
  },
  { name: 'deny rules', sizes: THOUSANDS, make: manyRules, ask: (i) => ({ src: sourceOf(i), path: `/area-${i}/x` }) },
  {
    name: 'deny rules that all look at one header',
    sizes: THOUSANDS,
    make: (count) =>
      plain(`${LISTENER}${many(count, (i) => `    http-request deny if { req.hdr(x-team) team-${i} }\n`)}${APP}`),
    ask: (i) => ({ headers: [['x-team', `team-${i}`]] }),
  },
  {
    name: 'rules that set headers',
    sizes: THOUSANDS,
    make: (count) =>
      plain(
        `${LISTENER}${many(count, (i) => `    http-request set-header x-area-${i} "%[src] area ${i}" if { path_beg /area-${i}/ }\n`)}${APP}`,
      ),
    ask: (i) => ({ path: `/area-${i}/x` }),
  },
  {
    name: 'rules by regular expression',
    sizes: THOUSANDS,
    make: (count) =>
      plain(`${LISTENER}${many(count, (i) => `    http-request deny if { path_reg ^/area-${i}/[a-z]+$ }\n`)}${APP}`),
    ask: (i) => ({ path: `/area-${i}/x` }),
  },
  {
    name: 'rules that negate',
    sizes: THOUSANDS,
    make: (count) =>
      plain(
        `${LISTENER}${many(count, (i) => `    http-request deny if { path_beg /area-${i}/ } !{ src ${networkOf(i)} }\n`)}${APP}`,
      ),
    ask: (i) => ({ path: `/area-${i}/x`, src: '192.0.2.1' }),
  },
  {
    name: 'anonymous ACLs',
    sizes: THOUSANDS,
    make: (count) =>
      plain(
        `${LISTENER}${many(count, (i) => `    use_backend app if { hdr(host) -i ${hostOf(i)} } { path_beg /x } or { hdr_end(host) .${i}.example.com } !{ method POST }\n`)}${APP}`,
      ),
    ask: (i) => ({ host: hostOf(i), path: '/x' }),
  },
  {
    name: 'ACL lines of one name',
    sizes: THOUSANDS,
    make: (count) =>
      plain(
        `${LISTENER}${many(count, (i) => `    acl known path_beg /area-${i}/\n`)}    http-request deny if known\n${APP}`,
      ),
    ask: (i) => ({ path: `/area-${i}/x` }),
  },
  {
    name: 'ACL lines of as many names',
    sizes: THOUSANDS,
    make: (count) =>
      plain(
        `${LISTENER}${many(count, (i) => `    acl area-${i} path_beg /area-${i}/\n`)}    http-request deny if area-${count - 1}\n${APP}`,
      ),
    ask: (i) => ({ path: `/area-${i}/x` }),
  },
  {
    name: 'frontends',
    sizes: THOUSANDS,
    make: (count) =>
      plain(
        `${many(count, (i) => `frontend web-${i}\n    bind ${listenerOf(i)}\n    default_backend app\n`)}backend app\n    server s1 10.0.0.1:8080\n`,
      ),
    ask: (i) => ({ bind: listenerOf(i) }),
  },
  {
    name: 'binds of one frontend',
    sizes: THOUSANDS,
    make: (count) => plain(`frontend web\n${many(count, (i) => `    bind ${listenerOf(i)}\n`)}${APP}`),
    ask: (i) => ({ bind: listenerOf(i) }),
  },
  {
    name: 'listen sections',
    sizes: THOUSANDS,
    make: (count) =>
      plain(
        many(
          count,
          (i) =>
            `listen app-${i}\n    bind ${listenerOf(i)}\n    balance roundrobin\n    option httpchk GET /health\n${servers(i)}`,
        ),
      ),
    ask: (i) => ({ bind: listenerOf(i) }),
  },
  {
    name: 'servers of one backend, a use-server each',
    sizes: THOUSANDS,
    make: (count) =>
      plain(
        `${LISTENER}    default_backend app\nbackend app\n${many(count, (i) => `    use-server s-${i} if { path_beg /area-${i}/ }\n`)}${many(count, (i) => `    server s-${i} ${addressOf(i)}:8080\n`)}`,
      ),
    ask: (i) => ({ path: `/area-${i}/x` }),
  },
  {
    name: 'comments and blank lines',
    sizes: THOUSANDS,
    make: (count) =>
      plain(
        `${switches(count)}${many(count, (i) => `\n# ${'-'.repeat(60)}\n#   application ${i}, it's "in use"\n\n${backend(i)}    # timeout server 5s\n\n`)}`,
      ),
    ask: (i) => ({ host: hostOf(i) }),
  },
  {
    name: 'quotes and escapes',
    sizes: THOUSANDS,
    make: (count) =>
      plain(
        `${LISTENER}${many(count, (i) => `    http-request set-header x-words-${i} 'it is area ${i}' if { path "/an\\ area/${i}" } # area "${i}"\n`)}${APP}`,
      ),
    ask: (i) => ({ path: `/area/${i}` }),
  },
  {
    name: 'a list of networks',
    sizes: LISTS,
    make: longList,
    ask: (i) => ({ src: `${11 + ((i >> 16) & 127)}.${(i >> 8) & 255}.${i & 255}.${(i * 8) & 255}` }),
  },
  {
    name: 'a list of hosts',
    sizes: LISTS,
    make: (count) => ({
      text: `${HEAD}${LISTENER}    http-request deny if { req.hdr(host) -i -f hosts.lst }\n${APP}`,
      files: new Map([['hosts.lst', many(count, (i) => `${hostOf(i)}\n`)]]),
    }),
    ask: (i) => ({ host: hostOf(i) }),
  },
  {
    name: 'a list of path beginnings',
    sizes: LISTS,
    make: (count) => ({
      text: `${HEAD}${LISTENER}    http-request deny if { path_beg -f paths.lst }\n${APP}`,
      files: new Map([['paths.lst', many(count, (i) => `/area-${i}/\n`)]]),
    }),
    ask: (i) => ({ path: `/area-${i}/x` }),
  },
  {
    name: 'a map of hosts',
    sizes: LISTS,
    make: (count) => ({
      text: `${HEAD}${LISTENER}    use_backend %[req.hdr(host),lower,map(hosts.map)]\n${APP}`,
      files: new Map([['hosts.map', many(count, (i) => `${hostOf(i)} app\n`)]]),
    }),
    ask: (i) => ({ host: hostOf(i) }),
  },
]

/** So many backends, each with an ACL on its host, a `use_backend` and a server. */
export function manyBackends(count: number): Large {
  return plain(`${switches(count)}${many(count, backend)}`)
}

/** So many `http-request deny` lines on a network and a path. */
export function manyRules(count: number): Large {
  return plain(
    `${LISTENER}${many(count, (i) => `    http-request deny if { src ${networkOf(i)} } { path_beg /area-${i}/ }\n`)}${APP}`,
  )
}

/** One ACL file of so many networks. */
export function longList(count: number): Large {
  return {
    text: `${HEAD}${LISTENER}    http-request deny if { src -f blocked.lst }\n${APP}`,
    files: new Map([
      [
        'blocked.lst',
        many(count, (i) => `${11 + ((i >> 16) & 127)}.${(i >> 8) & 255}.${i & 255}.${(i * 8) & 255}/29\n`),
      ],
    ]),
  }
}

function plain(text: string): Large {
  return { text: HEAD + text, files: new Map() }
}

function many(count: number, each: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => each(i)).join('')
}

function switches(count: number): string {
  return `${LISTENER}${many(count, (i) => `    acl host-${i} hdr(host) -i ${hostOf(i)}\n`)}${many(count, (i) => `    use_backend app-${i} if host-${i}\n`)}    default_backend app-0\n`
}

function backend(i: number): string {
  return `backend app-${i}\n    server s1 ${addressOf(i)}:8080 check\n`
}

/** What a router that is generated writes for each of its applications. */
function settledBackend(i: number): string {
  return `backend app-${i}
    mode http
    option redispatch
    option forwardfor
    balance leastconn
    timeout check 5000ms
    timeout server 30s
    http-request add-header X-Forwarded-Host %[req.hdr(host)]
    http-request add-header X-Forwarded-Port %[dst_port]
    http-request add-header X-Forwarded-Proto http if !{ ssl_fc }
    http-request set-header X-Forwarded-Proto https if { ssl_fc }
    cookie route-${i} insert indirect nocache httponly
    server pod-a ${addressOf(i)}:8080 cookie a${i} weight 256 check inter 5000ms
`
}

function servers(i: number): string {
  return ['a', 'b', 'c']
    .map((name) => `    server ${name} ${addressOf(i)}:8080 check inter 5s fall 3 rise 2 weight 10\n`)
    .join('')
}

const hostOf = (i: number) => `app-${i}.example.com`
const addressOf = (i: number) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`
const networkOf = (i: number) => `10.${(i >> 8) & 255}.${i & 255}.0/24`
const sourceOf = (i: number) => `10.${(i >> 8) & 255}.${i & 255}.9`
const listenerOf = (i: number) => `127.0.${1 + (i >> 8)}.${i & 255}:8080`
