import { expect, test } from 'vitest'
import { fenOf, yuan } from './yuan'

test('every amount of two decimals is exactly its fen', () => {
  const all = Array.from({ length: 100_000 }, (_, fen) => fen)
  expect(all.filter((fen) => fenOf((fen / 100).toFixed(2)) !== fen)).toEqual([])
})

test.each([
  ['12.34', 1234],
  ['4.35', 435],
  ['12.3', 1230],
  ['100', 10_000],
  ['12.3400', 1234],
  ['¥1,234.50', 123_450],
  ['20元', 2000],
  ['12.345', undefined],
  ['12,34', undefined],
  ['-1', undefined],
  ['.5', undefined],
  ['', undefined],
])('%s yuan', (text, fen) => expect(fenOf(text)).toBe(fen))

test('there is a least and a most', () => {
  const check = yuan(100_000_000)
  expect(['0.01', '1000000'].map(check)).toEqual([undefined, undefined])
  expect(['0', '1000000.01'].every(check)).toBe(true)
})
