import { expect, it } from 'vitest'
import { sumOf } from './sums'

const row = (opening_fen: number, in_fen: number, out_fen: number) => ({
  opening_fen,
  in_fen,
  out_fen,
  closing_fen: opening_fen + in_fen - out_fen,
})

it('adds up what several parties hold', () => {
  expect(sumOf({ items: [row(100, 20, 5), row(0, 7, 7)], total: 2 })).toEqual({
    opening_fen: 100,
    in_fen: 27,
    out_fen: 12,
    closing_fen: 115,
  })
})

it('says nothing of parties that were not all read', () => {
  expect(sumOf({ items: [row(100, 20, 5)], total: 2 })).toBeUndefined()
})
