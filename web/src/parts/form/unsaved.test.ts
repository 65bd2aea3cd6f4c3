import { expect, it } from 'vitest'
import { typedText } from './unsaved'

it('an emptied field is like one that was never filled', () => {
  expect(typedText({ name: '', at: null, many: [] })).toBe(typedText({ many: [], on: false }))
  expect(typedText({ name: 'A' })).not.toBe(typedText({}))
})
