import { expect, test } from 'vitest'
import { lineOf } from './line'

test('watts by the second become kilowatts by the millisecond', () => {
  expect(lineOf([{ at: 60, mean_w: 1500 }])).toEqual([[60_000, 1.5]])
})

test('a gap breaks the line', () => {
  const line = lineOf([
    { at: 0, mean_w: 1000 },
    { at: 60, mean_w: 1000 },
    { at: 600, mean_w: 2000 },
  ])
  expect(line.map(([, kw]) => kw)).toEqual([1, 1, null, 2])
})
