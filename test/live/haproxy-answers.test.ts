import { expect, test } from 'vitest'
import {
  readCertificate,
  readDescription,
  readInfo,
  readPatternLists,
  readProcesses,
  readServerStates,
  readSessions,
  readTables,
} from '../../src/live/haproxy-answers.ts'

test('`show info` of any release tells who answers, and what it does not tell yet is not made up', () => {
  const old = 'Name: HAProxy\nVersion: 2.4.22\nNbproc: 2\nPid: 8\nUptime: 0d 0h05m\nUptime_sec: 300\nStopping: 1\n'
  expect(readInfo(old)).toEqual({
    ...{ version: '2.4.22', pid: 8, startedAt: undefined, uptimeSeconds: 300, processes: 2, stopping: true },
  })
  const next =
    'Name: HAProxy\nVersion: 3.2.4-98813a1\nPid: 9\nUptime_sec: 1\nStart_time_sec: 1795426074\nStopping: 0\nNew thing: x\n'
  expect(readInfo(next)).toMatchObject({
    version: '3.2.4-98813a1',
    startedAt: 1_795_426_074,
    processes: 1,
    stopping: false,
  })
  expect(readInfo('Unknown command\n')).toBeUndefined()
})

test.each([
  [0, 'ready'],
  [1, 'maint'],
  [2, 'maint'],
  [4, 'ready'],
  [5, 'maint'],
  [8, 'drain'],
  [16, 'drain'],
  [9, 'maint'],
  [32, 'maint'],
  [64, 'maint'],
])('administrative state %i is %s', (bits, admin) => {
  const header =
    '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_fqdn srv_port'
  const states = readServerStates(`1\n${header}\n3 b 1 s 2001:db8::1 2 ${bits} 7 7 s.example 80\n`)
  expect(states).toEqual([
    { backend: 'b', name: 's', address: '2001:db8::1', port: 80, fqdn: 's.example', weight: 7, admin },
  ])
})

test('a format of server states that is not known is not guessed at', () => {
  expect(readServerStates('2\n# be_id be_name\n3 b\n')).toBeUndefined()
  expect(readServerStates('1\n# be_id be_name srv_id\n3 b 1\n')).toBeUndefined()
  expect(readServerStates('')).toBeUndefined()
})

test('lists are read with and without what later releases say of them', () => {
  const answer = `# id (file) description
0 (/etc/a b.lst) pattern loaded from file '/etc/a b.lst' used by acl at file '/etc/haproxy.cfg' line 5. curr_ver=0 next_ver=0 entry_cnt=2
-1 () acl 'src' file '/etc/haproxy.cfg' line 59
`
  expect(readPatternLists(answer)).toEqual([
    { id: '0', file: '/etc/a b.lst' },
    { id: '1', keyword: 'src', configuration: '/etc/haproxy.cfg', line: 59 },
  ])
  expect(readPatternLists('nothing of the kind')).toBeUndefined()
  expect(readDescription("acl 'path_beg' file '/x.cfg' line 7. curr_ver=1 next_ver=1 entry_cnt=0")).toMatchObject({
    keyword: 'path_beg',
    line: 7,
  })
})

test('the master tells old workers and failed reloads, whatever columns its release has', () => {
  const now = `#<PID>          <type>          <reloads>       <uptime>        <version>
11              master          3 [failed: 1]   0d00h10m15s     2.6.12
# workers
14              worker          0               0d00h00m15s     2.6.12
# old workers
12              worker          3               0d00h10m15s     2.6.12
# programs

`
  expect(readProcesses(now)?.map(({ pid, old, failedReloads }) => [pid, old, failedReloads])).toEqual([
    [11, false, 1],
    [14, false, 0],
    [12, true, 0],
  ])
  const before = `#<PID>          <type>          <relative PID>  <reloads>       <uptime>        <version>
1162            master          0               5               0d00h02m07s     2.4.0
# workers
1271            worker          1               0               0d00h00m00s     2.4.0
`
  expect(readProcesses(before)).toEqual([
    { pid: 1162, type: 'master', reloads: 5, failedReloads: 0, uptime: '0d00h02m07s', version: '2.4.0', old: false },
    { pid: 1271, type: 'worker', reloads: 0, failedReloads: 0, uptime: '0d00h00m00s', version: '2.4.0', old: false },
  ])
})

test('tables keep as many entries as are wanted, and say that there are more', () => {
  const answer = `# table: t, type: ip, size:10, used:2
0x1: key=10.0.0.1 use=0 exp=100 shard=0 http_req_rate(10000)=5 conn_cnt=2
0x2: key=10.0.0.2 use=0 exp=100 http_req_rate(10000)=1
# table: u, type: string, size:5, used:0
`
  expect(readTables(answer, 1)).toEqual([
    {
      ...{ name: 't', type: 'ip', size: 10, used: 2, more: true },
      entries: [{ key: '10.0.0.1', data: { exp: 100, shard: 0, http_req_rate: 5, conn_cnt: 2 } }],
    },
    { name: 'u', type: 'string', size: 5, used: 0, more: false, entries: [] },
  ])
})

test('sessions and certificates are read by the names of their fields', () => {
  const session = '0x55: proto=tcpv4 src=10.0.0.9:51000 fe=web be=shop srv=s1 ts=00 age=5s calls=1 rq[f=c48202h,i=0]\n'
  expect(readSessions(`${session}noise\n`)).toEqual([
    { frontend: 'web', backend: 'shop', server: 's1', source: '10.0.0.9:51000', age: '5s' },
  ])
  expect(readCertificate('Filename: /a.pem\nStatus: Unused\n')).toEqual({ file: '/a.pem', status: 'Unused', names: [] })
  expect(readCertificate('Not found\n')).toBeUndefined()
})
