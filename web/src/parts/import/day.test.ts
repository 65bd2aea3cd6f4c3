import { time } from '@/parts/value/format'
import { expect, test } from 'vitest'
import { day, lastSecondOf } from './day'

test.each(['2027-12-31', '2027/12/31', '2027.12.31'])('%s ends with its last second', (text) => {
  expect(day(text)).toBeUndefined()
  expect(lastSecondOf(text)).toBe(Date.parse('2027-12-31T23:59:59+08:00') / 1000)
})

test('days of one digit are days', () => {
  expect(time(lastSecondOf('2028/2/29') ?? 0)).toBe('2028-02-29 23:59:59')
})

test.each(['2027-02-29', '2027-13-01', '2027-12/31', '20271231', '2027-12-31 18:00', ''])(
  '%s is no day',
  (text) => {
    expect(day(text)).toBeDefined()
    expect(lastSecondOf(text)).toBeUndefined()
  },
)
