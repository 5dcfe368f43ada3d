/** A generated configuration and the files it names. The same number gives the same text. */
export type Large = { readonly text: string; readonly files: ReadonlyMap<string, string> }

const HEAD = `global
    maxconn 1000
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
frontend web
    bind 127.0.0.1:8080
`

/** So many backends, each with an ACL on its host, a \`use_backend\` and a server. */
export function manyBackends(count: number): Large {
  const each = Array.from({ length: count }, (_, i) => i)
  const acls = each.map((i) => `    acl host-${i} hdr(host) -i app-${i}.example.com`)
  const switches = each.map((i) => `    use_backend app-${i} if host-${i}`)
  const backends = each.map(
    (i) => `backend app-${i}\n    server s1 10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}:8080 check\n`,
  )
  return {
    text: `${HEAD}${acls.join('\n')}\n${switches.join('\n')}\n    default_backend app-0\n${backends.join('')}`,
    files: new Map(),
  }
}

/** So many \`http-request deny\` lines on a network and a path. */
export function manyRules(count: number): Large {
  const rules = Array.from(
    { length: count },
    (_, i) => `    http-request deny if { src 10.${(i >> 8) & 255}.${i & 255}.0/24 } { path_beg /area-${i}/ }`,
  )
  return {
    text: `${HEAD}${rules.join('\n')}\n    default_backend app\nbackend app\n    server s1 10.0.0.1:8080\n`,
    files: new Map(),
  }
}

/** One ACL file of so many networks. */
export function longList(count: number): Large {
  const networks = Array.from(
    { length: count },
    (_, i) => `${11 + ((i >> 16) & 127)}.${(i >> 8) & 255}.${i & 255}.${(i * 8) & 255}/29\n`,
  )
  return {
    text: `${HEAD}    http-request deny if { src -f blocked.lst }\n    default_backend app\nbackend app\n    server s1 10.0.0.1:8080\n`,
    files: new Map([['blocked.lst', networks.join('')]]),
  }
}
