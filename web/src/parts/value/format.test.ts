import { describe, expect, it } from 'vitest'
import { moment, ms } from './format'

describe('milliseconds', () => {
  it('are told of an instant', () => {
    expect(moment(1_795_347_088_028)).toBe('2026-11-22 19:31:28.028')
  })
  it('are told of a length', () => {
    expect(ms(0.4)).toBe('0.4 ms')
    expect(ms(1250)).toBe('1.25 s')
  })
})
