import { expect, it } from 'vitest'
import { grouped } from './grouped'

const VALUES = [0, 7, 999, 1000, 1_234_567, 1.005, 0.125, 2.5, 1234.5, 999.995, 1e-7, 0.00005, 1e15]

it.each([
  [0, 0],
  [2, 2],
  [0, 1],
  [0, 4],
])('reads as the usual library writes it, with %i to %i digits', (least, most) => {
  const usual = new Intl.NumberFormat('en-US', {
    minimumFractionDigits: least,
    maximumFractionDigits: most,
  })
  for (const value of VALUES) {
    expect(grouped(value, least, most)).toBe(usual.format(value))
    if (value > 0) expect(grouped(-value, least, most)).toBe(usual.format(-value))
  }
})
