import type { Word } from '../text.ts'

/**
 * Keywords that cannot change which server a request reaches or whether it is refused (configuration.txt 2.6): logging, time
 * limits, buffers, health checking, what is added to a request on its way out, and everything about the answer's looks.
 */
const HARMLESS = new Set(
  (
    'balance hash-type hash-balance-factor timeout log log-format log-format-sd log-tag error-log-format description id ' +
    'unique-id-format unique-id-header compression capture declare retries retry-on maxconn fullconn backlog http-check ' +
    'dynamic-cookie-key tcp-check http-reuse email-alert external-check max-keep-alive-queue stick-table errorfile ' +
    'grace bind-process source use-fcgi-app errorfiles http-error http-send-name-header max-session-srv-conns persist-rdp ' +
    'rate-limit tcp-response clitcpka-idle clitcpka-intvl clitcpka-cnt srvtcpka-idle srvtcpka-intvl srvtcpka-cnt'
  ).split(' '),
)

const HARMLESS_OPTIONS = new Set(
  (
    'abortonclose clitcpka contstats dontlog-normal dontlognull http-buffer-request http-ignore-probes http-keep-alive ' +
    'http-no-delay http-use-proxy-header http-pretend-keepalive http-server-close httpclose httplog httpslog tcplog independent-streams ' +
    'log-health-checks log-separate-errors logasap nolinger prefer-last-server socket-stats splice-auto splice-request ' +
    'splice-response srvtcpka tcp-smart-accept tcp-smart-connect tcpka disable-h2-upgrade h1-case-adjust-bogus-client ' +
    'h1-case-adjust-bogus-server originalto forwardfor redispatch checkcache idle-close-on-response httpchk ldap-check ' +
    'mysql-check pgsql-check redis-check smtpchk spop-check ssl-hello-chk tcp-check external-check http-use-htx ' +
    'accept-invalid-http-response http-no-delay'
  ).split(' '),
)

/** Whether a line of a proxy section provably cannot change routing. */
export function isHarmless(words: readonly Word[]): boolean {
  const first = words[0]?.value
  const second = words[1]?.value
  if (first === 'no' || first === 'default') return isHarmless(words.slice(1))
  if (first === 'option') return HARMLESS_OPTIONS.has(second ?? '')
  if (first === 'filter') return second === 'compression' || second === 'trace' || second === 'bwlim-out'
  if (first === 'errorfile' || first === 'http-error') return words.length > 2
  return HARMLESS.has(first ?? '')
}
