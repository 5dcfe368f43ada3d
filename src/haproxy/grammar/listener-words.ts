import { readVocabulary, type Vocabulary } from './vocabulary.ts'

/**
 * What an option of a `bind` or `server` line takes: nothing, `word`, `maybe` (a word that may be missing), `time`, `wait` (a time above
 * 0), `count` (above 0), `natural` (0 or more), `expression`, `address`, one of `a|b`, or `,a|b` for a list of those with commas.
 */
export type OptionWords = { readonly vocabulary: Vocabulary; readonly takes: ReadonlyMap<string, string> }

const VERSIONS = 'SSLv3|TLSv1.0|TLSv1.1|TLSv1.2|TLSv1.3'
const PROTOCOLS = 'h1|h2|fcgi|none|quic|spop'
const TLS_SWITCHES =
  'force-sslv3 force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13 no-sslv3 no-tlsv10 no-tlsv11 no-tlsv12 no-tlsv13 no-tls-tickets'

/** Of `bind` (and `stats socket`); measured with 2.6. */
export const BIND_WORDS: OptionWords = readOptions(`
  =accept-proxy defer-accept quic-force-retry@2.6 ssl tfo transparent v4v6 v6only allow-0rtt generate-certificates no-alpn@2.8
  =no-ca-names no-strict-sni@3.1 prefer-client-ciphers strict-sni tls-tickets@3.1 ${TLS_SWITCHES}
  word=name interface namespace alpn npn ca-file ca-ignore-err ca-sign-file ca-sign-pass ca-verify-file ciphers ciphersuites crl-file crt
  word=crt-ignore-err crt-list curves ecdhe tls-ticket-keys default-crt@3.0 sigalgs@2.8 client-sigalgs@2.8 guid-prefix@3.0 label@3.2
  word=idle-ping@3.1 nbconn@3.0 quic-cc-algo@2.7 quic-socket@2.8 expose-fd process thread@2.5 shards@2.5 mss
  word=nice gid uid user group
  maybe=mode
  natural=maxconn backlog
  count=id accept-netscaler-cip
  time=tcp-ut
  user|operator|admin=level
  none|number|string=severity-output
  none|optional|required=verify
  ${VERSIONS}=ssl-min-ver ssl-max-ver
  ${PROTOCOLS}=proto`)

/** Of `server`, `server-template` and `default-server`; measured with 2.6. */
export const SERVER_WORDS: OptionWords = readOptions(`
  =agent-check allow-0rtt backup check check-send-proxy check-ssl check-via-socks4 disabled enabled no-agent-check no-backup no-check
  =no-check-send-proxy no-check-ssl no-send-proxy no-send-proxy-v2 no-send-proxy-v2-ssl no-send-proxy-v2-ssl-cn no-ssl no-ssl-reuse
  =no-tfo no-verifyhost non-stick send-proxy send-proxy-v2 send-proxy-v2-ssl send-proxy-v2-ssl-cn ssl ssl-reuse stick tfo tls-tickets
  =check-reuse-pool@3.1 no-check-reuse-pool@3.1 strict-maxconn@3.1 ${TLS_SWITCHES}
  word=cookie redir track alpn npn ca-file check-alpn check-sni ciphers ciphersuites crl-file crt namespace verifyhost resolvers agent-send
  word=port agent-port max-reuse pool-low-conn
  word=client-sigalgs@2.9 curves@2.9 sigalgs@2.9 guid@3.0 idle-ping@3.1 check-pool-conn-name@3.1 pool-conn-name@3.0 log-bufsize@3.0
  maybe=maxconn maxqueue minconn shard@2.7
  weight=weight
  wait=inter fastinter downinter agent-inter
  count=fall rise error-limit id
  time=slowstart tcp-ut pool-purge-delay
  connections=pool-max-conn
  expression=sni
  address=addr agent-addr
  socket=socks4
  source=source
  tlv=set-proxy-v2-tlv-fmt*@2.9
  usesrc=usesrc
  networks=resolve-net
  none|layer4|layer7=observe
  fastinter|fail-check|sudden-death|mark-down=on-error
  shutdown-sessions=on-marked-down
  shutdown-backup-sessions=on-marked-up
  auto|h1|h2=ws@2.5
  ipv4|ipv6=resolve-prefer
  ,allow-dup-ip|ignore-weight|prevent-dup-ip=resolve-opts
  ,last|libc|none|IP=init-addr
  legacy|octet-count=log-proto
  id|addr|addr-port=hash-key@3.0
  up|down|fully-up|fully-down=init-state@3.1
  none|required=verify
  ,ssl|cert-cn|ssl-cipher|cert-sig|cert-key|authority|crc32c|unique-id=proxy-v2-options
  ${VERSIONS}=ssl-min-ver ssl-max-ver
  ${PROTOCOLS}=proto check-proto`)

function readOptions(lines: string): OptionWords {
  const takes = new Map<string, string>()
  const names: string[] = []
  for (const line of lines.trim().split(/\s*\n\s*/)) {
    const [kind = '', list = ''] = line.split('=')
    for (const name of list.split(' ')) {
      names.push(name)
      takes.set(name.replace(/@.*/, '').replace(/\*$/, ''), kind)
    }
  }
  return { vocabulary: readVocabulary(names.join(' ')), takes }
}
