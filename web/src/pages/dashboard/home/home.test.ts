import { describe, expect, it } from 'vitest'
import { changeOf } from './change'
import { addressOf, today } from './items'

describe('a change', () => {
  it('is told in per cent of what was', () => {
    expect(changeOf(110, 100)).toEqual({ up: true, text: '10 %' })
    expect(changeOf(75, 100)).toEqual({ up: false, text: '25 %' })
  })
  it('is not told against nothing', () => {
    expect(changeOf(10, 0)).toBeUndefined()
    expect(changeOf(10, 10)).toBeUndefined()
  })
})

describe('the first page', () => {
  it('leads to what it counted', () => {
    expect(addressOf('alarms_critical', 'device.alarm')).toBe('/device/alarm?open=true&level=C')
    expect(addressOf('orders_stuck', 'ops.stuck')).toBe('/ops/stuck')
  })
  it('knows when the day began in Shanghai', () => {
    expect(today(Date.UTC(2026, 10, 22, 15, 59) / 1000)).toBe(Date.UTC(2026, 10, 21, 16) / 1000)
    expect(today(Date.UTC(2026, 10, 22, 16, 0) / 1000)).toBe(Date.UTC(2026, 10, 22, 16) / 1000)
  })
})
