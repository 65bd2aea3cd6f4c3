import { describe, expect, it } from 'vitest'
import { percentOf, stepName, sum, within, yuan } from './steps'

describe('steps', () => {
  it('are named by what distinguishes them', () => {
    const at = Date.UTC(2026, 10, 22, 0) / 1000
    expect(stepName(at, 'hour')).toBe('11-22 08:00')
    expect(stepName(at)).toBe('11-22')
    expect(stepName(at, 'month')).toBe('2026-11')
  })
  it('lead to what was made in them', () => {
    expect(within('/order/charge', { at: 10, until: 20 }, '&status=failed')).toBe(
      '/order/charge?from=10&to=20&status=failed',
    )
  })
})

describe('figures on axes', () => {
  it('leave open what nobody knows', () => {
    expect(yuan(null)).toBeNull()
    expect(percentOf(undefined)).toBeNull()
  })
  it('are rounded once', () => {
    expect(yuan(12345)).toBe(123.45)
    expect(percentOf(0.12345)).toBe(12.35)
    expect(sum([1, null, 2.5])).toBe(3.5)
  })
})
