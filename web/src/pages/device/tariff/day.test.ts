import { expect, it } from 'vitest'
import { allFlat, clock, costless, painted, sentRates, SLOTS } from './day'

it('slots are half hours', () => {
  expect([clock(0), clock(15), clock(SLOTS)]).toEqual(['00:00', '07:30', '24:00'])
})

it('a stretch is painted in either direction, and nothing else', () => {
  const day = painted(allFlat(), 20, 16, 1)
  expect(day.filter((kind) => kind === 1)).toHaveLength(5)
  expect([day[15], day[16], day[20], day[21]]).toEqual([2, 1, 1, 2])
})

it('as many rates are sent as the day needs', () => {
  const day = painted(allFlat(), 0, 15, 3)
  expect(sentRates([{}, {}, { elec_p5: 70_000 }], day)).toEqual([
    { elec_p5: 0, service_p5: 0 },
    { elec_p5: 0, service_p5: 0 },
    { elec_p5: 70_000, service_p5: 0 },
    { elec_p5: 0, service_p5: 0 },
  ])
})

it('only kinds of the day can be free by mistake', () => {
  const rates = sentRates([{}, {}, { elec_p5: 1 }], allFlat())
  expect(costless(rates, allFlat())).toEqual([])
  expect(costless(rates, painted(allFlat(), 0, 0, 1))).toEqual([1])
})
