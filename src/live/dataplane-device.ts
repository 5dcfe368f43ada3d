import { Fault } from '../evidence/fault.ts'
import { readHaproxy } from '../haproxy/config.ts'
import { filesInMemory, textsInMemory } from '../haproxy/files-in-memory.ts'
import { inlineLists } from '../haproxy/running-process.ts'
import { namedFiles } from '../haproxy/text/named-files.ts'
import { readHaproxyText } from '../haproxy/text.ts'
import type { LiveHaproxy } from '../ports.ts'
import type { Dataplane } from './dataplane-client.ts'

/**
 * A HAProxy as its Data Plane API has it, in the shape of one that was read from files. The API rewrites the file at each of its own
 * changes, so it is only ever compared by meaning.
 */
export async function readDataplaneDevice(device: string, dataplane: Dataplane): Promise<LiveHaproxy> {
  const { text } = await dataplane.readConfiguration()
  const file = `${device} (live)`
  const read = readHaproxyText(file, text)
  const paths = namedFiles(read).flatMap(({ path, role }) => (role === 'patterns' || role === 'map' ? [path] : []))
  const answer = { device, file, text }
  const written = paths.length > 0 ? await dataplane.readStored(paths) : new Map<string, string>()
  try {
    const model = readHaproxy({ id: device }, file, text, written)
    const backends = model.proxies.filter(({ kind }) => kind !== 'frontend').map(({ name }) => name)
    const { running, servers } = await dataplane.readRunning(backends)
    const inMemory = filesInMemory(read, written, running)
    const unseen = [
      ...(inlineLists(model, running) === undefined
        ? [
            `The conditions that ${device} runs are not those of its file: it was changed and not reloaded. I went by the file.`,
          ]
        : []),
      ...inMemory.flatMap(({ path, kind, written: onDisk, held }) =>
        kind === 'map' && onDisk === undefined && held
          ? [
              `Of ${path} I see the values up to their first blank only: it is not in the storage of ${device}'s Data Plane API.`,
            ]
          : [],
      ),
    ]
    const files = textsInMemory(inMemory, written)
    return { ...answer, files, written, running, servers, ...(unseen.length > 0 ? { unseen: unseen.join(' ') } : {}) }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { ...answer, files: written, servers: undefined, unseen: error.says }
  }
}
