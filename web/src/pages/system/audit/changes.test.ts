import { expect, it } from 'vitest'
import { changesOf } from './changes'

it('tells only what has changed, with its place', () => {
  const before = { name: 'A', limits: { max: 1, min: 0 }, tags: ['x'] }
  const after = { name: 'A', limits: { max: 2, min: 0 }, tags: ['x', 'y'] }
  expect(changesOf(before, after)).toEqual([
    { field: 'limits.max', before: 1, after: 2 },
    { field: 'tags[1]', before: undefined, after: 'y' },
  ])
})

it('tells everything of what is new or gone', () => {
  expect(changesOf(null, { name: 'A', note: null })).toEqual([
    { field: 'name', before: undefined, after: 'A' },
  ])
  expect(changesOf({ name: 'A' }, null)).toEqual([{ field: 'name', before: 'A', after: undefined }])
  expect(changesOf(null, null)).toEqual([])
})
