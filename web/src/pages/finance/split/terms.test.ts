import { expect, it } from 'vitest'
import { flawOf, sharesOf, type FeeRule } from './terms'

const flat = (...pcts: number[]): FeeRule => ({
  style: 'flat',
  platform_cut_bp: 2000,
  payees: pcts.map((pct, index) => ({ org_id: index || null, pct })),
})
const levels = (...rates_bp: number[]): FeeRule => ({
  style: 'level_difference',
  platform_cut_bp: 2000,
  rates_bp,
})
const fens = (rule: FeeRule) => sharesOf(rule, 10_000).map(({ fen }) => fen)

it('shares of a flat rule come to a hundred', () => {
  expect(flawOf(flat(70, 30))).toBeUndefined()
  expect(flawOf(flat(70, 20))?.[1]).toBe('Shares come to 90 %, not 100 %')
})

it('the platform takes first, the others share the rest', () => {
  expect(fens(flat(70, 30))).toEqual([2000, 5600, 2400])
})

it('an agent gets his rate less that of the one below, the owner the rest', () => {
  expect(fens(levels(1000, 700, 500))).toEqual([2000, 240, 160, 400, 7200])
})

it('rates do not rise downwards', () => {
  expect(flawOf(levels(1000, 1200))).toBeDefined()
  expect(flawOf(levels(1000, 700, 500))).toBeUndefined()
})
