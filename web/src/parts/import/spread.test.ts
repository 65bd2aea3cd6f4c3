import { expect, test } from 'vitest'
import { spread } from './spread'

test('work is spread over a bounded number of hands and misses nothing', async () => {
  let busy = 0
  let most = 0
  const done: number[] = []
  await spread(
    Array.from({ length: 25 }, (_, at) => at),
    async (item) => {
      most = Math.max(most, (busy += 1))
      await Promise.resolve()
      busy -= 1
      done.push(item)
    },
    3,
  )
  expect(most).toBe(3)
  expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, at) => at))
})
