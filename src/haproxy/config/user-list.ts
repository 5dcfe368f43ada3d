import type { UserList } from '../model.ts'
import type { HaproxyLine } from '../text.ts'

type Complain = (line: HaproxyLine, code: string, message: string) => void

/** Reads the users of a `userlist` and the groups they are in, from either side. */
export function readUserList(body: readonly HaproxyLine[], complain: Complain): UserList {
  const users = new Map<string, { password: string | undefined; groups: Set<string> }>()
  const memberships: (readonly [user: string, group: string])[] = []
  const groups = new Set<string>()
  const wanted: (readonly [group: string, line: HaproxyLine])[] = []
  for (const line of body) {
    const { words } = line
    const values = words.map((word) => word.value)
    const name = values[1] ?? ''
    const after = (keyword: string) => {
      const at = values.indexOf(keyword)
      return at < 0 ? undefined : values[at + 1]
    }
    if (values[0] === 'user') {
      users.set(name, { password: after('insecure-password'), groups: new Set() })
      for (const group of after('groups')?.split(',') ?? []) {
        memberships.push([name, group])
        wanted.push([group, line])
      }
    } else if (values[0] === 'group') groups.add(name)
    if (values[0] === 'group') for (const user of after('users')?.split(',') ?? []) memberships.push([user, name])
  }
  for (const [group, line] of wanted)
    if (!groups.has(group)) complain(line, 'NO_SUCH_NAME', `this list has no group \`${group}\``)
  for (const [user, group] of memberships) {
    users.get(user)?.groups.add(group)
    const [first] = body
    if (!users.has(user) && first)
      complain(first, 'NO_SUCH_USER', `\`${user}\` of group \`${group}\` is no user of this list`)
  }
  return { users }
}
