/** What each command is for and how it is called: the text of `help` and `--help`. */
export type ManualPage = {
  readonly usage: string
  readonly summary: string
  readonly options: readonly (readonly [option: string, meaning: string])[]
  readonly example: string
}

const JSON_LINES = ['--json', 'one JSON object a line'] as const
const POLICIES = ['--policies DIR', 'the edge repository (default: policies)'] as const
const NOW = ['--now ISO', 'the moment to take for now, with its offset'] as const
const AT = ['--at ISO', 'the moment it is about (default: now)'] as const
const RUNNING = [
  ['--haproxy-version V', 'the release that runs, as haproxy -v prints it (default: 2.6)'],
  ['--env NAME=VALUE', 'a variable of the environment that HAProxy starts in; again for each'],
] as const
const KIND = ['--fortigate | --haproxy', 'which kind of configuration it is'] as const

export const MANUAL = {
  start: {
    usage: 'start [--port N]',
    summary: 'the bot; without a Slack token in a local workspace of its own',
    options: [['--port N', 'port of the local workspace (0: any)'], POLICIES],
    example: 'sallyport start --port 4600',
  },
  read: {
    usage: 'read --fortigate|--haproxy FILE… [--print]',
    summary: 'lines, share modelled, problems with their places',
    options: [
      [KIND[0], `${KIND[1]}; of HAProxy several files, or a folder with its *.cfg, as for its -f`],
      ['--print', 'write the text back, byte for byte, and nothing else'],
      ...RUNNING,
      JSON_LINES,
    ],
    example: 'sallyport read --haproxy policies/devices/edge-lb.cfg',
  },
  ask: {
    usage: 'ask "<message>" --as PERSON',
    summary: 'how a message is understood, or what is open in it',
    options: [['--as PERSON', 'who asks, by id or name'], NOW, JSON_LINES, POLICIES],
    example: 'sallyport ask "give the data team access to grafana until Friday" --as alice',
  },
  plan: {
    usage: 'plan "<message>" --as PERSON | --intent FILE',
    summary: 'the change on both doors and its proof; nothing is changed',
    options: [
      ['--as PERSON', 'who asks, by id or name'],
      ['--intent FILE', 'an intent as `ask --json` prints it, instead of a message'],
      NOW,
      JSON_LINES,
      POLICIES,
    ],
    example: 'sallyport plan "give the data team access to grafana until Friday" --as alice',
  },
  explain: {
    usage: 'explain --from WHO --to service|host[:port][/path]',
    summary: 'whether somebody reaches a service, and what stops them',
    options: [
      ['--from WHO', 'a group, person, network or address; several with commas'],
      ['--via WHERE', 'only those of them who come through this network or group'],
      ['--except WHO', 'without these'],
      ['--to WHAT', 'a service or one of its host names'],
      ['--ports PORTS', 'only these ports of it, such as tcp/443'],
      ['--method NAME', 'the HTTP method (default: GET)'],
      AT,
      ['--live', 'read the live devices instead of Git'],
      JSON_LINES,
      POLICIES,
    ],
    example: 'sallyport explain --from group:finance --to grafana',
  },
  match: {
    usage: 'match --config FILE < flows.jsonl',
    summary: 'the FortiGate alone: one verdict a line',
    options: [
      ['--config FILE', 'its configuration'],
      ['--vdom NAME', 'the VDOM, where a flow names none'],
      ['--device ID', 'its name (default: that of the file)'],
    ],
    example: 'sallyport match --config policies/devices/edge-fw.conf < flows.jsonl',
  },
  route: {
    usage: 'route --config FILE < requests.jsonl',
    summary: 'HAProxy alone: one verdict a line',
    options: [
      ['--config FILE', 'its configuration, or a folder of *.cfg; again for each; lists and maps are read beside it'],
      ...RUNNING,
      ['--device ID', 'its name (default: that of the file)'],
    ],
    example: 'sallyport route --config policies/devices/edge-lb.cfg < requests.jsonl',
  },
  diff: {
    usage: 'diff --fortigate|--haproxy BEFORE AFTER',
    summary: 'what opens and what closes between two configurations',
    options: [
      [KIND[0], `${KIND[1]}; of HAProxy each may be a folder with its *.cfg`],
      ['--at ISO', 'from when on (default: now)'],
      ['--vdom NAME', 'the VDOM'],
      ...RUNNING,
      JSON_LINES,
    ],
    example: 'sallyport diff --haproxy edge-lb.cfg edge-lb.new.cfg',
  },
  drift: {
    usage: 'drift --live',
    summary: 'what the live devices let in that Git does not declare',
    options: [['--live', 'read the live devices'], AT, JSON_LINES, POLICIES],
    example: 'FORTIGATE_URL=… FORTIGATE_TOKEN=… HAPROXY_CONFIG=… sallyport drift --live',
  },
  check: {
    usage: 'check [DIR]',
    summary: 'everything wrong with an edge repository',
    options: [['--github', 'as annotations of GitHub Actions'], AT, JSON_LINES, POLICIES],
    example: 'sallyport check policies',
  },
  eval: {
    usage: 'eval --policies DIR --cases FILE --now ISO',
    summary: 'predictions for labelled messages, then a table of scores',
    options: [
      ['--cases FILE', 'labelled messages, one JSON object a line'],
      NOW,
      ['--endpoint URL', 'an OpenAI-compatible endpoint to ask (default: the built-in rules alone)'],
      ['--model NAME', 'the model there'],
      ['--json', 'the table as one JSON line, too'],
      POLICIES,
    ],
    example: 'sallyport eval --policies policies --cases test/language/messages.jsonl --now 2026-11-23T10:00:00+01:00',
  },
} as const satisfies Readonly<Record<string, ManualPage>>
export type CommandName = keyof typeof MANUAL

/** The page of one command. */
export function printPage(page: ManualPage): readonly string[] {
  const width = Math.max(...page.options.map(([option]) => option.length))
  return [
    `sallyport ${page.usage}`,
    `  ${page.summary}`,
    '',
    ...page.options.map(([option, meaning]) => `  ${option.padEnd(width)}  ${meaning}`),
    '',
    `For example: ${page.example}`,
  ]
}

/** All commands on one page. */
export function printContents(): readonly string[] {
  const pages = Object.values(MANUAL)
  const width = Math.max(...pages.map(({ usage }) => usage.length))
  return [
    'Sallyport: access through both doors, asked for in words, proved, and ended in time.',
    '',
    ...pages.map(({ usage, summary }) => `  ${usage.padEnd(width)}  ${summary}`),
    '',
    'More about one: sallyport <command> --help',
    'Exit code: 0 fine, 1 the answer is no or there are problems, 2 called wrongly, 3 something outside broke.',
  ]
}
