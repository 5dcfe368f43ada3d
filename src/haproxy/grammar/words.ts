import { readVocabulary, type Vocabulary } from './vocabulary.ts'

/**
 * First words of a line in a frontend, backend, listen or defaults section, and which releases know them. Of 2.6 they are measured with
 * the binary (`haproxy -dKall`, and every other word tried); what came later or went is from the same list of later binaries and the
 * changelogs.
 */
export const PROXY_WORDS = readVocabulary(
  `acl backlog balance bind bind-process@-2.6 capture clitcpka-cnt clitcpka-idle clitcpka-intvl compression cookie declare
  default-server default_backend description disabled dispatch dynamic-cookie-key email-alert enabled error-log-format@2.5
  errorfile errorfiles errorloc errorloc302 errorloc303 external-check filter force-persist force-be-switch@3.3 fullconn grace@-2.4
  guid@3.0 hash-balance-factor hash-preserve-affinity@3.1 hash-type http-after-response http-check http-error http-request http-response
  http-reuse http-send-name-header id ignore-persist load-server-state-from-file log log-format log-format-sd log-steps@3.1 log-tag
  max-keep-alive-queue max-session-srv-conns maxconn mode monitor monitor-uri option persist quic-initial@3.1 rate-limit
  redirect retries retry-on server server-state-file-name server-template source srvtcpka-cnt srvtcpka-idle srvtcpka-intvl ssl-f-use@3.2
  stats stick stick-table tcp-check tcp-request tcp-response timeout transparent unique-id-format unique-id-header use-fcgi-app
  use-server use_backend usesrc`,
)

/** What replaced words that were taken away before 2.4. */
export const REPLACED: Readonly<Record<string, string>> = {
  appsession: 'cookie, or a stick-table',
  block: 'http-request deny',
  clitimeout: 'timeout client',
  contimeout: 'timeout connect',
  'monitor-net': 'http-request return status 200 if { src … }',
  redisp: 'option redispatch',
  redispatch: 'option redispatch',
  reqadd: 'http-request add-header',
  reqallow: 'http-request allow',
  reqdel: 'http-request del-header',
  reqdeny: 'http-request deny',
  reqrep: 'http-request replace-header',
  reqirep: 'http-request replace-header',
  rspadd: 'http-response add-header',
  rspdel: 'http-response del-header',
  rsprep: 'http-response replace-header',
  rspirep: 'http-response replace-header',
  srvtimeout: 'timeout server',
}

/** Options that `no` and `default` may stand before. */
export const SWITCHES = readVocabulary(
  `abortonclose accept-invalid-http-request accept-invalid-http-response accept-unsafe-violations-in-http-request@3.1
  accept-unsafe-violations-in-http-response@3.1 allbackups checkcache clitcpka contstats disable-h2-upgrade dontlog-normal dontlognull
  h1-case-adjust-bogus-client h1-case-adjust-bogus-server http-buffer-request http-drop-request-trailers@3.1
  http-drop-response-trailers@3.1 http-ignore-probes http-keep-alive http-no-delay http-pretend-keepalive http-server-close
  http-use-proxy-header httpclose idle-close-on-response independent-streams log-health-checks log-separate-errors logasap nolinger
  persist prefer-last-server redispatch socket-stats splice-auto splice-request splice-response srvtcpka tcp-smart-accept
  tcp-smart-connect transparent`,
)
export const OTHER_OPTIONS = readVocabulary(
  `external-check forwardfor forwarded@2.8 http-restrict-req-hdr-names http_proxy@-2.4 httpchk httplog httpslog@2.5 ldap-check
  mysql-check originalto pgsql-check redis-check smtpchk spop-check ssl-hello-chk tcp-check tcpka tcplog`,
)

const VARIABLES = 'set-var* set-var-fmt*@2.5 unset-var*'
const COUNTERS = 'sc-inc-gpc* sc-set-gpt* sc-add-gpc*@2.8'
const LATER = 'set-bandwidth-limit@2.7 set-fc-mark@3.0 set-fc-tos@3.0 do-log@3.1'
const LISTS = 'add-acl* del-acl* set-map* del-map*'
const ADDRESSES = 'set-src set-src-port set-dst set-dst-port'
const HEADERS = 'add-header set-header del-header replace-header replace-value'

