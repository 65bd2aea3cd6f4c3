import { describe, expect, it } from 'vitest'
import { time } from './format'
import { fromInput, otherDay, toInput } from './zoned'

describe('inputs of dates', () => {
  const at = Date.UTC(2026, 10, 22, 17, 30) / 1000

  it('read as the platform, wherever the browser is', () => {
    const shown = toInput(at)
    expect([shown.getDate(), shown.getHours(), shown.getMinutes()]).toEqual([23, 1, 30])
    expect(time(at)).toBe('2026-11-23 01:30:00')
  })
  it('mean the instant that they were given', () => {
    expect(fromInput(toInput(at))).toBe(at)
    expect(fromInput(new Date(2026, 10, 23, 0, 0, 0))).toBe(Date.UTC(2026, 10, 22, 16) / 1000)
  })
  it('go by days, not by hours', () => {
    const earlier = otherDay(new Date(2026, 10, 22), -30)
    expect([earlier.getDate(), earlier.getHours()]).toEqual([23, 0])
  })
})
