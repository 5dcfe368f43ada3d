/** One answer over HTTP. */
export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
type Asking = { readonly api: 'v2' | 'v3'; readonly runtime: (command: string) => Promise<string> }

/**
 * The runtime part of the Data Plane API: commands on the socket, and their answers as objects. Version 3 names the parent in the path,
 * version 2 in the query, and wants it there.
 */
export async function runtimeAnswer(
  asking: Asking,
  path: readonly string[],
  query: URLSearchParams,
): Promise<Answer | undefined> {
  const [kind, what = '', parent, child] = path
  if (kind === 'stats') return what === 'native' ? nativeStats(asking, query.get('type')) : undefined
  if (path.length === 2) {
    if (what === 'info') return processInfo(asking)
    if (what === 'acls') return acls(await asking.runtime('show acl'))
    if (what === 'maps') return maps(await asking.runtime('show map'), query.get('include_unmanaged') === 'true')
    if (what === 'stick_tables') return tables(await asking.runtime('show table'))
    // Certificates of the process came with version 3; version 2 knows those of its storage.
    if (what === 'ssl_certs' && asking.api === 'v3') return certificates(asking)
  }
  const nested = asking.api === 'v3' && path.length === 4 ? `${what}/${child}` : undefined
  const flat = asking.api === 'v2' && path.length === 2 ? what : undefined
  const from = (name: string) => (nested ? (parent ?? '') : query.get(name))
  const missing = (name: string) => problem(422, 602, `${name} in query is required`)
  if (nested === 'backends/servers' || flat === 'servers') {
    const backend = from('backend')
    return backend === null ? missing('backend') : servers(await asking.runtime(`show servers state ${backend}`))
  }
  if (nested === 'acls/entries' || flat === 'acl_file_entries') {
    const id = from('acl_id')
    return id === null ? missing('acl_id') : entries(await asking.runtime(`show acl #${id}`), 'acl')
  }
  if (nested === 'maps/entries' || flat === 'maps_entries') {
    const name = from('map')
    if (name === null) return missing('map')
    // A name is looked up in the folder of maps, which this one has none of; `#` and a number goes through.
    return name.startsWith('#')
      ? entries(await asking.runtime(`show map ${name}`), 'map')
      : problem(500, 500, "maps dir doesn't exist or not specified")
  }
  if (nested === 'stick_tables/entries' || flat === 'stick_table_entries') {
    const name = from('stick_table')
    if (name === null) return missing('stick_table')
    const all = tableEntries(await asking.runtime(`show table ${name}`))
    return json(all.slice(0, Number(query.get('count') ?? all.length)))
  }
  return undefined
}

async function processInfo({ api, runtime }: Asking): Promise<Answer> {
  const field = (answer: string, name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(answer)?.[1]
  const said = await runtime('show info')
  const info = {
    version: field(said, 'Version'),
    pid: Number(field(said, 'Pid')),
    uptime: Number(field(said, 'Uptime_sec')),
    stopping: Number(field(said, 'Stopping')),
  }
  const one = { info, runtimeAPI: '/var/run/haproxy.sock' }
  return json(api === 'v2' ? [one] : one)
}

async function nativeStats({ api, runtime }: Asking, type: string | null): Promise<Answer> {
  const lines = (await runtime('show stat')).split('\n').filter((line) => line.includes(','))
  const [header = '', ...rows] = lines
  const names = header.replace(/^# /, '').split(',')
  const kinds = ['frontend', 'backend', 'server', 'listener']
  const stats = rows.flatMap((row) => {
    const values = new Map(row.split(',').map((value, at) => [names[at] ?? '', value] as const))
    const kind = kinds[Number(values.get('type'))]
    if (kind === undefined || (type !== null && type !== kind)) return []
    const numbers = ['weight', 'bck', 'act', 'lastchg'].map((name) => [name, Number(values.get(name) ?? 0)])
    const texts = ['status', 'check_status', 'last_chk', 'addr'].map((name) => [name, values.get(name)])
    const own = { type: kind, stats: Object.fromEntries([...numbers, ...texts.filter(([, text]) => text)]) }
    return [kind === 'server' ? { ...own, name: values.get('svname'), backend_name: values.get('pxname') } : own]
  })
  const one = { runtimeAPI: '/var/run/haproxy.sock', stats }
  return json(api === 'v2' ? [one] : one)
}

function servers(answer: string): Answer {
  const rows = answer.split('\n').filter((line) => line !== '' && line !== '1' && !line.startsWith('#'))
  if (!answer.startsWith('1')) return problem(404, 404, answer.trim())
  return json(
    rows.map((row) => {
      const fields = row.split(' ')
      const bits = Number(fields[6])
      return {
        id: fields[2],
        name: fields[3],
        address: fields[4],
        port: Number(fields[18]),
        operational_state: fields[5] === '0' ? 'down' : fields[5] === '3' ? 'stopping' : 'up',
        admin_state: (bits & 0x23) !== 0 ? 'maint' : (bits & 0x18) !== 0 ? 'drain' : 'ready',
      }
    }),
  )
}

type ListLine = { readonly id: string; readonly name: string; readonly description: string }
function listLines(answer: string): readonly ListLine[] {
  return answer.split('\n').flatMap((line) => {
    const [id = '', name = '', ...description] = line.split(/\s+/)
    if (line.startsWith('#') || description.length === 0) return []
    return [{ id, name: name.replace(/^\(|\)$/g, ''), description: description.join(' ') }]
  })
}

function acls(answer: string): Answer {
  return json(
    listLines(answer).map(({ id, name, description }) => ({
      id,
      storage_name: name === '' ? (/acl\s'(.*)'\sfile/.exec(description)?.[1] ?? '') : name,
      description,
    })),
  )
}

function maps(answer: string, unmanaged: boolean): Answer {
  return json(unmanaged ? listLines(answer).map(({ id, name, description }) => ({ id, file: name, description })) : [])
}

/** First words only; nothing at all counts as not found (client-native, runtime/acls.go and maps.go). */
function entries(answer: string, kind: 'acl' | 'map'): Answer {
  const lines = answer.split('\n').filter((line) => line !== '')
  if (lines.length === 0 || answer.startsWith('Unknown')) return problem(404, 404, 'not found')
  return json(
    lines.map((line) => {
      const [id, first, second] = line.split(/\s+/)
      return kind === 'acl' ? { id, value: first } : { id, key: first, value: second }
    }),
  )
}

function tables(answer: string): Answer {
  const heads = answer.matchAll(/^# table: (.+?), type: (\w+), size:(\d+), used:(\d+)/gm)
  return json(
    [...heads].map(([, name, type, size, used]) => ({
      name,
      type,
      size: Number(size),
      used: Number(used),
      fields: [],
    })),
  )
}

function tableEntries(answer: string): readonly Readonly<Record<string, unknown>>[] {
  return [...answer.matchAll(/^(0x\w+): key=(\S+) use=(\d+) (.*)$/gm)].map(([, id, key, use, rest = '']) => ({
    id,
    key,
    use: use !== '0',
    ...Object.fromEntries(
      [...rest.matchAll(/(\w+)(?:\(\d+\))?=(\d+)/g)].map(([, name = '', value]) => [name, Number(value)]),
    ),
  }))
}

async function certificates({ runtime }: Asking): Promise<Answer> {
  const names = (await runtime('show ssl cert')).split('\n').filter((line) => line !== '' && !/^[#*]/.test(line))
  return json(names.map((name) => ({ storage_name: name, description: '' })))
}

function json(value: unknown): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` }
}

function problem(status: number, code: number, message: string): Answer {
  return { ...json({ code, message }), status }
}