/** Actions, by what stands before them. */
export const ACTIONS = {
  'tcp-request connection': readVocabulary(
    `accept reject expect-proxy expect-netscaler-cip track-sc* silent-drop set-mark set-tos ${ADDRESSES} ${VARIABLES} ${COUNTERS}
    set-fc-mark@3.0 set-fc-tos@3.0 do-log@3.1`,
  ),
  'tcp-request session': readVocabulary(
    `accept reject track-sc* silent-drop set-mark set-tos ${ADDRESSES} ${VARIABLES} ${COUNTERS} attach-srv@2.9 set-fc-mark@3.0
    set-fc-tos@3.0 do-log@3.1`,
  ),
  'tcp-request content': readVocabulary(
    `accept reject capture track-sc* silent-drop do-resolve* send-spoe-group ot-group set-log-level set-mark set-nice set-priority-class
    set-priority-offset set-tos switch-mode use-service ${ADDRESSES} ${VARIABLES} ${COUNTERS} ${LATER} set-bc-mark@3.0 set-bc-tos@3.0
    set-retries@3.1`,
  ),
  'tcp-response content': readVocabulary(
    `accept close reject send-spoe-group ot-group set-log-level set-mark set-nice set-tos silent-drop ${VARIABLES} ${COUNTERS} ${LATER}`,
  ),
  'http-request': readVocabulary(
    `allow auth cache-use capture deny disable-l7-retry do-resolve* early-hint normalize-uri ot-group redirect reject replace-path
    replace-pathq replace-uri return send-spoe-group set-log-level set-mark set-method set-nice set-path set-pathq set-priority-class
    set-priority-offset set-query set-timeout set-tos set-uri silent-drop strict-mode tarpit track-sc* use-service wait-for-body
    wait-for-handshake ${HEADERS} ${ADDRESSES} ${LISTS} ${VARIABLES} ${COUNTERS} ${LATER} set-bc-mark@3.0 set-bc-tos@3.0
    set-retries@3.1 pause@3.1`,
  ),
  'http-response': readVocabulary(
    `allow cache-store capture deny ot-group redirect return send-spoe-group set-log-level set-mark set-nice set-status set-tos silent-drop
    strict-mode track-sc* wait-for-body ${HEADERS} ${LISTS} ${VARIABLES} ${COUNTERS} ${LATER} pause@3.1 set-timeout@3.1`,
  ),
  'http-after-response': readVocabulary(
    `allow capture@2.6 ot-group set-status strict-mode ${HEADERS} ${VARIABLES} set-map*@2.8 del-map*@2.8 del-acl*@2.8 sc-inc-gpc*@2.8
    sc-set-gpt*@2.8 sc-add-gpc*@2.8 set-log-level@2.8 do-log@3.1`,
  ),
} as const satisfies Readonly<Record<string, Vocabulary>>

/** First words of a line in `global`. `log`, `no` and `stats` are words of other sections too. */
export const GLOBAL_WORDS = readVocabulary(
  `acme.scheduler@3.2 busy-polling ca-base chroot close-spread-time@2.6 cluster-secret cpu-map cpu-policy@3.2 cpu-set@3.2 crt-base
  daemon debug@-2.4 default-path description dns-accept-family@3.2 expose-deprecated-directives@3.1 expose-experimental-directives
  external-check force-cfg-parser-pause@3.2 fd-hard-limit@2.8 gid grace@2.5 group h1-accept-payload-with-any-method h1-case-adjust
  h1-case-adjust-file h1-do-not-close-on-insecure-transfer-encoding@2.9 h2-workaround-bogus-websocket-clients hard-stop-after
  harden.reject-privileged-ports.quic@2.7 harden.reject-privileged-ports.tcp@2.7 http-err-codes@3.0 http-fail-codes@3.0
  httpclient.resolvers.disabled@2.7 httpclient.resolvers.id@2.6 httpclient.resolvers.prefer@2.6 httpclient.retries@2.7
  httpclient.ssl.ca-file@2.6 httpclient.ssl.verify@2.6 httpclient.timeout.connect@2.8 insecure-fork-wanted insecure-setuid-wanted
  issuers-chain-path key-base@3.0 limited-quic@2.8 localpeer log log-send-hostname log-tag lua-load lua-load-per-thread lua-prepend-path
  master-worker max-spread-checks maxcompcpuusage maxcomprate maxconn maxconnrate maxpipes maxsessrate maxsslconn maxsslrate maxzlibmem
  mworker-max-reloads nbproc@-2.4 nbthread no-memory-trimming@2.6 no-quic@2.6 node noepoll noevports nogetaddrinfo nokqueue nopoll
  noreuseport nosplice numa-cpu-mapping ocsp-update.disable@3.0 ocsp-update.httpproxy@3.0 ocsp-update.maxdelay@3.0
  ocsp-update.mindelay@3.0 ocsp-update.mode@3.0 pidfile pp2-never-send-local prealloc-fd@2.7 presetenv profiling.memory profiling.tasks
  quick-exit@-2.4 quiet resetenv server-state-base server-state-file set-dumpable set-var set-var-fmt@2.5 setcap@2.7 setenv
  shm-stats-file@3.2 shm-stats-file-max-objects@3.2 spread-checks
  ssl-default-bind-ciphers ssl-default-bind-ciphersuites ssl-default-bind-client-sigalgs@2.8 ssl-default-bind-curves
  ssl-default-bind-options ssl-default-bind-sigalgs@2.8 ssl-default-server-ciphers ssl-default-server-ciphersuites
  ssl-default-server-client-sigalgs@2.9 ssl-default-server-curves@2.9 ssl-default-server-options ssl-default-server-sigalgs@2.9
  ssl-dh-param-file ssl-engine ssl-load-extra-del-ext ssl-load-extra-files ssl-mode-async ssl-propquery@2.6 ssl-provider@2.6
  ssl-provider-path@2.6 ssl-security-level@3.0 ssl-server-verify ssl-skip-self-issued-ca stats stats-file@3.0 strict-limits
  stress-level@3.1 thread-group@2.5 thread-groups@2.5 thread-hard-limit@2.8 trace@2.7 tune.* uid ulimit-n unix-bind unsetenv user
  warn-blocked-traffic-after@3.0 wurfl-* 51degrees-* deviceatlas-* zero-warning`,
)

