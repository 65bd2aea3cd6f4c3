import { locale } from '@/words/words'
import { beforeEach, describe, expect, it } from 'vitest'
import { worthOf, worthText } from './worth'

const TERMS = {
  name: 'x',
  type: 'full_reduction',
  threshold_fen: 2000,
  min_amount_fen: 0,
  new_users_only: false,
  windows: [],
}

describe('a coupon', () => {
  beforeEach(() => (locale.value = 'zh'))

  it('is sent in the units of the server', () => {
    expect(worthOf({ type: 'cash', value_fen: 500 })).toEqual({ type: 'cash', value: 500 })
    expect(worthOf({ type: 'kwh', free_kwh: 5 })).toEqual({ type: 'kwh', energy: 50_000 })
    expect(worthOf({ type: 'service_free' })).toEqual({ type: 'service_free' })
    expect(worthOf({ type: 'discount', off_bp: 1000, max_fen: 500 })).toEqual({
      type: 'discount',
      off_bp: 1000,
      max: 500,
    })
  })
  it('says what it is worth', () => {
    expect(worthText({ ...TERMS, value_fen: 500 })).toBe('满 ¥20.00 减 ¥5.00')
    expect(worthText({ ...TERMS, type: 'kwh', threshold_fen: 0, kwh: 5 })).toBe('送 5 kWh')
    locale.value = 'en'
    expect(worthText({ ...TERMS, type: 'discount', off_bp: 1000, max_fen: 500 })).toBe(
      '10 % off, at most ¥5.00 from ¥20.00',
    )
  })
})
