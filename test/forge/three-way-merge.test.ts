import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FlatTree, type GitStore, openGitStore, type TreeFile } from '../../src/local/forge/git-store.ts'
import { mergeTrees } from '../../src/local/forge/three-way-merge.ts'
import { temporaryDir } from './serve-forge.ts'

const { dir, remove } = temporaryDir()
let git: GitStore
beforeAll(async () => {
  git = await openGitStore(join(dir, 'x.git'), 'main')
})
afterAll(remove)

type Texts = Readonly<Record<string, string>>
async function treeOf(texts: Texts): Promise<FlatTree> {
  const flat = new Map<string, TreeFile>()
  for (const [path, text] of Object.entries(texts)) {
    flat.set(path, { mode: '100644', oid: await git.addBlob(new TextEncoder().encode(text)) })
  }
  return flat
}
async function merged(base: Texts, ours: Texts, theirs: Texts): Promise<Texts | { conflicts: readonly string[] }> {
  const outcome = await mergeTrees(git, await treeOf(base), await treeOf(ours), await treeOf(theirs))
  if (!outcome.ok) return { conflicts: outcome.conflicts }
  const texts: Record<string, string> = {}
  for (const [path, { oid }] of await git.flatten(outcome.tree))
    texts[path] = new TextDecoder().decode(await git.blob(oid))
  return texts
}

const line = fc.constantFrom('a', 'b', 'c', '', '\r')
const text = fc.array(line, { maxLength: 6 }).map((all) => all.join('\n'))
const texts = fc.dictionary(fc.constantFrom('f', 'g/h', 'g/i'), text, { maxKeys: 3 })

describe('merging three trees', () => {
  test('a side that changed nothing does not matter', async () => {
    await fc.assert(
      fc.asyncProperty(texts, texts, async (base, side) => {
        expect(await merged(base, side, base)).toEqual({ ...side })
        expect(await merged(base, base, side)).toEqual({ ...side })
      }),
      { numRuns: 60 },
    )
  })

  test('it does not matter which side is which', async () => {
    await fc.assert(
      fc.asyncProperty(texts, texts, texts, async (base, a, b) => {
        expect(await merged(base, a, b)).toEqual(await merged(base, b, a))
      }),
      { numRuns: 60 },
    )
  })

  test('changes apart from each other are both kept, byte for byte', async () => {
    const rows = fc.array(
      fc.string({ maxLength: 5 }).map((s) => s.replaceAll('\n', '')),
      { minLength: 0, maxLength: 4 },
    )
    await fc.assert(
      fc.asyncProperty(rows, rows, async (top, bottom) => {
        const middle = ['one', 'two', 'three', 'four']
        const file = (a: string[], b: string[]) => ({ f: [...a, ...middle, ...b].join('\n') })
        const base = file(['top'], ['bottom'])
        expect(await merged(base, file(top, ['bottom']), file(['top'], bottom))).toEqual(file(top, bottom))
      }),
      { numRuns: 60 },
    )
  })

  test.each<[string, Texts, Texts, Texts]>([
    ['the same line changed twice', { f: 'a\nb' }, { f: 'a\nc' }, { f: 'a\nd' }],
    ['one removes what the other changes', { f: 'a' }, {}, { f: 'b' }],
    ['both add the same file differently', {}, { f: 'a' }, { f: 'b' }],
    ['bytes that are no text', { f: 'a\0b' }, { f: 'a\0c' }, { f: 'd\0b' }],
  ])('%s is a conflict', async (_, base, ours, theirs) => {
    expect(await merged(base, ours, theirs)).toEqual({ conflicts: ['f'] })
  })

  test('a file where the other side has a folder is a conflict', async () => {
    expect(await merged({}, { f: 'a' }, { 'f/g': 'b' })).toEqual({ conflicts: ['f/g'] })
  })
})