/** `tune.…` of the global section, without that beginning. */
export const TUNABLES = readVocabulary(
  `applet.zero-copy-forwarding@2.9 buffers.limit buffers.reserve bufsize bufsize.small@3.1 comp.maxlevel disable-fast-forward@2.8
  disable-zero-copy-forwarding@2.9 epoll.mask-events@2.9 events.max-events-at-once@2.9 fail-alloc fd.edge-triggered
  glitches.kill.cpu-usage@3.1 h1.zero-copy-fwd-recv@2.9 h1.zero-copy-fwd-send@2.9 h2.header-table-size h2.initial-window-size h2.max-concurrent-streams
  h2.max-frame-size h2.be.*@2.7 h2.fe.*@2.7 h2.zero-copy-fwd-send@2.9 h2.log-errors@3.1 http.cookielen http.logurilen http.maxhdr
  idle-pool.shared idletimer listener.default-shards@2.8 listener.multi-queue lua.bool-sample-conversion@3.1 lua.burst-timeout@2.9
  lua.forced-yield lua.log.loggers@2.9 lua.log.stderr@2.9 lua.maxmem lua.service-timeout lua.session-timeout lua.task-timeout
  max-checks-per-thread@2.9 max-rules-at-once@2.8 maxaccept maxpollevents maxrewrite memory.hot-size@2.8 notsent-lowat.client@3.1
  notsent-lowat.server@3.1 pattern.cache-size peers.max-updates-at-once pipesize pool-high-fd-ratio pool-low-fd-ratio
  pt.zero-copy-forwarding@2.9 quic.* rcvbuf.backend@2.9 rcvbuf.client rcvbuf.frontend@2.9 rcvbuf.server recv_enough renice.runtime@3.0
  renice.startup@3.0 ring.queues@2.9 runqueue-depth sched.low-latency sndbuf.backend@2.9 sndbuf.client sndbuf.frontend@2.9
  sndbuf.server ssl.cachesize ssl.capture-buffer-size ssl.capture-cipherlist-size ssl.default-dh-param ssl.force-private-cache
  ssl.hard-maxrecord ssl.keylog ssl.lifetime ssl.maxrecord ssl.ssl-ctx-cache-size ssl.*@2.7 stick-counters@2.7 takeover-other-tg-connections@3.2 vars.check-max-size vars.global-max-size
  vars.proc-max-size vars.reqres-max-size vars.sess-max-size vars.txn-max-size zlib.memlevel zlib.windowsize`,
)

/** First words of a line in the sections that say nothing about where a request goes. */
export const SECTION_WORDS: Readonly<Record<string, Vocabulary>> = {
  userlist: readVocabulary('user group'),
  peers: readVocabulary('peer bind server table default-server default-bind disabled enabled log shards@2.8'),
  resolvers: readVocabulary('nameserver parse-resolv-conf hold timeout resolve_retries accepted_payload_size'),
  mailers: readVocabulary('mailer timeout'),
  cache: readVocabulary('total-max-size max-age max-object-size process-vary max-secondary-entries'),
  'http-errors': readVocabulary('errorfile'),
  ring: readVocabulary('description format maxlen size server timeout backing-file@2.6'),
  'log-forward': readVocabulary(
    'bind dgram-bind log maxconn backlog timeout option@2.8 no@2.8 default@3.0 disabled enabled@3.2 guid@3.2',
  ),
  program: readVocabulary('command user group option no'),
  'fcgi-app': readVocabulary('acl docroot index path-info log-stderr pass-header set-param option no default'),
  namespace_list: readVocabulary('namespace'),
  'crt-store': readVocabulary('crt-base key-base load'),
  traces: readVocabulary('trace'),
  'log-profile': readVocabulary('log-tag on'),
  acme: readVocabulary(
    `account-key acme-vars bits challenge contact curves directory keytype map provider-name reuse-key dns-delay dns-timeout profile`,
  ),
}
