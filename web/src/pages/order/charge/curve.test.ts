import { expect, it } from 'vitest'
import { drawn, joined, known, type Sample } from './curve'

const sample = (at: number, power: number, soc: number | null): Sample => ({
  at,
  duration_sec: at,
  total_kwh: at / 100,
  power,
  soc,
})
const samples = [sample(1, 7000, null), sample(2, 6500, 31)]

it('what never was told is not offered', () => {
  expect(known(samples).map(({ field }) => field)).toEqual(['power', 'soc', 'total_kwh'])
})

it('newer samples follow, none twice', () => {
  expect(joined(samples, [sample(2, 1, 1), sample(3, 6000, 32)]).map(({ at }) => at)).toEqual([
    1, 2, 3,
  ])
})

it('a second unit has the axis on the right; gaps stay gaps', () => {
  const { series } = drawn(samples, ['power', 'soc'], {}) as {
    series: { yAxisIndex: number; data: unknown }[]
  }
  expect(series.map(({ yAxisIndex }) => yAxisIndex)).toEqual([0, 1])
  expect(series[0]?.data).toEqual([
    [1000, 7],
    [2000, 6.5],
  ])
  expect(series[1]?.data).toEqual([
    [1000, null],
    [2000, 31],
  ])
})

it('the whole charge is drawn, however few values came', () => {
  const axis = (charged: Parameters<typeof drawn>[2]) => drawn(samples, ['power'], charged).xAxis
  expect(axis({ start_time: 1, end_time: 9 })).toMatchObject({ min: 1000, max: 9000 })
  // A clock that is off hides nothing.
  expect(axis({ start_time: 2, end_time: null })).toMatchObject({ min: 1000, max: undefined })
})
