import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openHaproxyCheck } from '../../src/live/haproxy-binary.ts'
import { haproxyInstalled } from '../live/haproxy-installed.ts'
import { openStory, tellStory } from './tell-story.ts'

const root = import.meta.dirname
const stories = readdirSync(root, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))

test.each(stories)('%s', async (name) => {
  const story = openStory(root, name)
  const { files } = tellStory(story)
  for (const [file, text] of files) await expect(text).toMatchFileSnapshot(`${root}/${name}/${file}`)
  // A stage that a story no longer reaches must not lie around as if it did. (New files are written when all tests are done.)
  const stages = [...story.given, ...files.keys()]
  expect(readdirSync(`${root}/${name}`).filter((file) => !stages.includes(file))).toEqual([])
})

test.skipIf(!haproxyInstalled).each(stories)('%s: HAProxy takes what would be merged', async (name) => {
  const { edge } = tellStory(openStory(root, name))
  for (const { kind, file, text } of edge.devices) {
    if (kind === 'haproxy')
      expect(await openHaproxyCheck().check(file, text, edge.files)).toMatchObject({ verdict: 'valid' })
  }
})
